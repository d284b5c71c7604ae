"""`duibiao replay`: rebuild all verdicts from the submissions, compare, correct.

Exit codes: 0 nothing differs, 1 something does (or did, and is put right), 2 it could not be done.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Final, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from duibiao.core import Retry, SystemClock, logs
from duibiao.workdays import SHANGHAI
from services.cli.assembly import Installation
from services.cli.local import CLOSING, ask_log, person
from services.cli.output import AsJson, end, print_json, print_table
from services.cli.words import WORDS
from services.indicators import wiring as indicators
from services.indicators.adapters.replay.rebuild import Since
from services.indicators.adapters.replay.run import Difference, Replay, ReplayError, Report
from services.indicators.settings import IndicatorsSettings
from services.ingest import wiring as ingest
from services.ingest.settings import IngestSettings

_SHOWN: Final = 50  # differences in the table for a person
_WIDE: Final = 160  # characters of one difference there

app = typer.Typer(add_completion=False)


@app.command()
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
    as_json: AsJson = False,
) -> None:
    """由全部报送重算评估结论并替换不同者。Rebuild all verdicts from the submissions.

    What differs is listed and replaced in one transaction; verdicts that come out otherwise go out
    as revisions. Stop the indicators service before, unless --check is given.
    """
    begin = _since(since)
    try:
        with _opened() as opened, _progress(Console(stderr=True)) as progress:
            report = opened.run(begin, check=check, by=person(), progress=progress)
    except ReplayError as error:
        end(str(error), 2)
    except Retry as error:
        end(f"日志或数据库没有应答 Log or store does not answer: {error}", 2)
    if as_json:
        print_json(_plain(report))
    else:
        _show(report)
    raise typer.Exit(1 if report.total else 0)


@contextmanager
def _opened() -> Iterator[Replay]:
    here = Installation.open(SystemClock(), sample=False)
    logs.configure_for_command(here.settings.log_level)
    here.bus.start()
    try:
        # Once it answers, it can be read.
        ask_log(here.bus, here.bus.producer).close(CLOSING)
        with (
            ingest.stored_submissions(here.settings_as(IngestSettings)) as kept,
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
        here.bus.stop(CLOSING)
        here.access.close()
        here.keyring.close()


def _since(text: str) -> Since:
    if text in ("earliest", "ingest"):
        return cast("Since", text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            "须为 earliest、ingest 或时间。Must be earliest, ingest or a time (2021-04-01T09:00).",
            param_hint="--from",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[str, int], None]]:
    """Show how far a replay has come: a line that moves; on no terminal, one line a stage."""
    moving = console.is_terminal
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    shown: set[str] = set()
    with Progress(*columns, console=console, disable=not moving, transient=True) as progress:
        task = progress.add_task("", total=None)

        def show_stage(stage: str, done: int) -> None:
            words = WORDS["stages"][stage]
            progress.update(task, description=f"{words} {done}" if done else words)
            if stage not in shown and not moving:
                console.print(words, highlight=False, markup=False)
            shown.add(stage)

        yield show_stage


def _show(report: Report) -> None:
    console = Console(highlight=False)
    if report.differences:
        headings = ("表 table", "差异 how", "键 key", "现有 → 重算 stored → rebuilt")
        rows = [
            (one.table, WORDS["differences"][one.kind], escape(one.key), escape(_fields(one)))
            for one in report.differences[:_SHOWN]
        ]
        print_table(None, headings, rows, console=console)
    for ident, why in report.taken.given_up[:_SHOWN]:
        console.print(f"死信 dead letter: {ident} {why}", markup=False, soft_wrap=True)
    for ident in report.lost[:_SHOWN]:
        console.print(f"无处可寻 found nowhere: {ident}", markup=False, soft_wrap=True)
    for line in _summary(report):
        console.print(line, markup=False, soft_wrap=True)


def _fields(found: Difference) -> str:
    fields = "; ".join(f"{name}: {old} → {new}" for name, (old, new) in found.fields.items())
    return fields if len(fields) <= _WIDE else f"{fields[:_WIDE]}…"


def _summary(report: Report) -> Iterator[str]:
    taken, total, lost = report.taken, report.total, len(report.lost)
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
    if lost:
        yield f"{lost} 份已采用的报送在主题和留存中都找不到，未作替换。"
        yield f"{lost} submissions that were applied are found nowhere: nothing replaced."
    elif report.swapped:
        revised = report.revised
        yield f"已替换，{revised} 项作为修订发出。Replaced; {revised} go out as revisions."
    else:
        yield "未作替换。Nothing was replaced."


def _plain(report: Report) -> dict[str, object]:
    return {
        "judged_day": report.judged_day,
        "submissions": report.taken.submissions,
        "rows": report.taken.rows,
        "sources": report.taken.sources,
        "differences_total": report.total,
        "differences_by_table": report.counts,
        "differences": report.differences,
        "given_up": [{"id": ident, "reason": reason} for ident, reason in report.taken.given_up],
        "lost": report.lost,
        "revised": report.revised,
        "swapped": report.swapped,
    }
