"""The pages of a task and of a measure: what is asked, how it stands, what the units report."""

from collections.abc import Sequence
from dataclasses import dataclass

from duibiao.register import Measure, Register, Target, Task
from duibiao.web.board.alerts import AlertLines, Unit, alert_lines, units
from duibiao.web.board.figures import item_number
from duibiao.web.board.language import Language, title_of
from services.indicators.board.data import ClauseSheet
from services.indicators.board.lines import Quarter, TargetLine, quarters, target_line
from services.indicators.board.overview import MilestoneLine, TaskBlock, TaskBlocks, by_target
from services.indicators.board.reports import ReportPart, report_parts


@dataclass(frozen=True, slots=True)
class TaskPage:
    """`/board/tasks/{no}`."""

    block: TaskBlock
    supports: tuple[Unit, ...]
    alerts: AlertLines
    reports: tuple[ReportPart, ...]


@dataclass(frozen=True, slots=True)
class MeasurePage:
    """`/board/measures/{no}`."""

    no: str
    title: str
    task_no: int
    task_number: str
    task_title: str
    leads: tuple[Unit, ...]
    supports: tuple[Unit, ...]
    targets: tuple[TargetLine, ...]
    milestones: tuple[MilestoneLine, ...]
    quarters: tuple[Quarter, ...]
    alerts: AlertLines
    reports: tuple[ReportPart, ...]


def build_task(register: Register, task: Task, sheet: ClauseSheet, language: Language) -> TaskPage:
    """Lay one task out."""
    lines = _lines(register.targets_of_task(task.no), sheet, language)
    return TaskPage(
        block=TaskBlocks(register, sheet.overview, lines, language).block(task.no),
        supports=units(register, task.supports, language),
        alerts=alert_lines(register, sheet.overview.alerts, language),
        reports=report_parts(register, sheet.reports, language),
    )


def build_measure(
    register: Register, measure: Measure, sheet: ClauseSheet, language: Language
) -> MeasurePage:
    """Lay one measure out."""
    targets = [target for target in register.targets if target.clause == measure.no]
    lines = _lines(targets, sheet, language)
    blocks = TaskBlocks(register, sheet.overview, lines, language)
    return MeasurePage(
        no=measure.no,
        title=title_of(measure, language),
        task_no=measure.task,
        task_number=item_number(measure.task, language),
        task_title=title_of(register.task(measure.task), language),
        leads=units(register, measure.leads, language),
        supports=units(register, measure.supports, language),
        targets=tuple(lines.values()),
        milestones=tuple(blocks.milestone(stone) for stone in measure.milestones),
        quarters=quarters(sheet.overview.duties, language),
        alerts=alert_lines(register, sheet.overview.alerts, language),
        reports=report_parts(register, sheet.reports, language),
    )


def _lines(
    targets: Sequence[Target], sheet: ClauseSheet, language: Language
) -> dict[str, TargetLine]:
    series = by_target(sheet.overview.city)
    return {t.id: target_line(t, series.get(t.id, ()), language) for t in targets}
