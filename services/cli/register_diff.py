"""What is other in a register than in the one in force, and which verdicts that would flip."""

from collections.abc import Iterator
from pathlib import Path

from duibiao.core import Settings, SystemClock
from duibiao.register import Register
from duibiao.workdays import StateCouncilCalendar, Workdays
from services.cli.register_rows import LISTS, Row, plain
from services.indicators import wiring as indicators
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.rows import VerdictRow
from services.indicators.settings import IndicatorsSettings


def changes(old: Register, new: Register) -> Iterator[Row]:
    """Yield every field of every entry that differs; None: no such entry, or no such field."""
    for name, part in LISTS.items():
        before, after = ({_key(one): one for one in map(plain, part.things(r))} for r in (old, new))
        for key in dict.fromkeys([*before, *after]):
            was, now = before.get(key, {}), after.get(key, {})
            for field in dict.fromkeys([*was, *now]):
                if was.get(field) != now.get(field):
                    sides = {"before": was.get(field), "after": now.get(field)}
                    yield {"list": name, "code": key, "field": field, **sides}


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
