"""Figures, names and moments of alerts as a reader reads them."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from duibiao.register import Register
from duibiao.web.board.alerts import org_name, units
from duibiao.web.board.figures import asked, number, period_name, with_unit
from duibiao.web.board.language import Language
from duibiao.web.board.marks import alert_number, colour_mark, moment
from duibiao.web.board.words import ALERT_STEP, say
from services.alerts.board.words import LACKING, SAID
from services.alerts.domain.alert import Alert
from services.alerts.usecases.answer_alert import OFFICE
from services.alerts.usecases.context import SYSTEM


def sayings(register: Register, language: Language) -> Mapping[str, object]:
    """Return what templates ask for: functions of what stands in an alert and its history."""
    actors = {SYSTEM: SAID["system"].say(language), OFFICE: SAID["office"].say(language)}

    return {
        "actor": lambda code: actors.get(code) or org_name(register, code, language),
        "when": lambda text: moment(datetime.fromisoformat(text)),
        "period": lambda code: period_name(code, language),
        "mark": lambda colour: colour_mark(str(colour), language),
        "number": alert_number,
        "step": lambda step: say(ALERT_STEP, step, language),
        "units": lambda codes: units(register, codes, language),
        "lacking": lambda what: LACKING[what].say(language),
    }


def measured(alert: Alert, register: Register, language: Language) -> Mapping[str, object]:
    """Return how a figure of the alert is written, and what is asked for: None of a duty."""
    target = next((one for one in register.targets if one.id == alert.identity.target), None)

    def figure(text: str) -> str:
        if target is None:
            return number(Fraction(text))
        return with_unit(number(Fraction(text), target.threshold), target.counted_in, language)

    return {"figure": figure, "asked": target and asked(target, language)}
