"""The sentences of a proof: every step as a reader follows it, Chinese first.

Numbers are exact where they end soon and marked "≈" where they were rounded for the eye; the
comparison itself never is.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from duibiao.register import UNITS
from services.indicators.domain.criterion import WEEK, Criterion, EvaluationConfig, Pace
from services.indicators.domain.figures import ClockDoubt, Figure, Input
from services.indicators.domain.histogram import ClockTotals
from services.indicators.domain.verdict import Judgement
from services.indicators.domain.wording import STATUS, Note, equals, percent, show

_REASONS = {
    "no_figure": Note("无数据", "no figure"),
    "no_threshold": Note("未设目标值，无从比较", "no threshold to compare with"),
    "no_comparison": Note("无可比期", "no earlier period to compare with"),
}
_PHASES = {
    "before": Note("未到期限", "before the day of judgement"),
    "at": Note("期限已到", "at the day of judgement"),
    "after": Note("期限之后", "after the day of judgement"),
}
_TERMS_SHOWN = 8


def lines(terms: EvaluationConfig, figure: Figure | None, judgement: Judgement) -> Iterator[Note]:
    """Yield the sentences from the inputs to the verdict."""
    if figure is not None:
        yield from _figure_lines(terms, figure)
        if terms.directed:
            yield from _direction_lines(terms, figure, judgement)
        elif terms.threshold is not None:
            yield from _threshold_lines(terms, figure, terms.threshold, judgement)
    yield _phase_line(terms, judgement)
    if judgement.kept:
        listed = ", ".join(judgement.kept)
        yield Note(f"此前达标期间：{'、'.join(judgement.kept)}", f"met before, in {listed}")
    if waiver := judgement.waiver:
        yield Note(
            f"经批准豁免（{waiver.first} 至 {waiver.until}，{waiver.document}）：{waiver.reason}",
            f"waived from {waiver.first} to {waiver.until} ({waiver.document}): {waiver.reason}",
        )
    reason = _REASONS[judgement.reason] if judgement.reason else None
    yield Note(
        f"结论：{STATUS[judgement.status].zh}" + (f"（{reason.zh}）" if reason else ""),
        f"verdict: {judgement.status}" + (f" ({reason.en})" if reason else ""),
    )


def _figure_lines(terms: EvaluationConfig, figure: Figure) -> Iterator[Note]:
    statistic = terms.statistic
    if statistic == "share":
        yield from _share_lines(figure)
    elif figure.histogram is not None:
        yield from _case_lines(terms, figure)
    elif statistic == "latest":
        added = _summands(figure, lambda made_from: show(made_from.value or Fraction(0)))
        yield Note(f"累计数 {added}", f"running total {added}")
    else:
        yield from _mean_lines(figure)


def _case_lines(terms: EvaluationConfig, figure: Figure) -> Iterator[Note]:
    histogram = figure.histogram
    if histogram is None:
        return
    count, total, late = histogram.count, histogram.total, figure.overdue
    done = count - late
    beside = Note("", "")
    if late:
        beside = Note(
            f"，另有 {late} 件未办结且已超期，合 {count} 件",
            f", and {late} open past the limit, {count} together",
        )
    unit = UNITS[terms.unit]
    yield Note(
        f"期内办结 {done} 件{beside.zh}，共 {total} {unit.name_zh}；"
        f"平均 {total} / {count} {equals(show(histogram.mean))}",
        f"{done} cases completed{beside.en}, {total} {unit.name} in all; "
        f"mean {total} / {count} {equals(show(histogram.mean))}",
    )
    yield Note(
        f"最长 {histogram.longest}；90 分位为由小到大第 {histogram.p90_rank} 件：{histogram.p90}",
        f"longest {histogram.longest}; "
        f"p90 is number {histogram.p90_rank} from the shortest: {histogram.p90}",
    )
    if any(made_from.kind == "cases" for made_from in figure.inputs) and histogram.provisional:
        yield Note(
            "部分日期超出已公布的日历，按周一至周五计，结果为暂定",
            "some days lie outside the announced calendar; counted Monday to Friday, provisional",
        )
    if terms.case_limit is not None and any(k.extended for k in histogram.counts):
        yield Note(
            "经批准延期的办件，其期限加上延期天数",
            "a case with an extension has its limit lengthened by it",
        )
    if histogram.clock.paused:
        gross, paused, net = histogram.clock.gross, histogram.clock.paused, histogram.clock.net
        yield Note(
            f"总历时 {gross} {unit.name_zh}，扣除暂停 {paused}，计 {net}",
            f"{gross} {unit.name} gross, less {paused} paused, {net} net",
        )


def _mean_lines(figure: Figure) -> Iterator[Note]:
    if figure.numerator is None or figure.weight is None:
        yield Note(
            f"报送平均值 {show(figure.value)}，无样本量",
            f"reported average {show(figure.value)}, without a sample size",
        )
        return
    terms = _summands(figure, _mean_term)
    sums = f"({terms}) / {show(figure.weight)} {equals(show(figure.value))}"
    yield Note(f"按样本量加权平均 {sums}", f"average by sample size {sums}")


def _mean_term(made_from: Input) -> str:
    if made_from.value is None or made_from.weight is None:
        return show(made_from.numerator or Fraction(0))
    return f"{show(made_from.value)} × {show(made_from.weight)}"


def _share_lines(figure: Figure) -> Iterator[Note]:
    if figure.numerator is None or figure.weight is None:
        yield Note(
            f"报送比例 {show(figure.value)}%，无分子分母",
            f"reported share {show(figure.value)}%, without numerator and denominator",
        )
        return
    above = _summands(figure, lambda made_from: show(made_from.numerator or Fraction(0)))
    below = _summands(figure, lambda made_from: show(made_from.weight or Fraction(0)))
    sums = f"({above}) / ({below}) × 100 {equals(show(figure.value))}"
    yield Note(f"分子合计除以分母合计 {sums}", f"numerators over denominators {sums}")


def _summands(figure: Figure, term: Callable[[Input], str]) -> str:
    shown = [term(made_from) for made_from in figure.inputs[:_TERMS_SHOWN]]
    more = len(figure.inputs) - len(shown)
    return " + ".join([*shown, f"… ({more})"] if more else shown)


def _direction_lines(
    terms: EvaluationConfig, figure: Figure, judgement: Judgement
) -> Iterator[Note]:
    past = judgement.compared_with
    if past is None:
        return
    sign = ">" if figure.value > past.value else "<" if figure.value < past.value else "="
    wanted = Note("应上升", "a rise is asked") if terms.op == "rise" else None
    wanted = wanted or Note("应下降", "a fall is asked")
    compared = f"{show(figure.value)} {sign} {show(past.value)} ({past.period})"
    yield Note(f"与 {past.period} 比：{compared}；{wanted.zh}", f"{compared}; {wanted.en}")


def _threshold_lines(
    terms: EvaluationConfig, figure: Figure, threshold: Fraction, judgement: Judgement
) -> Iterator[Note]:
    met = Note("达到", "attained") if judgement.met else Note("未达到", "not attained")
    ratio = judgement.attainment_ratio or Fraction(0)
    if terms.case_limit is not None and figure.histogram is not None:
        within, count = figure.histogram.within(threshold), figure.histogram.count
        share = f"{within} / {count} {equals(percent(ratio))}"
        limit = Note("期限", "limit")
        if any(duration.past_deadline is not None for duration in figure.histogram.counts):
            limit = Note("超出各件承诺时限至多", "past the case's own deadline at most")
        yield Note(
            f"{limit.zh} {show(threshold)}：期限内 {within} 件，{share}；{met.zh}",
            f"{limit.en} {show(threshold)}: {within} within it, {share}; {met.en}",
        )
    else:
        op = terms.op
        holds = "" if judgement.met else "不成立"
        compared = f"{show(figure.value)} {op} {show(threshold)}"
        yield Note(
            f"{compared} {holds or '成立'}；达成度 {show(ratio)}；{met.zh}",
            f"{compared} is {'true' if judgement.met else 'false'}; "
            f"attainment {show(ratio)}; {met.en}",
        )
    yield from _pace_lines(terms, figure, threshold, judgement)


def _pace_lines(
    terms: EvaluationConfig, figure: Figure, threshold: Fraction, judgement: Judgement
) -> Iterator[Note]:
    line = judgement.pace
    if line is not None:
        end = terms.judged_by
        sums = (
            f"{show(line.baseline)} + ({show(figure.value)} - {show(line.baseline)}) × "
            f"{line.whole} / {line.elapsed} {equals(show(line.projected))}"
        )
        yield Note(
            f"自 {line.baseline_day} 至 {terms.judged_day} 为 {line.elapsed} 个工作日，"
            f"至 {end} 为 {line.whole} 个；推算 {sums}",
            f"{line.elapsed} working days from {line.baseline_day} to {terms.judged_day}, "
            f"{line.whole} to {end}; projected {sums}",
        )
        yield from _needed_lines(line, figure.value, threshold)
        if line.planned is not None:
            shown, day = show(line.planned), terms.judged_day
            yield Note(f"计划至 {day} 应达 {shown}", f"the plan asks for {shown} on {day}")
    if judgement.short:
        yield Note(
            f"差 {percent(judgement.short)}（目标值 {show(threshold)}；10% 以内为临近预警）",
            f"short by {percent(judgement.short)} of {show(threshold)}; up to 10% is at risk",
        )


def _needed_lines(line: Pace, value: Fraction, threshold: Fraction) -> Iterator[Note]:
    day, ends = line.reached_on, Note("达不到目标值", "the threshold is never reached")
    if day is not None:
        ends = Note(f"于 {day} 达到目标值", f"the threshold is reached on {day}")
    sums = f"({show(value)} - {show(line.baseline)}) / {line.elapsed} × {WEEK} "
    sums += equals(show(line.actual_per_week))
    yield Note(
        f"至今每周 {sums}；按此进度{ends.zh}", f"so far per week {sums}; at that pace {ends.en}"
    )
    if line.needed_per_week is not None:
        sums = f"({show(threshold)} - {show(value)}) / {line.days_left} × {WEEK} "
        sums += equals(show(line.needed_per_week))
        yield Note(
            f"余 {line.days_left} 个工作日，每周（{WEEK} 个工作日）需 {sums}",
            f"{line.days_left} working days left; needed per week of {WEEK} of them {sums}",
        )


def _phase_line(terms: EvaluationConfig, judgement: Judgement) -> Note:
    words = _PHASES[judgement.phase]
    if terms.judged_by is None:
        state = Note("期间已结束", "the period has ended")
        if judgement.phase != "at":
            state = Note("期间未结束", "the period still runs")
        return Note(f"常设要求：{state.zh}", f"a standing target: {state.en}")
    day, reading = terms.judged_by, terms.judged_by_is_reading
    return Note(
        f"{words.zh}（{day}{'，本系统解读' if reading else ''}）",
        f"{words.en} ({day}{', our reading' if reading else ''})",
    )


def clock_notes(
    criterion: Criterion, clock: ClockTotals | None, doubts: Iterable[ClockDoubt]
) -> list[Note]:
    """Return what is to be asked about the clocks of the cases."""
    alarm = show(criterion.indicator.clock.pause_share_alarm)
    notes = [
        Note(
            f"{criterion.org(d.org).zh}：暂停天数占 {percent(d.paused_share)}，延期办件占 "
            f"{percent(d.extended_share)}，超过 {alarm}%，请核实",
            f"{criterion.org(d.org).en}: {percent(d.paused_share)} of the days paused, "
            f"{percent(d.extended_share)} of the cases extended; above {alarm}%, to be checked",
        )
        for d in doubts
    ]
    if clock is not None and clock.pending:
        notes.append(
            Note(
                f"{clock.pending} 项延期或暂停待牵头办公室批准，批准前不计",
                f"{clock.pending} extensions or pauses wait for the office's approval; "
                "not counted until then",
            )
        )
    return notes
