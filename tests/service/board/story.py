"""One whole board to look at: every target of the notice with an invented year behind it.

Every status, duty state and alert colour appears, so that a page which shows this shows all.
"""

from datetime import UTC, date, datetime
from fractions import Fraction

from duibiao.register import DutyStatus, Register, Target
from duibiao.web.board.alerts import OpenAlert
from services.indicators.board.data import MilestoneState
from services.indicators.domain.rows import DutyRow, Reason, Status, Verdict, VerdictRow
from services.indicators.domain.submission import ReportContent, ReportHistory, ReportKey
from tests.service.board.boards import (
    HeldBoard,
    alert,
    duty,
    proof,
    report,
    standing,
    verdict,
    verdict_row,
)

QUARTERS = ("2021Q1", "2021Q2", "2021Q3", "2021Q4")

_U: tuple[None, Status] = (None, "unknown")

YEAR: dict[str, tuple[tuple[str | None, Status], ...]] = {
    "T01": (("74", "behind"), ("68", "behind"), ("63", "at_risk"), ("58", "on_track")),
    "T02": (("41", "behind"), ("38", "behind"), ("37", "at_risk"), ("36", "at_risk")),
    "T03": (("18.5", "behind"), ("22", "behind"), ("26.4", "behind"), ("28.1", "at_risk")),
    "T04": (("36", "on_track"), ("61", "on_track"), ("88", "on_track"), ("104", "on_track")),
    "T05": (("30", "behind"), ("55", "behind"), ("79", "behind"), _U),
    "T06": (("64.2", "behind"), ("81", "behind"), ("96.5", "at_risk"), ("100", "on_track")),
    "T07": (("18", "on_track"), ("37", "on_track"), ("52", "on_track"), ("60", "on_track")),
    "T08": (("81.3", "unknown"), ("85.7", "unknown"), ("90.1", "unknown"), ("92", "unknown")),
    "T09": (_U, ("61.2", "unknown"), ("66.9", "unknown"), _U),
    "T10": (("12", "behind"), ("21", "behind"), ("30", "behind"), ("58", "behind")),
    "T11": (("40", "unknown"), ("52", "unknown"), ("63", "unknown"), ("71", "unknown")),
    "T12": (("82.1", "unknown"), ("86.0", "met"), ("88.4", "met"), ("87.9", "behind")),
    "T13": (("1", "met"), ("1", "sustained"), ("3", "regressed"), ("1", "sustained")),
    "T14": (("97.2", "missed"), ("98.9", "missed"), ("99.996", "missed"), ("100", "met")),
    "T15": (("19", "met"), ("18", "met"), ("24", "missed"), ("26", "missed")),
    "T16": (("5.8", "missed"), ("5.51", "missed"), ("5.5", "met"), ("5.4", "on_track")),
    "T17": (("4.9", "unknown"), ("4.6", "met"), ("4.7", "missed"), ("4.2", "on_track")),
    "T18": (_U, _U, _U, _U),
}
PRESENT = {"T05": 2, "T09": 2, "T13": 2, "T14": 1, "T15": 2, "T16": 2, "T18": 3}
WAIVED = "T09"
WORK = "已建立工作专班，完成事项梳理和流程再造，正在开展业务培训，部分区县开始试行。"
DONE = "全部事项已办结，转入日常管理。"
CAME = ("on_time", "late", "zero_report")


def the_story(register: Register) -> HeldBoard:
    """Return the board of an invented 2021, seen on 20 December."""
    verdicts = _verdicts(register)
    return HeldBoard(
        register,
        standing(sample=True),
        verdicts=verdicts,
        duties=_duties(register),
        milestones=_milestones(register),
        alerts=_alerts(register),
        reports=_reports(register),
        proofs={v.row.id: proof(v.row, distribution=_distribution(v.row)) for v in verdicts},
    )


def _distribution(row: VerdictRow) -> list[tuple[int, int, int]]:
    if row.statistic != "each" or row.value is None:
        return []
    longest = int(row.value)
    return [(days, 0, 3 + days * (longest - days) // 4) for days in range(longest + 1)]


def _verdicts(register: Register) -> tuple[Verdict, ...]:
    found: list[Verdict] = []
    for target in register.targets:
        rows = [
            _row(target, period, *said)
            for period, said in zip(QUARTERS, YEAR[target.id], strict=True)
        ]
        present = rows[PRESENT.get(target.id, 3)]
        found += [verdict(row, present=row is present) for row in rows]
        found += [
            verdict(row._replace(id=f"{row.id}-{lead}", org=lead, reporters=1, expected=1))
            for lead in target.leads
            for row in rows
            if row.value is not None
        ]
    return tuple(found)


def _row(target: Target, period: str, value: str | None, status: Status) -> VerdictRow:
    each = target.statistic == "each" and value is not None
    late = each and status in ("missed", "regressed", "behind", "at_risk")
    waived = target.id == WAIVED and period == "2021Q3"
    return verdict_row(
        target,
        period,
        value,
        "waived" if waived else status,
        reason=_reason(target, value, status),
        reporters=max(1, len(target.leads) - (period == "2021Q3")),
        expected=len(target.leads),
        sample_size=412 if target.statistic != "latest" else None,
        within_limit=(397 if late else 412) if each else None,
        attainment_ratio=_ratio(target, value, late=late),
        overdue_open=6 if late else None,
        near_threshold=target.id == "T16",
        insufficient_sample=target.id == "T17",
    )


def _ratio(target: Target, value: str | None, *, late: bool) -> Fraction | None:
    if value is None or target.threshold is None:
        return None
    if target.statistic == "each":
        return Fraction(397, 412) if late else Fraction(1)
    over = Fraction(value) / Fraction(target.threshold)
    return 1 / over if target.op == "<=" else over


def _reason(target: Target, value: str | None, status: Status) -> Reason | None:
    if status != "unknown":
        return None
    if value is None:
        return "no_figure"
    return "no_comparison" if target.op in ("rise", "fall") else "no_threshold"


def _duties(register: Register) -> tuple[DutyRow, ...]:
    found = []
    for place, owed in enumerate(register.duties):
        status = _shape(place // len(QUARTERS))[int(owed.period[-1]) - 1]
        found.append(
            duty(
                owed.measure,
                owed.org,
                owed.period,
                status,
                due=owed.due,
                effective_due=owed.effective_due,
                received_on=owed.due if status in CAME else None,
            )
        )
    return tuple(found)


def _reports(register: Register) -> tuple[ReportHistory, ...]:
    """Return what came for the duties that were met: now and then corrected, some without text."""
    found = []
    for place, owed in enumerate(register.duties):
        status = _shape(place // len(QUARTERS))[int(owed.period[-1]) - 1]
        key = ReportKey(owed.org, owed.measure, owed.period, "")
        said: list[str | ReportContent] = [WORK]
        if status == "zero_report":
            said = [ReportContent(None, zero_report=True)]
        elif place % 5 == 0:
            said.append(ReportContent("done", owed.due, f"{WORK}\n{DONE}"))
        if status in CAME:
            found.append(report(key, *said, received=_noon(owed.due)))
    for measure in register.measures:
        for stone in measure.milestones[:1]:
            key = ReportKey(measure.leads[0], measure.no, "2021Q2", stone.code)
            done = ReportContent("done", stone.due, DONE)
            found.append(report(key, done, received=_noon(stone.due)))
    return tuple(found)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def _shape(pair: int) -> tuple[DutyStatus, ...]:
    """Return the four quarters of a measure's lead: mostly in time, now and then not."""
    if pair % 61 == 5:
        return ("exempt", "on_time", "on_time", "not_due")
    if pair % 29 == 2:
        return ("zero_report", "on_time", "overdue", "due_soon")
    if pair % 11 == 1:
        return ("on_time", "late", "on_time", "on_time")
    return ("on_time", "on_time", "on_time", "due_soon")


def _milestones(register: Register) -> tuple[MilestoneState, ...]:
    return tuple(
        MilestoneState(stone.code, measure.leads[0], "done", stone.due)
        for measure in register.measures
        for stone in measure.milestones[:1]
    )


def _alerts(register: Register) -> tuple[OpenAlert, ...]:
    def on(number: str, colour: str, target: str, month: int, state: str = "firing") -> OpenAlert:
        return alert(
            number,
            colour,
            target=target,
            leads=register.target(target).leads,
            state=state,
            opened_at=datetime(2021, month, 12, 1, 0, tzinfo=UTC),
        )

    return (
        on("红-2021-0001", "red", "T15", 10),
        on("黄-2021-0003", "yellow", "T13", 10, "acknowledged"),
        on("蓝-2021-0009", "blue", "T10", 10),
        on("蓝-2021-0010", "blue", "T02", 12),
        alert(
            "黄-2021-0004",
            measure="6.3",
            org="housing-construction-bureau",
            leads=("housing-construction-bureau",),
            opened_at=datetime(2021, 9, 28, 1, 0, tzinfo=UTC),
        ),
        on("黄-2021-0002", "yellow", "T14", 7, "replied"),
    )
