"""Alerts as the pages list them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from duibiao.register import Register
from duibiao.web.board.alerts import OpenAlert, alert_line
from duibiao.web.board.language import Language, name_of
from duibiao.web.board.rendering import View
from duibiao.web.board.words import ALERT_STATE, COLOUR
from services.alerts.board.words import SAID, SECTION
from services.alerts.domain.alert import Alert

# How many alerts a page shows at once.
SHOWN: Final = 50


Options = list[tuple[str, str]]


class Section(NamedTuple):
    """A part of a list; `more` are not shown."""

    title: str
    entries: Sequence["ListedAlert"]
    more: int


class ListedAlert(NamedTuple):
    """An alert in a list; `reason` is why the office returned a reply."""

    line: View
    overdue: bool
    reason: str | None


class Lines(NamedTuple):
    """Says alerts as lists show them, on a day in Asia/Shanghai."""

    register: Register
    today: date
    language: Language

    def section(
        self, title: str, alerts: Iterable[Alert], reasons: Mapping[str, str] | None = None
    ) -> Section:
        """Return a part of a list; what is to be answered first stands first."""
        ordered = sorted(alerts, key=lambda one: (one.reply_due or date.max, one.id))
        shown = [self.listed(one, (reasons or {}).get(one.id)) for one in ordered[:SHOWN]]
        return Section(SECTION[title].say(self.language), shown, len(ordered) - len(shown))

    def listed(self, alert: Alert, reason: str | None = None) -> ListedAlert:
        """Return an alert as a list shows it."""
        return ListedAlert(self.line(alert), self.overdue(alert), reason)

    def overdue(self, alert: Alert) -> bool:
        """Whether a reply is owed and its day has passed."""
        due = alert.reply_due
        return alert.open and alert.owes_reply and due is not None and due < self.today

    def line(self, alert: Alert) -> View:
        """Say what an alert is about, and how it stands."""
        subject, identity, named = alert.subject, alert.identity, alert.named
        restated = [
            (one.period, Fraction(one.figure) if one.figure else None, Fraction(one.restated))
            for one in named
            if one.restated is not None
        ]
        seen = OpenAlert(
            *(alert.id, alert.number, alert.colour.value, alert.state.value),
            *(identity.target, identity.duty, subject.measure, identity.org, identity.region),
            *(alert.trigger.period, subject.leads, alert.opened_at, alert.reply_due),
            periods=tuple(one.period for one in named),
            late_figure=any(one.late for one in named),
            recovered=alert.recovered_at is not None and alert.open,
            restated=tuple(restated),
        )
        return alert_line(self.register, seen, self.language)


def options(register: Register, language: Language) -> dict[str, Options]:
    """Return what lists of choices offer, the first of each being all."""
    every = ("", SAID["any"].say(language))
    words = {"states": ALERT_STATE, "colours": COLOUR}
    codes = {
        name: [every, *((code, phrase.say(language)) for code, phrase in table.items())]
        for name, table in words.items()
    }
    orgs = [(code, name_of(org, language)) for code, org in register.orgs.items()]
    targets = [(one.id, f"{one.id} {name_of(one, language)}") for one in register.targets]
    return {**codes, "orgs": [every, *orgs], "targets": [every, *targets]}
