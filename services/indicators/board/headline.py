"""The first page in one sentence: what is broken, since when, and who answers for it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from duibiao.register import Register, Target, parse
from duibiao.web.board.alerts import org_name
from duibiao.web.board.figures import day_in_words, period_name
from duibiao.web.board.language import Language, name_of
from duibiao.web.board.rendering import View
from duibiao.web.board.words import FRAME
from services.indicators.board.lines import decisive_line, present_of
from services.indicators.board.words import HEADLINE
from services.indicators.domain.decisive import decisive_of
from services.indicators.domain.rows import Verdict, VerdictRow

NAMED: Final = 4
"""How many targets, and units of one, are named."""
_BROKEN: Final = {"missed", "regressed"}
_GOOD: Final = {"met", "sustained", "on_track"}
_NO_VERDICT: Final = {"unknown", "waived"}


class _Broken(NamedTuple):
    """`run`: its newest bad periods that followed one another; `recovered`: it is good by now."""

    target: Target
    series: Sequence[Verdict]
    run: Sequence[VerdictRow]
    recovered: bool


def headline(
    register: Register, series: Mapping[str, Sequence[Verdict]], day: date, language: Language
) -> View:
    """Say what is broken on a day, the longest first. `series` is by target, oldest period first.

    Broken is a target whose present verdict is bad, or whose decisive one is and which has not
    become good since. One that has is named apart: a good figure never hides that it was missed.
    """
    found = [one for one in (_broken(t, series.get(t.id, ())) for t in register.targets) if one]
    now = sorted(
        (one for one in found if not one.recovered), key=lambda one: parse(one.run[0].period).first
    )
    recovered = [one for one in found if one.recovered]
    present = [present_of(series.get(target.id, ())) for target in register.targets]
    unjudged = sum(one is None or one.row.status == "unknown" for one in present)
    counts = {"all": len(present), "broken": len(now), "unjudged": unjudged, "named": NAMED}
    how = HEADLINE["-or-".join(sorted({one.run[-1].status for one in now})) or "missed"]
    nothing_known = unjudged == len(present) and not found
    none = "nothing-known" if nothing_known else "none-of-some" if unjudged else "none"
    some = "one" if len(now) == 1 else "longest" if len(now) > NAMED else "several"
    opening = HEADLINE[some if now else none].say(
        language, day=day_in_words(day, language), how=how.say(language), **counts
    )
    more = HEADLINE["recovered-one" if len(recovered) == 1 else "recovered"]
    return View(
        opening=opening.split("|"),
        broken=[_named(register, one, language) for one in now[:NAMED]],
        more=more.say(language, count=len(recovered)),
        recovered=[_named(register, one, language) for one in recovered],
    )


def _broken(target: Target, series: Sequence[Verdict]) -> _Broken | None:
    rows, present = [verdict.row for verdict in series], present_of(series)
    if present is None or not {present.row.status, decisive_of(target, rows).status} & _BROKEN:
        return None
    run: list[VerdictRow] = []
    for row in reversed(rows):
        if row.status in _BROKEN:
            run.insert(0, row)
        elif run and row.status not in _NO_VERDICT:
            break
    return _Broken(target, series, run, present.row.status in _GOOD)


def _named(register: Register, one: _Broken, language: Language) -> View:
    judged, codes = decisive_line(one.target, one.series, language), one.target.leads
    comma, first = FRAME["comma"].say(language), codes[: NAMED if len(codes) <= NAMED else 2]
    leads = comma.join(org_name(register, code, language) for code in first)
    if len(codes) > NAMED:
        leads = HEADLINE["leads"].say(language, named=leads, count=len(codes))
    return View(
        name=name_of(one.target, language),
        href=f"/board/targets/{one.target.id}",
        since=period_name(one.run[0].period, language),
        judged="" if judged is None else judged.said,
        leads=leads,
    )
