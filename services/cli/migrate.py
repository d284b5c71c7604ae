"""`duibiao migrate`: the schemas of the stores brought to this release, or to an earlier revision.

Exit codes: 0 done or nothing to do, 1 `--plan` found something to do, 2 wrong use or a database
that does not answer, 3 a schema that this release cannot take there.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Annotated, Final

import typer

from duibiao.audit import SYSTEM, Act
from duibiao.core import Settings
from duibiao.store import Schema
from duibiao.store.opening import open_store
from duibiao.store.schema import Step
from duibiao.web import migrations as access
from services.alerts.adapters import migrations as alerts
from services.cli.local import command_settings, note, person
from services.cli.output import print_table
from services.indicators.adapters import migrations as indicators
from services.ingest.adapters import migrations as ingest

SCHEMAS: Final[Mapping[str, Schema]] = {
    schema.name: schema
    for schema in (access.SCHEMA, ingest.SCHEMA, indicators.SCHEMA, alerts.SCHEMA)
}
# A step that meets traffic gives way and is tried again, for so long.
_PATIENCE: Final = 60.0  # seconds

app = typer.Typer(add_completion=False)


@app.command()
def migrate(
    *,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="SCHEMA:N",
            help="只将一个库改到第N版，如ingest:2。Only this schema, to revision N, up or down.",
        ),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="只列出步骤，不作改动。Show the steps, change nothing.")
    ] = False,
) -> None:
    """将库结构升级到本版本。Migrate the schemas to this release."""
    targets = dict.fromkeys(SCHEMAS) if to is None else dict([_target(to)])
    settings = command_settings()
    steps: list[Step] = []
    for name, number in targets.items():
        with closing(open_store(settings, name)) as store:
            if plan:
                steps += SCHEMAS[name].plan(store, number)
            else:
                steps += SCHEMAS[name].migrate(store, number, patience=_PATIENCE)
    if not plan:
        _note(settings, steps)
    _print_steps(steps, planned=plan)
    raise typer.Exit(1 if plan and steps else 0)


def _target(text: str) -> tuple[str, int]:
    name, _, number = text.partition(":")
    if (
        name not in SCHEMAS
        or not number.isdecimal()
        or not 1 <= int(number) <= SCHEMAS[name].newest
    ):
        known = "、".join(f"{schema.name}:1…{schema.newest}" for schema in SCHEMAS.values())
        raise typer.BadParameter(f"没有这一版 {text}；one of {known}")
    return name, int(number)


def _note(settings: Settings, steps: Sequence[Step]) -> None:
    """Audit what was done, unless the keys' own store has been taken back to an older schema."""
    with closing(open_store(settings, "access")) as store:
        standing = SCHEMAS["access"].revision(store)
    if steps and standing is not None and standing.number == SCHEMAS["access"].newest:
        note(settings, [_act(step) for step in steps])


def _act(step: Step) -> Act:
    details = {"revision": step.number, "way": "down" if step.down else "up"}
    return Act(SYSTEM, "schema.migrated", step.schema, {**details, **person()})


def _print_steps(steps: Sequence[Step], *, planned: bool) -> None:
    if not steps:
        typer.echo("库结构已是所需版本，无须改动。The schemas are as wanted; nothing to do.")
        return
    ways = "升级 up", "[yellow]退回，弃其数据 down, its data go[/]"
    rows = [(step.schema, str(step.number), ways[step.down], step.says) for step in steps]
    headings = ("库 schema", "版本 revision", "方向 way", "内容 what")
    print_table("步骤 Steps" if planned else "已完成 Done", headings, rows)
