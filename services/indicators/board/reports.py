"""Progress reports as the pages of a task, a measure and a unit show them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from duibiao.register import Register, parse
from duibiao.web.board.alerts import units
from duibiao.web.board.figures import day, period_name
from duibiao.web.board.language import Language, title_of
from duibiao.web.board.rendering import View
from duibiao.web.board.words import say
from duibiao.workdays import local_day
from services.indicators.board.words import DUTY, MILESTONE
from services.indicators.domain.submission import ReportContent, ReportHistory, Statement


@dataclass(frozen=True, slots=True)
class ReportPart:
    """The reports of one period, in the order of the notice."""

    period: str
    lines: tuple[View, ...]


def report_parts(
    register: Register, reports: Sequence[ReportHistory], language: Language
) -> tuple[ReportPart, ...]:
    """Group reports on measures of the register by period, the newest first."""
    order = {measure.no: place for place, measure in enumerate(register.measures)}
    leads = {code: place for place, code in enumerate(register.lead_orgs)}
    grouped: dict[str, list[ReportHistory]] = defaultdict(list)
    for report in reports:
        if report.standing.key.measure in order:
            grouped[report.standing.key.period].append(report)

    def place(report: ReportHistory) -> tuple[int, int, str]:
        key = report.standing.key
        return order[key.measure], leads.get(key.org, len(leads)), key.milestone

    return tuple(
        ReportPart(
            period_name(code, language),
            tuple(_line(register, one, language) for one in sorted(grouped[code], key=place)),
        )
        for code in sorted(grouped, key=lambda code: parse(code).first, reverse=True)
    )


def _line(register: Register, report: ReportHistory, language: Language) -> View:
    key = report.standing.key
    measure = register.measure(key.measure)
    titles = {stone.code: title_of(stone, language) for stone in measure.milestones}
    return View(
        measure=measure.no,
        title=title_of(measure, language),
        unit=units(register, [key.org], language)[0],
        milestone=titles.get(key.milestone, key.milestone) or None,
        now=_text(report.standing, language),
        earlier=tuple(_text(one, language) for one in report.earlier),
    )


def _text(statement: Statement[Any, ReportContent], language: Language) -> View:
    content = statement.content
    state = say(MILESTONE, content.state or "", language)
    return View(
        day=day(content.received_on or local_day(statement.received_at)),
        state=say(DUTY, "zero_report", language) if content.zero_report else state,
        done_on=day(content.done_on) if content.done_on else None,
        text=content.summary or None,
    )
