"""`duibiao replay`: the verdicts made anew from all submissions, compared and put right.

Exit codes: 0 nothing differs, 1 something does (or did, and is put right), 2 it could not be done.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from duibiao.core import Retry, SystemClock, logs
from duibiao.workdays import SHANGHAI
from services.cli import acting
from services.cli.asking import asked
from services.cli.assembly import Installation
from services.cli.replay_told import Stages
from services.indicators import wiring as indicators
from services.indicators.adapters.replay.history import Since
from services.indicators.adapters.replay.run import Replay, ReplayError, Report
from services.indicators.settings import IndicatorsSettings
from services.ingest import wiring as ingest
from services.ingest.settings import IngestSettings

_CLOSING: Final = 3.0
_SHOWN: Final = 50  # differences in the table for a person
_WIDE: Final = 160  # characters of one difference there
_KINDS: Final = {"missing": "缺少 missing", "extra": "多出 extra", "changed": "不同 changed"}


def replay(
    *,
    since: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="earliest|ingest|TIME",
            help="主题从何处读起，此前取自 ingest 留存。Where on the topic to begin; what came "
            "before is taken from what ingest keeps, with `ingest` all of it.",
        ),
    ] = "earliest",
    check: Annotated[
        bool, typer.Option("--check", help="只比对，不替换。Only compare; replace nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出。Print JSON.")] = False,
) -> None:
    """由全部报送重算评估结论并比对，不同则替换。Make all verdicts anew from what was submitted.

    What differs is listed and replaced in one transaction; verdicts that come out otherwise go out
    as revisions. Stop the indicators service before, unless --check is given.
    """
    begin = _since(since)
    console = Console(stderr=True)
    try:
        with _opened() as opened, Stages(console) as told:
            report = opened.run(begin, check=check, by=acting.person(), told=told)
    except ReplayError as error:
        _refuse(str(error))
    except Retry as error:
        _refuse(f"日志或数据库没有应答 Log or store does not answer: {error}")
    if as_json:
        typer.echo(json.dumps(_plain(report), ensure_ascii=False))
    else:
        _show(report)
    raise typer.Exit(1 if report.total else 0)


@contextmanager
def _opened() -> Iterator[Replay]:
    here = Installation.open(SystemClock(), sample=False)
    logs.configure_for_command(here.settings.log_level)
    here.bus.start()
    try:
        asked(here.bus, here.bus.producer).close(_CLOSING)  # once it answers, it can be read
        with (
            ingest.kept_submissions(here.settings_as(IngestSettings)) as kept,
            indicators.replaying(
                here.settings_as(IndicatorsSettings),
                register=here.register,
                workdays=here.workdays,
                bus=here.bus,
                clock=here.clock,
                kept=kept,
            ) as opened,
        ):
            yield opened
    finally:
        here.bus.stop(_CLOSING)
        here.access.close()
        here.keyring.close()


def _since(text: str) -> Since:
    if text == "earliest":
        return "earliest"
    if text == "ingest":
        return "ingest"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            "须为 earliest、ingest 或时间。Must be earliest, ingest or a time (2021-04-01T09:00).",
            param_hint="--from",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _refuse(why: str) -> None:
    typer.echo(why, err=True)
    raise typer.Exit(2)


def _show(report: Report) -> None:
    console = Console(highlight=False)
    if report.differences:
        console.print(_table(report))
    for ident, reason in report.taken.given_up[:_SHOWN]:
        console.print(f"未能采用 given up: {ident} {reason}", markup=False, soft_wrap=True)
    for ident in report.lost[:_SHOWN]:
        console.print(f"无处可寻 found nowhere: {ident}", markup=False, soft_wrap=True)
    for line in _summary(report):
        console.print(line, markup=False, soft_wrap=True)


def _table(report: Report) -> Table:
    table = Table("表 table", "差异 how")
    for heading in ("键 key", "现有 → 重算 standing → anew"):
        table.add_column(heading, overflow="fold")
    for found in report.differences[:_SHOWN]:
        fields = "; ".join(f"{name}: {a} → {b}" for name, (a, b) in found.fields.items())
        told = fields if len(fields) <= _WIDE else f"{fields[:_WIDE]}…"
        table.add_row(found.table, _KINDS[found.kind], escape(found.key), escape(told))
    return table


def _summary(report: Report) -> Iterator[str]:
    taken, total = report.taken, report.total
    yield (
        f"重放 {taken.submissions} 份报送、{taken.rows} 行，结论截至 {report.judged_day}。"
        f"{taken.submissions} submissions ({taken.sources['ingest']} from ingest), "
        f"{taken.rows} rows, judged up to {report.judged_day}."
    )
    if not total:
        yield "完全一致。0 differences."
        return
    by_table = ", ".join(f"{name} {count}" for name, count in sorted(report.counts.items()))
    yield f"共 {total} 处不同。{total} differences: {by_table}."
    if report.lost:
        yield (
            f"{len(report.lost)} 份已采用的报送在主题和留存中都找不到，未作替换。"
            f"{len(report.lost)} submissions that were applied are found nowhere: nothing replaced."
        )
    elif report.swapped:
        yield (
            f"已替换，{report.revised} 项作为修订发出。"
            f"Replaced; {report.revised} go out as revisions."
        )
    else:
        yield "未作替换。Nothing was replaced."


def _plain(report: Report) -> dict[str, object]:
    return {
        "judged_day": report.judged_day.isoformat(),
        "submissions": report.taken.submissions,
        "rows": report.taken.rows,
        "sources": report.taken.sources,
        "differences_total": report.total,
        "differences_by_table": dict(report.counts),
        "differences": [asdict(found) for found in report.differences],
        "given_up": [{"id": ident, "reason": reason} for ident, reason in report.taken.given_up],
        "lost": report.lost,
        "revised": report.revised,
        "swapped": report.swapped,
    }
