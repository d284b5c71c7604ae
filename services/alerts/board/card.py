"""One alert as its page shows it: figures, names and moments as a reader reads them."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from duibiao.register import Register
from duibiao.web.board.alerts import org_name, units
from duibiao.web.board.figures import asked, number, period_name, with_unit
from duibiao.web.board.language import Language
from duibiao.web.board.marks import alert_number, colour_mark, moment
from services.alerts.board.words import LACKING, SAID, step_name
from services.alerts.domain.alert import Alert
from services.alerts.usecases.answer_alert import OFFICE
from services.alerts.usecases.context import SYSTEM


def sayings(alert: Alert, register: Register, language: Language) -> Mapping[str, object]:
    """Return what the template asks for: functions of what stands in the alert and its history."""
    target = next((one for one in register.targets if one.id == alert.identity.target), None)
    actors = {SYSTEM: SAID["system"].say(language), OFFICE: SAID["office"].say(language)}

    def figure(text: str) -> str:
        if target is None:
            return number(Fraction(text))
        return with_unit(number(Fraction(text), target.threshold), target.counted_in, language)

    return {
        "figure": figure,
        "asked": target and asked(target, language),
        "actor": lambda code: actors.get(code) or org_name(register, code, language),
        "when": lambda text: moment(datetime.fromisoformat(text)),
        "period": lambda code: period_name(code, language),
        "mark": lambda colour: colour_mark(str(colour), language),
        "number": alert_number,
        "step": lambda step: step_name(step, language),
        "units": lambda codes: units(register, codes, language),
        "lacking": lambda what: LACKING[what].say(language),
    }
