"""The bulletin 通报 of a quarter or a year: what it is made from, and its three forms.

The templates own its words and layout; Chinese only, as it is sent. Nothing in it differs between
two installations with the same figures: no id of a verdict or an alert, no time of evaluation.
Whatever a unit wrote is text: escaped, no formula, nothing that XML forbids.
"""

import io
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from operator import attrgetter
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from duibiao.register import Period, Register, Target, parse
from duibiao.web.board.alerts import OpenAlert, alert_line, org_name
from duibiao.web.board.figures import numeral, period_name, period_part
from duibiao.web.board.rendering import View
from duibiao.web.board.words import ALERT_STATE, COLOUR
from duibiao.web.exports import XLSX
from services.indicators.board.lines import counted, mark_of, target_line
from services.indicators.board.marks import status_marks
from services.indicators.board.words import MILESTONE, ORG_KIND
from services.indicators.domain.rows import DutyRow, Verdict, VerdictRow
from services.indicators.domain.scorecard import Scorecard
from services.indicators.domain.submission import ReportStatement

FORMS: Final[Mapping[str, str]] = {
    "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": XLSX,
}
_FOLDER: Final = files(__package__) / "templates" / "bulletin"
_STYLE: Final = _FOLDER.joinpath("style.css").read_text("utf-8")
_DIGEST: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_ARCHIVES: Final = json.loads(_FOLDER.joinpath("archives.json").read_bytes())
_DATED: Final = (1980, 1, 1, 0, 0, 0)  # the first day that a zip archive knows
# What XML forbids, and what turns the direction of a line around.
_FORBIDDEN: Final = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]"
)
_OVER: Final = ("closed", "resolved", "revoked")
_UNTOLD: Final = dict[str, Any](inputs_digest="", proof_digest="", ended=True, previous_status=None)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a bulletin tells of: as it stood at the closing, or now where `closed_on` is None.

    `verdicts` are the city's rows as reported, of all periods; `address` is the board's, which
    links need outside of it ("" where none is set). `day` is the last that was judged.
    """

    verdicts: Sequence[VerdictRow]
    duties: Iterable[DutyRow]
    alerts: Sequence[OpenAlert]
    cards: Sequence[Scorecard]
    reports: Sequence[ReportStatement]
    day: date
    closed_on: date | None
    sample: bool
    address: str


def build(register: Register, period: Period, facts: Facts) -> View:
    """Return what the templates show; thresholds are those that held on the period's last day."""
    register = register.on(period.last)
    lines = [_line(target, period, facts) for target in register.targets]
    order = {one.no: place for place, one in enumerate(register.measures)}
    owed = [one for one in facts.duties if period.covers(parse(one.period))]
    owed.sort(key=lambda one: (one.period, order.get(one.measure, 0), one.duty))
    return View(
        **{name: getattr(facts, name) for name in ("cards", "sample", "address")},
        dated=facts.closed_on or facts.day,
        draft=facts.closed_on is None,
        register=register,
        notice=register.notice,
        period=period,
        lines=lines,
        marks=tuple(dict.fromkeys(status_marks("zh"))),
        trend=sorted({code for line in lines for code in line.points}, key=_last)[-4:],
        owed=owed,
        counts=counted((one.status for one in owed if one.milestone is None), "zh"),
        alerts=_alerts(register, period, facts.alerts),
        said=_newest(period, facts.reports),
        org=partial(org_name, register, language="zh"),
    )


def as_file(form: str, bulletin: View) -> bytes:
    """Return a bulletin as a page without other files, a document of Word or a workbook."""
    if form == "html":
        page = _templates().get_template("bulletin.html")
        return page.render(vars(bulletin), style=_STYLE, sheet="").encode()
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, template, sheet in _ARCHIVES[form]:
            text = _templates().get_template(template).render(vars(bulletin), sheet=sheet)
            archive.writestr(ZipInfo(name, _DATED), text, ZIP_DEFLATED)
    return file.getvalue()


def _last(code: str) -> tuple[date, date]:
    return parse(code).last, parse(code).first


def _line(target: Target, period: Period, facts: Facts) -> View:
    """Sum a target up by what ended by then; its figure is that of this period's last row."""
    rows = sorted(
        (r for r in facts.verdicts if r.target == target.id and _last(r.period)[0] <= period.last),
        key=lambda row: _last(row.period),
    )
    now = rows[-1] if rows and _last(rows[-1].period)[0] >= period.first else None
    series = [Verdict(r, _last(r.period)[0], present=r is now, **_UNTOLD) for r in rows]
    line = target_line(target, series, "zh")
    if now is None:
        line.value, line.mark = None, mark_of(None, "zh")
    codes = [row.period for row in rows][-len(line.spark.points) :]
    line.points = dict(zip(codes, line.spark.points, strict=True))
    line.status, line.target = now and now.status, target
    return line


def _alerts(register: Register, period: Period, alerts: Iterable[OpenAlert]) -> Sequence[View]:
    """Return the cards on the period, and older ones that are open still; the worst first."""
    found = []
    for one in sorted(alerts, key=lambda one: (list(COLOUR).index(one.colour), one.number)):
        ends = [parse(code).last for code in one.periods]
        here = any(period.first <= last <= period.last for last in ends)
        if here or (one.state not in _OVER and any(last < period.first for last in ends)):
            line = alert_line(register, one, "zh")
            line.alert, line.open = one, one.state not in _OVER
            found.append(line)
    return found


def _newest(
    period: Period, reports: Iterable[ReportStatement]
) -> Mapping[tuple[str, str], Sequence[ReportStatement]]:
    """Return the reports of the newest period within this one, by measure and unit."""
    found: dict[tuple[str, str], list[ReportStatement]] = {}
    for one in sorted(reports, key=attrgetter("key.period", "key.milestone")):
        if period.covers(parse(one.key.period)):
            key = one.key.measure, one.key.org
            same = [two for two in found.get(key, ()) if two.key.period == one.key.period]
            found[key] = [*same, one]
    return found


def _clean(value: Any) -> Any:  # noqa: ANN401 - of a template
    return type(value)(_FORBIDDEN.sub("", value)) if isinstance(value, str) else value


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader(__package__, "templates/bulletin"),
        autoescape=True,
        finalize=_clean,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    named = {"colour": COLOUR, "state": ALERT_STATE, "milestone": MILESTONE, "kind": ORG_KIND}
    made.globals.update(
        words={
            name: {code: word.zh for code, word in table.items()} for name, table in named.items()
        },
        period_name=partial(period_name, language="zh"),
        period_part=partial(period_part, language="zh"),
        numeral=numeral,
    )
    return made
