"""The alerts as Alertmanager's API v2 takes them (docs/alertmanager.md)."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, select, union

from duibiao.core.ids import id_after
from duibiao.register import Register
from duibiao.web.board.marks import alert_number
from duibiao.workdays.moments import from_us
from services.alerts.adapters.tables import ALERTS, TRANSITIONS
from services.alerts.domain.alert import Alert, Colour, State, Step
from services.alerts.domain.spells import PastStep, Spell, spells

Document = dict[str, Any]
# Whether an alert is not to be sent at present, such as one that is silenced.
Hides = Callable[[Connection], Callable[[Alert], bool]]

SEVERITIES: Final = {Colour.BLUE: "info", Colour.YELLOW: "warning", Colour.RED: "critical"}


def hides_nothing(_: Connection) -> Callable[[Alert], bool]:
    """Send every alert."""
    return lambda _: False


class AlertmanagerAlerts:
    """Reads the open alerts, and those that ended of late, with the names of a register."""

    def __init__(self, register: Register, public_url: str, hides: Hides = hides_nothing) -> None:
        """`public_url` is where people reach the board; empty: alerts have no address."""
        self._register = register
        self._public_url = public_url.rstrip("/")
        self._hides = hides
        self._rules = {rule.id: rule for rule in register.alert_rules.rules}

    def read(
        self, connection: Connection, since: datetime, stands: datetime, after: str | None = None
    ) -> list[Document]:
        """Return what lasts, to end by itself at `stands`, and what ended after `since`.

        `after` a step: only what steps have changed since. No two have the same labels: the later
        hides the earlier.
        """
        touched = select(TRANSITIONS.c.alert_id).where(TRANSITIONS.c.id > id_after(since))
        # Not `or`: that would read every alert there ever was.
        lasting = select(ALERTS.c.id).where(ALERTS.c.open.is_(True))
        wanted: ColumnElement[bool] = ALERTS.c.id.in_(union(lasting, touched))
        if after is not None:
            changed = select(TRANSITIONS.c.alert_id).where(TRANSITIONS.c.id > after)
            of_them = select(ALERTS.c.identity).where(ALERTS.c.id.in_(changed))
            wanted = and_(wanted, ALERTS.c.identity.in_(of_them))
        histories, hidden = _histories(connection, wanted), self._hides(connection)
        query = select(ALERTS.c.document).where(wanted).order_by(ALERTS.c.id)
        found = [
            (spell, alert)
            for alert in connection.execute(query).scalars()
            if not hidden(alert)
            for spell in spells(histories[alert.id], self._rules.get)
            if spell.until is None or spell.until > since
        ]
        documents = (self._document(alert, spell, stands) for spell, alert in found)
        return list({tuple(one["labels"].items()): one for one in documents}.values())

    def _document(self, alert: Alert, spell: Spell, stands: datetime) -> Document:
        identity, number = alert.identity, alert_number(spell.number)
        labels = {
            "alertname": spell.name,
            "target": identity.target,
            "duty": identity.duty,
            "org": identity.org,
            "region": identity.region,
            "colour": spell.colour.value,
            "severity": SEVERITIES[spell.colour],
            "owner": "office",
        }
        zh, en = self._words(alert, spell)
        period = alert.trigger.period
        document = {
            "labels": {name: value for name, value in labels.items() if value},
            "annotations": {
                "number": number,
                "summary": f"{number} {zh}（{period}）",
                "description": f"Card {spell.number}, {spell.colour}: {en} ({period})",
            },
            "startsAt": spell.since.astimezone(UTC).isoformat(),
            "endsAt": (spell.until or stands).astimezone(UTC).isoformat(),
        }
        if self._public_url:
            document["generatorURL"] = f"{self._public_url}/board/alerts/{alert.id}"
        return document

    def _words(self, alert: Alert, spell: Spell) -> tuple[str, str]:
        """Return what it is about and why, in Chinese and English; codes for what is no more."""
        identity, known = alert.identity, self._register
        target = next((one for one in known.targets if one.id == identity.target), None)
        org, rule = known.orgs.get(identity.org or ""), self._rules.get(spell.rule or "")
        about = identity.target or identity.duty
        zh = [one.name_zh for one in (org, target) if one] + [f"：{rule.name_zh}" if rule else ""]
        en = [one.name for one in (org, target) if one]
        said = f": {rule.name}" if rule else ""
        return f"{about} {''.join(zh)}", f"{about}, {', '.join(en)}{said}"


def _histories(connection: Connection, wanted: ColumnElement[bool]) -> dict[str, list[PastStep]]:
    steps = TRANSITIONS.c
    query = select(
        steps.alert_id, steps.step, steps.state, steps.colour, steps.number, steps.rule, steps.at_us
    )
    query = query.join(ALERTS, ALERTS.c.id == steps.alert_id).where(wanted)
    found: dict[str, list[PastStep]] = defaultdict(list)
    for alert_id, step, state, colour, number, rule, at in connection.execute(
        query.order_by(steps.alert_id, steps.sequence)
    ):
        past = PastStep(Step(step), State(state), Colour(colour), number, rule, from_us(at))
        found[alert_id].append(past)
    return found
