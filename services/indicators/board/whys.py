"""Why a verdict stands as it does, in one plain line that needs no colour.

Reads the verdict's own fields and never judges again: the status decides the closing words, the
figures fill the opening ones. Notes are the reservations a reader must know beside it.
"""

from collections.abc import Mapping
from typing import Final

from duibiao.register import Target
from services.indicators.board.figures import difference, number, share, with_unit
from services.indicators.board.language import Language, Phrase
from services.indicators.domain.rows import VerdictRow

_NOTHING: Final[Mapping[str, Phrase]] = {
    "no_figure": Phrase("本期没有报送数据，不作判断。", "No figure for this period; not judged."),
    "no_threshold": Phrase(
        "{figure}；通知没有给出可比的目标值，不作判断。",
        "{figure}; the notice gives nothing to compare it with, so it is not judged.",
    ),
    "no_comparison": Phrase(
        "{figure}；没有更早的数据可比，不作判断。",
        "{figure}; there is no earlier figure to compare it with, so it is not judged.",
    ),
}

_ENDING: Final[Mapping[str, Phrase]] = {
    "met": Phrase("达到要求。", "This meets what was asked."),
    "sustained": Phrase("此前已达标，继续保持。", "Met before, and kept."),
    "missed": Phrase("时限已到，没有达到。", "The time is up and it is not met."),
    "regressed": Phrase("此前曾达标，现已回落。", "Met before, and not kept."),
    "on_track": Phrase("未到时限，进度正常。", "The time is not up; progress is as it should be."),
    "at_risk": Phrase(
        "未到时限，按当前进度预计差距不超过10%。",
        "The time is not up; as it stands it falls short, by a tenth at most.",
    ),
    "behind": Phrase(
        "未到时限，按当前进度预计差距超过10%。",
        "The time is not up; as it stands it falls short by more than a tenth.",
    ),
    "waived": Phrase("经批准豁免，不计为达标。", "Waived by approval; not counted as met."),
}

_STANDING_ENDING: Final[Mapping[str, Phrase]] = {
    **_ENDING,
    "missed": Phrase("本期结束，没有达到。", "The period is over and it is not met."),
    "on_track": Phrase("本期未结束，进度正常。", "The period still runs; so far as it should be."),
    "at_risk": Phrase(
        "本期未结束，按当前进度预计差距不超过10%。",
        "The period still runs; as it stands it falls short, by a tenth at most.",
    ),
    "behind": Phrase(
        "本期未结束，按当前进度预计差距超过10%。",
        "The period still runs; as it stands it falls short by more than a tenth.",
    ),
}
"""For a target without a date: each period is judged when it ends."""

_DIRECTION_ENDING: Final[Mapping[str, Phrase]] = {
    **_ENDING,
    "met": Phrase("比可比的上期有改善。", "Better than the period it is compared with."),
    "missed": Phrase("比可比的上期没有改善。", "No better than the period it is compared with."),
    "on_track": Phrase("到目前为止比可比的上期有改善。", "So far better than the period before."),
    "behind": Phrase(
        "到目前为止比可比的上期没有改善。", "So far no better than the period before."
    ),
}

_AVERAGE: Final = Phrase("平均 {figure}", "{figure} on average")
_SHARE: Final = Phrase("占比 {figure}", "A share of {figure}")
_TOTAL: Final = Phrase("累计 {figure}", "{figure} in all")
_CASES: Final = Phrase(
    "{n} 件中 {within} 件在 {limit}内（{share}），最长 {longest}",
    "{within} of {n} cases within {limit} ({share}), the longest {longest}",
)
_DEADLINES: Final = Phrase(
    "{n} 件中 {within} 件在各自时限内（{share}），最多超 {longest}",
    "{within} of {n} cases by their own deadline ({share}), at most {longest} after it",
)
_CASES_OPEN: Final = Phrase(
    "，其中 {open} 件未办结已超期限", ", {open} still open and past the limit"
)
_LONGEST: Final = Phrase("最长 {figure}", "The longest took {figure}")

_EVEN: Final = Phrase("正好等于目标值", "exactly the threshold")
_BETTER: Final = Phrase("优于目标值 {difference}", "better than the threshold by {difference}")
_SHORT: Final = Phrase("距目标值差 {difference}", "short of the threshold by {difference}")

_NEAR: Final = Phrase("接近期限（余量不足10%）", "less than a tenth below the limit")
_SMALL: Final = Phrase("样本偏少", "small sample")
_PROVISIONAL: Final = Phrase(
    "部分日历尚未公布，天数暂按周一至周五计", "some days counted Monday to Friday, provisionally"
)
_DOUBT: Final = Phrase(
    "暂停或延期占比偏高，计时待核实", "many paused days or extensions; the clocks are to be checked"
)
_PENDING: Final = Phrase(
    "{count} 项延期或暂停待批准，批准前不计",
    "{count} extensions or pauses wait for approval and are not counted",
)
_REPORTED: Final = Phrase(
    "只有报送的平均数，没有逐件数据", "only a reported average, no single cases"
)
_INCOMPLETE: Final = Phrase(
    "报送不全：应报 {expected} 家，已报 {reporters} 家",
    "incomplete: {reporters} of {expected} units reported",
)


def why(target: Target, row: VerdictRow, language: Language) -> str:
    """Say in one line why the verdict has its status."""
    figure = _figure(target, row, language)
    if row.status == "unknown":
        phrase = _NOTHING.get(row.reason or "", _NOTHING["no_figure"])
        return phrase.say(language, figure=figure)
    directed = target.op in ("rise", "fall")
    endings = _ENDING if target.judged_by is not None else _STANDING_ENDING
    endings = _DIRECTION_ENDING if directed else endings
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
    phrase = {"share": _SHARE, "latest": _TOTAL}.get(target.statistic, _AVERAGE)
    return phrase.say(language, figure=shown)


def _cases(target: Target, row: VerdictRow, longest: str, language: Language) -> str:
    n, within, limit = row.sample_size, row.within_limit, row.threshold
    if not n or within is None or limit is None:
        return _LONGEST.say(language, figure=longest)
    text = (_CASES if limit else _DEADLINES).say(
        language,
        n=number(n),
        within=number(within),
        limit=with_unit(number(limit), target.counted_in, language),
        share=share(row.attainment_ratio or 0),
        longest=longest,
    )
    if row.overdue_open:
        text += _CASES_OPEN.say(language, open=number(row.overdue_open))
    return text


def _distance(target: Target, row: VerdictRow, language: Language) -> str:
    one_by_one = target.statistic == "each" and row.evidence != "reported"
    if row.gap is None or one_by_one:
        return ""
    if row.gap == 0:
        return _EVEN.say(language)
    phrase = _SHORT if row.gap > 0 else _BETTER
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
        found.append(_INCOMPLETE.say(language, reporters=row.reporters, expected=row.expected))
    marked = (
        (row.near_threshold, _NEAR),
        (row.insufficient_sample, _SMALL),
        (row.provisional, _PROVISIONAL),
        (target.statistic == "each" and row.evidence == "reported", _REPORTED),
        (row.clock_doubt, _DOUBT),
        (row.pending_approvals, _PENDING),
    )
    count = row.pending_approvals
    found.extend(phrase.say(language, count=count) for holds, phrase in marked if holds)
    return tuple(found)
