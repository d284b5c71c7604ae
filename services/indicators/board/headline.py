"""The first page in one sentence: what is broken, since when, and who answers for it."""

from collections.abc import Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Final

from duibiao.register import Register, Target, parse
from duibiao.web.board.alerts import org_name
from duibiao.web.board.figures import period_name
from duibiao.web.board.language import Language, name_of
from duibiao.web.board.rendering import View
from services.indicators.board.lines import decisive_line, present_of
from services.indicators.domain.decisive import decisive_of
from services.indicators.domain.rows import Verdict, VerdictRow

_BROKEN: Final = {"missed", "regressed"}
_NO_VERDICT: Final = {"unknown", "waived"}


def headline(
    register: Register, series: Mapping[str, Sequence[Verdict]], day: date, language: Language
) -> View:
    """Say what is broken on a day, the longest first. `series` is by target, oldest period first.

    Broken is a target whose present verdict is bad, or whose decisive one is and which has not
    become good since. One that has is named apart: a good figure never hides that it was missed.
    """
    each = [(target, series.get(target.id, ())) for target in register.targets]
    present = [present_of(verdicts) for _, verdicts in each]
    found = [_broken(register, *one, language) for one in each]
    broken = [one for one in found if one is not None]
    return View(
        day=day,
        all=len(each),
        unjudged=sum(one is None or one.row.status == "unknown" for one in present),
        now=sorted((one for one in broken if not one.recovered), key=attrgetter("first")),
        recovered=[one for one in broken if one.recovered],
    )


def _broken(
    register: Register, target: Target, series: Sequence[Verdict], language: Language
) -> View | None:
    rows, present = [verdict.row for verdict in series], present_of(series)
    if present is None or not {present.row.status, decisive_of(target, rows).status} & _BROKEN:
        return None
    run: list[VerdictRow] = []  # its newest bad periods that followed one another
    for row in reversed(rows):
        if row.status in _BROKEN:
            run.append(row)
        elif run and row.status not in _NO_VERDICT:
            break
    return View(
        name=name_of(target, language),
        href=f"/board/targets/{target.id}",
        status=run[0].status,
        first=parse(run[-1].period).first,
        since=period_name(run[-1].period, language),
        judged=decisive_line(target, series, language),
        leads=[org_name(register, code, language) for code in target.leads],
        recovered=present.row.status in ("met", "sustained", "on_track"),
    )
