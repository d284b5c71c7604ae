"""`duibiao rules`: the alert rules of a register for Prometheus.

Exit codes: 0 good, 1 the register is invalid or the file cannot be written, 2 wrong use.
"""

from pathlib import Path
from typing import Annotated

import typer

from duibiao.core import Settings
from duibiao.workdays import StateCouncilCalendar, Workdays
from services.cli.output import end
from services.cli.prometheus_rules import RUNBOOKS, rules_file
from services.cli.register import Folder, Overlay, loaded

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def _group() -> None: ...  # so that its only command has a name


@app.command()
def export(
    output: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="写入的文件。File to write; else standard output."),
    ] = None,
    runbooks: Annotated[
        str, typer.Option(help="处置手册的网址。Where the runbooks can be read, a URL.")
    ] = RUNBOOKS,
    folder: Folder = None,
    overlay: Overlay = None,
) -> None:
    """按登记册生成 Prometheus 告警规则。Write Prometheus' alert rules of a register."""
    workdays = Workdays(StateCouncilCalendar(Settings().calendar_overrides))
    text = rules_file(loaded(folder, overlay), workdays, runbooks)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        end(f"无法写入 cannot write: {error}")
