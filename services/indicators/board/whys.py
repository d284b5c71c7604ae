"""Why a verdict stands as it does, in one plain line that needs no colour.

Reads the verdict's own fields and never judges again: the status decides the closing words, the
figures fill the opening ones. Notes are the reservations a reader must know beside it.
"""

from typing import Final

from duibiao.register import Target
from duibiao.web.board.figures import difference, number, share, with_unit
from duibiao.web.board.language import Language
from services.indicators.board.words import (
    WHY,
    WHY_DIRECTION,
    WHY_ENDING,
    WHY_NOTHING,
    WHY_STANDING,
)
from services.indicators.domain.rows import VerdictRow

# For a target without a date: each period is judged when it ends.
_STANDING: Final = {**WHY_ENDING, **WHY_STANDING}
_DIRECTION: Final = {**WHY_ENDING, **WHY_DIRECTION}


def why(target: Target, row: VerdictRow, language: Language) -> str:
    """Say in one line why the verdict has its status."""
    figure = _figure(target, row, language)
    if row.status == "unknown":
        phrase = WHY_NOTHING.get(row.reason or "", WHY_NOTHING["no_figure"])
        return phrase.say(language, figure=figure)
    directed = row.op in ("rise", "fall")
    endings = WHY_ENDING if target.judged_by is not None else _STANDING
    endings = _DIRECTION if directed else endings
    parts = [figure, "" if directed else _distance(target, row, language)]
    comma, stop = ("，", "。") if language == "zh" else (", ", ". ")
    opening = comma.join(part for part in parts if part)
    ending = endings[row.status].say(language) if row.status in endings else ""
    return (opening + stop if opening else "") + ending


def _figure(target: Target, row: VerdictRow, language: Language) -> str:
    if row.value is None:
        return ""
    shown = with_unit(number(row.value, row.threshold), target.counted_in, language)
    if target.statistic == "each" and row.evidence != "reported":
        return _cases(target, row, shown, language)
    phrase = {"share": WHY["share"], "latest": WHY["total"]}.get(target.statistic, WHY["average"])
    return phrase.say(language, figure=shown)


def _cases(target: Target, row: VerdictRow, longest: str, language: Language) -> str:
    n, within, limit = row.sample_size, row.within_limit, row.threshold
    if not n or within is None or limit is None:
        return WHY["longest"].say(language, figure=longest)
    text = (WHY["cases"] if limit else WHY["deadlines"]).say(
        language,
        n=number(n),
        within=number(within),
        limit=with_unit(number(limit), target.counted_in, language),
        share=share(row.attainment_ratio or 0),
        longest=longest,
    )
    if row.overdue_open:
        text += WHY["cases-open"].say(language, open=number(row.overdue_open))
    return text


def _distance(target: Target, row: VerdictRow, language: Language) -> str:
    one_by_one = target.statistic == "each" and row.evidence != "reported"
    if row.gap is None or one_by_one:
        return ""
    if row.gap == 0:
        return WHY["even"].say(language)
    phrase = WHY["short"] if row.gap > 0 else WHY["better"]
    return phrase.say(language, difference=difference(row.gap, target.counted_in, language))


def is_incomplete(row: VerdictRow) -> bool:
    """Whether fewer units reported than were expected to."""
    return row.reporters < row.expected


def notes(target: Target, row: VerdictRow, language: Language) -> tuple[str, ...]:
    """Return the reservations: what a reader must know before trusting the figure."""
    if row.value is None:
        return ()
    found = []
    if is_incomplete(row):
        found.append(
            WHY["incomplete"].say(language, reporters=row.reporters, expected=row.expected)
        )
    marked = (
        (row.near_threshold, WHY["near"]),
        (row.insufficient_sample, WHY["small"]),
        (row.provisional, WHY["provisional"]),
        (target.statistic == "each" and row.evidence == "reported", WHY["reported"]),
        (row.clock_doubt, WHY["doubt"]),
        (row.pending_approvals, WHY["pending"]),
    )
    count = row.pending_approvals
    found.extend(phrase.say(language, count=count) for holds, phrase in marked if holds)
    return tuple(found)
