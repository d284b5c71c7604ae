"""The first page: the whole notice, its targets and its reports, in the notice's own order."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from duibiao.register import Chapter, Measure, Milestone, Register, parse
from duibiao.web.board.alerts import alert_lines, org_name, units
from duibiao.web.board.figures import day, item_number, numeral
from duibiao.web.board.language import Language, title_of
from duibiao.web.board.marks import colour_mark
from duibiao.web.board.rendering import View
from duibiao.web.board.words import COLOUR, say
from services.indicators.board.data import MilestoneState, Overview
from services.indicators.board.headline import headline
from services.indicators.board.lines import Count, counted, quarters, target_lines
from services.indicators.board.marks import status_mark, status_marks
from services.indicators.board.words import MILESTONE, STATUS
from services.indicators.domain.rows import DutyRow, Verdict


def build(register: Register, data: Overview, language: Language) -> View:
    """Lay the whole notice out; a task without figures is there too."""
    series = by_target(data.city)
    lines = target_lines(register.targets, series, language, data.alerts)
    tasks = TaskBlocks(register, data, lines, language)
    return View(
        headline=headline(register, series, data.standing.judged_day, language),
        totals=_totals(lines.values(), language),
        judged_totals=_judged(lines.values(), language),
        strip=tuple(lines.values()),
        alert_totals=_alert_totals(data, language),
        duty_totals=counted((state.status for state in data.duties), language),
        alerts=alert_lines(register, data.alerts, language),
        chapters=tuple(
            _chapter(c, tasks, language) for c in register.chapters or [_whole(register)]
        ),
    )


def _whole(register: Register) -> Chapter:
    """Stand in for the chapters of a notice that has none: all its tasks, under no heading."""
    return Chapter(0, "", "", register.tasks[0].no, register.tasks[-1].no)


def by_target(verdicts: Iterable[Verdict]) -> Mapping[str, Sequence[Verdict]]:
    """Group verdicts of several targets into series, oldest period first."""
    grouped: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        grouped[verdict.row.target].append(verdict)
    return {target: in_time(found) for target, found in grouped.items()}


def in_time(series: Iterable[Verdict]) -> list[Verdict]:
    """Sort verdicts of one series by their period, oldest first."""
    return sorted(series, key=lambda verdict: parse(verdict.row.period).first)


def _totals(lines: Iterable[View], language: Language) -> tuple[Count, ...]:
    found = Counter(line.mark for line in lines)
    always = {status_mark(status, language) for status in STATUS}
    shown = [mark for mark in status_marks(language) if mark in always or found[mark]]
    return tuple(Count(mark, found[mark]) for mark in shown)


def _judged(lines: Iterable[View], language: Language) -> tuple[Count, ...]:
    """Count how promises were kept, of those whose time has come."""
    found = Counter(line.decisive.mark for line in lines if line.decisive)
    return tuple(Count(mark, found[mark]) for mark in status_marks(language) if found[mark])


def _alert_totals(data: Overview, language: Language) -> tuple[Count, ...]:
    counts = data.alerts.counts
    return tuple(Count(colour_mark(one, language), counts.get(one, 0)) for one in COLOUR)


def _chapter(chapter: Chapter, tasks: "TaskBlocks", language: Language) -> View:
    return View(
        no=chapter.no,
        number=numeral(chapter.no) if language == "zh" else str(chapter.no),
        title=title_of(chapter, language),
        tasks=tuple(tasks.block(no) for no in range(chapter.first, chapter.last + 1)),
    )


class TaskBlocks:
    """Builds the blocks of tasks from what was read once."""

    def __init__(
        self, register: Register, data: Overview, lines: Mapping[str, View], language: Language
    ) -> None:
        self._register = register
        self._lines = lines
        self._language = language
        self._duties: dict[str, list[DutyRow]] = defaultdict(list)
        self._statuses: dict[tuple[str, str], list[str]] = defaultdict(list)
        for duty in data.duties:
            self._duties[duty.measure].append(duty)
            self._statuses[duty.measure, duty.period].append(duty.status)
        self._milestones: dict[str, list[MilestoneState]] = defaultdict(list)
        for milestone in data.milestones:
            self._milestones[milestone.milestone].append(milestone)

    def block(self, no: int) -> View:
        """Lay a task out."""
        task, measures = self._register.task(no), self._register.measures_of(no)
        owed = quarters([d for m in measures for d in self._duties[m.no]], self._language)
        periods = [quarter.period for quarter in owed]
        return View(
            no=no,
            number=item_number(no, self._language),
            title=title_of(task, self._language),
            leads=units(self._register, task.leads, self._language),
            targets=tuple(self._lines[t.id] for t in self._register.targets_of_task(no)),
            quarters=owed,
            measures=tuple(self._measure(measure, periods) for measure in measures),
            milestones=tuple(self.milestone(m) for measure in measures for m in measure.milestones),
        )

    def _measure(self, measure: Measure, periods: Sequence[str]) -> View:
        found = ((measure.no, period) for period in periods)
        return View(
            no=measure.no,
            title=title_of(measure, self._language),
            leads=units(self._register, measure.leads, self._language),
            cells=tuple(counted(self._statuses[of], self._language) for of in found),
        )

    def milestone(self, milestone: Milestone) -> View:
        """Say how far each lead unit is with a milestone."""
        said = self._milestones[milestone.code]
        return View(
            title=title_of(milestone, self._language),
            due=day(milestone.due),
            states=tuple(
                (
                    org_name(self._register, state.org, self._language),
                    say(MILESTONE, state.state, self._language),
                )
                for state in said
            ),
        )
