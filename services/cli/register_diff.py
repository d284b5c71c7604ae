"""What is other in a register than in the one in force, and which verdicts that would flip."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

from duibiao.core import Settings, SystemClock
from duibiao.register import Register
from duibiao.workdays import StateCouncilCalendar, Workdays
from services.cli.register_rows import Row, plain
from services.indicators import wiring as indicators
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.rows import VerdictRow
from services.indicators.settings import IndicatorsSettings


def changes(old: Register, new: Register) -> Iterator[Row]:
    """Yield every field of every entry that differs; None: no such entry, or no such field."""
    for name, before in _entries(old).items():
        after = _entries(new)[name]
        for key in dict.fromkeys([*before, *after]):
            was, now = before.get(key, {}), after.get(key, {})
            for field in dict.fromkeys([*was, *now]):
                if was.get(field) != now.get(field):
                    sides = {"before": was.get(field), "after": now.get(field)}
                    yield {"list": name, "code": key, "field": field, **sides}


def _entries(register: Register) -> dict[str, dict[str, Row]]:
    """Return all that a register holds, by list and key; what is in no list under its own name."""
    found: dict[str, dict[str, Row]] = {}
    alerts = register.alert_rules
    lists = {one.name: getattr(register, one.name) for one in fields(Register) if one.init}
    lists |= {"alert_rules": replace(alerts, rules=()), "rules": alerts.rules}
    del lists["version"]
    for name, held in lists.items():
        things = held.values() if isinstance(held, Mapping) else held
        if not isinstance(held, Mapping | tuple):
            found[name] = {"": plain(held) if is_dataclass(held) else {name: held}}
        else:
            found[name] = {_key(row): row for row in map(plain, things)}
    return found


def flips(settings: Settings, old: Register, new: Register, calendar: Path | None) -> list[Row]:
    """Return the verdicts whose status would be another, by what is kept; none in a new store."""
    if indicators.is_new(settings):
        return []
    decrees = [*settings.calendar_overrides, *([calendar] if calendar else [])]
    in_force = Ruleset(old, Workdays(StateCouncilCalendar(settings.calendar_overrides)))
    ruleset = Ruleset(new, Workdays(StateCouncilCalendar(decrees)))
    with indicators.previewing(IndicatorsSettings(), in_force, SystemClock()) as previews:
        found = [one for one in previews.of(ruleset) if one.flips]
    return [
        {
            **{name: getattr(one.row, name) for name in ("target", "org", "region", "period")},
            "before": _status(one.before),
            "after": _status(one.after),
        }
        for one in found
    ]


def _key(row: Row) -> str:
    key = str(row.get("id") or row.get("code") or row.get("no"))
    return f"{key}/{row['org']}" if "duty" in row or "effective_due" in row else key


def _status(row: VerdictRow | None) -> str | None:
    return None if row is None else row.status
