"""The pages of a task and of a measure: what is asked, how it stands, what the units report."""

from collections.abc import Mapping, Sequence

from duibiao.register import Measure, Register, Target, Task
from duibiao.web.board.alerts import alert_lines, units
from duibiao.web.board.figures import item_number
from duibiao.web.board.language import Language, title_of
from duibiao.web.board.rendering import View
from services.indicators.board.data import ClauseSheet
from services.indicators.board.lines import quarters, target_lines
from services.indicators.board.overview import TaskBlocks, by_target
from services.indicators.board.reports import report_parts


def build_task(register: Register, task: Task, sheet: ClauseSheet, language: Language) -> View:
    """Lay one task out."""
    lines = _lines(register.targets_of_task(task.no), sheet, language)
    return View(
        block=TaskBlocks(register, sheet.overview, lines, language).block(task.no),
        supports=units(register, task.supports, language),
        alerts=alert_lines(register, sheet.overview.alerts, language),
        reports=report_parts(register, sheet.reports, language),
    )


def build_measure(
    register: Register, measure: Measure, sheet: ClauseSheet, language: Language
) -> View:
    """Lay one measure out."""
    targets = [target for target in register.targets if target.clause == measure.no]
    lines = _lines(targets, sheet, language)
    blocks = TaskBlocks(register, sheet.overview, lines, language)
    return View(
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


def _lines(targets: Sequence[Target], sheet: ClauseSheet, language: Language) -> Mapping[str, View]:
    series = by_target(sheet.overview.city)
    return target_lines(targets, series, language, sheet.overview.alerts)
