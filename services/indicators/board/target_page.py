"""One target's page: its figure, its line over time, every row, and the proof of one verdict."""

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from duibiao.register import Register, Target
from duibiao.web.board.alerts import alert_lines, org_name, region_name, units
from duibiao.web.board.figures import day, difference, item_number, period_name, share, shown
from duibiao.web.board.language import Language, name_of, title_of
from duibiao.web.board.marks import moment
from duibiao.web.board.rendering import View
from duibiao.web.board.words import say
from duibiao.web.lists import to_cursor
from services.indicators.board.charts import chart
from services.indicators.board.data import PartRows, TargetSheet, Wanted
from services.indicators.board.lines import mark_of, present_of, target_line
from services.indicators.board.overview import in_time
from services.indicators.board.whys import is_incomplete, notes, why
from services.indicators.board.words import STATISTIC, VERB
from services.indicators.domain.rows import Verdict, VerdictRow


@dataclass(frozen=True, slots=True)
class PeriodLink:
    """Another period that has rows of units and regions, and how many."""

    period: str
    href: str
    count: int


def build(
    register: Register, target: Target, sheet: TargetSheet, wanted: Wanted, language: Language
) -> View:
    """Lay a target out; `wanted` is what the sheet was read for."""
    series = in_time(sheet.city)
    present, proven = present_of(series), sheet.proven
    rows = _Rows(register, target, None if proven is None else proven.row.id, language)
    task = register.task(int(target.clause.partition(".")[0]))
    return View(
        line=target_line(target, series, language, sheet.alerts),
        present=None if present is None else rows.row(present),
        clause_title=_clause_title(register, target.clause, language),
        clause_href=_clause_href(target.clause),
        task_no=task.no,
        task_number=item_number(task.no, language),
        task_title=title_of(task, language),
        one_by_one=target.statistic == "each",
        statistic=say(STATISTIC, target.statistic, language),
        verb=None if target.verb is None else say(VERB, target.verb, language),
        leads=units(register, target.leads, language),
        decided=_decided(target),
        chart=chart(target, series, language),
        city=tuple(rows.row(verdict) for verdict in reversed(series)),
        parts=_parts(rows, sheet.parts, wanted, language),
        map={one.row.region: rows.row(one, one.row.period) for one in sheet.regions},
        placed=[region for region in register.regions.values() if region.tile],
        name_of=partial(name_of, language=language),
        alerts=alert_lines(register, sheet.alerts, language),
        chosen=None if proven is None else rows.row(proven),
        unit=target.counted_in,
        city_code=register.city,
        what_if=None,
    )


def _clause_href(clause: str) -> str:
    return f"/board/{'measures' if '.' in clause else 'tasks'}/{clause}"


def _clause_title(register: Register, clause: str, language: Language) -> str:
    if "." in clause:
        return title_of(register.measure(clause), language)
    return title_of(register.task(int(clause)), language)


def _decided(target: Target) -> tuple[str, str] | None:
    if target.decided_by is None or target.decided_since is None:
        return None
    return target.decided_by, day(target.decided_since)


def _parts(rows: "_Rows", parts: PartRows, wanted: Wanted, language: Language) -> View | None:
    if parts.period is None:
        return None
    after = None if wanted.page.after is None else to_cursor(wanted.page.after)
    links = {code: "?" + urlencode({"period": code}) + "#parts" for code in parts.counts}
    following = {"period": parts.period, "after": parts.next_cursor}
    return View(
        period=period_name(parts.period, language),
        count=parts.counts[parts.period],
        rows=tuple(rows.row(one, parts.period, after) for one in parts.verdicts),
        others=tuple(
            PeriodLink(period_name(code, language), link, parts.counts[code])
            for code, link in links.items()
            if code != parts.period
        ),
        first_href=None if after is None else links[parts.period],
        next_href=f"?{urlencode(following)}#parts" if parts.next_cursor else None,
    )


class _Rows:
    """Turns verdicts into rows of the page; `chosen` is the id of the one that is proven."""

    def __init__(
        self, register: Register, target: Target, chosen: str | None, language: Language
    ) -> None:
        self._register = register
        self._target = target
        self._chosen = chosen
        self._language = language

    def row(self, verdict: Verdict, period: str | None = None, after: str | None = None) -> View:
        """Lay a row out; its link leads back to the same `period` and page of it."""
        place = {"verdict": verdict.row.id, "period": period, "after": after}
        row, language = verdict.row, self._language
        one_by_one = self._target.statistic == "each"
        return View(
            id=row.id,
            href="?" + urlencode({k: v for k, v in place.items() if v is not None}) + "#proof",
            period=period_name(row.period, language),
            where=self._where(row),
            value=shown(row.value, row.threshold),
            ratio=None if row.attainment_ratio is None else share(row.attainment_ratio),
            gap=_gap(self._target, row, language),
            sample=shown(row.sample_size),
            within=shown(row.within_limit) if one_by_one else None,
            mean=shown(row.mean),
            p90=shown(row.p90),
            longest=shown(row.max),
            overdue=shown(row.overdue_open),
            reporters=row.reporters,
            expected=row.expected,
            incomplete=is_incomplete(row),
            mark=mark_of(row, language),
            why=why(self._target, row, language),
            notes=notes(self._target, row, language),
            evaluated=moment(row.evaluated_at),
            present=verdict.present,
            decisive=row.decisive,
            chosen=row.id == self._chosen,
        )

    def _where(self, row: VerdictRow) -> str:
        region = region_name(self._register, row.region, self._language)
        if row.org is None:
            return region
        unit = org_name(self._register, row.org, self._language)
        return unit if row.region == self._register.city else f"{unit} · {region}"


def _gap(target: Target, row: VerdictRow, language: Language) -> str | None:
    if row.gap is None:
        return None
    sign = "+" if row.gap > 0 else "−" if row.gap < 0 else ""
    return sign + difference(row.gap, target.counted_in, language)
