"""`duibiao rules`: what a register makes for Prometheus and Grafana: alert rules and a board.

Exit codes: 0 good, 1 the register is invalid or the file cannot be written, 2 wrong use.
"""

import json
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from duibiao.core import Settings
from duibiao.register import Register
from duibiao.web.board import figures
from duibiao.workdays import StateCouncilCalendar, Workdays
from services.alerts.domain.rules import periods_begun
from services.cli.output import end
from services.cli.register import Folder, Overlay, loaded
from services.indicators.adapters.metrics import end_of

RUNBOOKS: Final = "https://duibiao.example.invalid/docs/runbooks"

app = typer.Typer(no_args_is_help=True, add_completion=False)


Output = Annotated[
    Path | None,
    typer.Option(dir_okay=False, help="写入的文件。File to write; else standard output."),
]


@app.command()
def export(
    output: Output = None,
    runbooks: Annotated[
        str, typer.Option(help="处置手册的网址。Where the runbooks can be read, a URL.")
    ] = RUNBOOKS,
    folder: Folder = None,
    overlay: Overlay = None,
) -> None:
    """按登记册生成 Prometheus 告警规则。Write Prometheus' alert rules of a register."""
    workdays = Workdays(StateCouncilCalendar(Settings().calendar_overrides))
    _write(rules_file(loaded(folder, overlay), workdays, runbooks), output)


@app.command()
def board(output: Output = None, folder: Folder = None, overlay: Overlay = None) -> None:
    """按登记册生成 Grafana 目标看板。Write Grafana's board of a register's targets."""
    _write(board_file(loaded(folder, overlay)), output)


def board_file(register: Register) -> str:
    """Return the board of a register: a panel a target, in the order of the notice."""
    template = _templates().get_template("grafana-targets.json")
    made = json.loads(template.render(register=register, figures=figures))
    return f"{json.dumps(made, ensure_ascii=False, indent=2)}\n"


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        end(f"无法写入 cannot write: {error}")


def rules_file(register: Register, workdays: Workdays, runbooks: str = RUNBOOKS) -> str:
    """Return the rule file of a register; the runbook of an alert is RUNBOOKS/ALERT.md."""
    owed = (*register.duties, *register.milestone_duties)
    owed_figures = {}
    for target in register.targets:
        indicator = register.indicators[target.indicator]
        periods = periods_begun(register.window, indicator.period_type)
        dues = ((one, workdays.due(one.last, indicator.report_within).day) for one in periods)
        owed_figures[target.id] = list(dues)
    template = _templates().get_template("prometheus-rules.yml")
    return template.render(
        register=register,
        runbooks=runbooks.rstrip("/"),
        end_of=lambda day: int(end_of(day)),
        figures=owed_figures,
        orgs=[register.orgs[code] for code in dict.fromkeys(one.org for one in owed)],
    )


def _templates() -> Environment:
    # Prometheus' own templates stand in braces; what is made is no HTML.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["quoted"] = partial(json.dumps, ensure_ascii=False)
    return environment
