"""`duibiao topics`: what the topics on Kafka must be like, and making them so.

Exit codes: 0 as declared (or made so), 1 not so, 2 wrong use or Kafka does not answer.
"""

import json
from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from duibiao.bus.kafka_clients import Brokers
from duibiao.bus.kafka_topics import Step, TopicAdmin, missing, plan, weaknesses
from duibiao.bus.opening import brokers_of, topics_of
from duibiao.core import Retry, Settings

app = typer.Typer(
    no_args_is_help=True, help="Kafka 主题：计划、建立、检查。Topics on Kafka: plan, apply, check."
)

AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出。Print JSON.")]

_KINDS: Final = {
    "create": "新建 create",
    "set": "调整 set",
    "by-hand": "须人工 by hand",
}


@app.command("plan")
def plan_command(*, as_json: AsJson = False) -> None:
    """列出与声明不符之处，不作改动。Show what differs from what is declared; change nothing."""
    steps = _steps()
    _tell(steps, as_json=as_json)
    raise typer.Exit(1 if steps else 0)


@app.command()
def apply(*, as_json: AsJson = False) -> None:
    """新建缺少的主题，调整偏弱的设置。Create what is missing and strengthen what is weak.

    Nothing is weakened, no partition is added, no replica is moved.
    """
    settings = Settings()
    with _answering() as brokers, TopicAdmin(brokers) as admin:
        wanted = topics_of(settings)
        names = [topic.name for topic in wanted]
        steps = plan(wanted, admin.standing(names))
        for step in steps:
            admin.take(step)
        left = plan(wanted, admin.standing(names))
    _tell(steps, as_json=as_json)
    raise typer.Exit(1 if left else 0)


@app.command()
def check(*, as_json: AsJson = False) -> None:
    """检查主题是否不弱于声明。Tell whether every topic is as strong as declared."""
    settings = Settings()
    with _answering() as brokers, TopicAdmin(brokers) as admin:
        wanted = topics_of(settings)
        standing = admin.standing([topic.name for topic in wanted])
    absent, weak = missing(wanted, standing), weaknesses(wanted, standing)
    if as_json:
        typer.echo(json.dumps({"missing": absent, "weak": weak}))
    else:
        for name in absent:
            typer.echo(f"缺少 missing: {name}")
        for fault in weak:
            typer.echo(f"偏弱 weak: {fault}")
        if not absent and not weak:
            typer.echo(f"{len(wanted)} 个主题均符合声明。All topics are as declared.")
    raise typer.Exit(1 if absent or weak else 0)


class _answering:  # noqa: N801 - read as `with _answering() as brokers`
    """Where Kafka is; when it does not answer, that is told in words and ends the command."""

    def __enter__(self) -> Brokers:
        brokers = brokers_of(Settings())
        if brokers is None:
            typer.echo(
                "未设置 Kafka，日志在本地文件。No Kafka is set: the log is the embedded one "
                "(DUIBIAO_KAFKA_BOOTSTRAP).",
                err=True,
            )
            raise typer.Exit(2)
        return brokers

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Retry):
            typer.echo(f"Kafka 没有应答 Kafka does not answer: {error}", err=True)
            raise typer.Exit(2) from error


def _steps() -> tuple[Step, ...]:
    wanted = topics_of(Settings())
    with _answering() as brokers, TopicAdmin(brokers) as admin:
        return plan(wanted, admin.standing([topic.name for topic in wanted]))


def _tell(steps: Sequence[Step], *, as_json: bool) -> None:
    if as_json:
        rows = [{"topic": s.topic.name, "kind": s.kind, "what": s.say} for s in steps]
        typer.echo(json.dumps(rows))
        return
    if not steps:
        typer.echo("无须改动。Nothing to do.")
        return
    table = Table("主题 topic", "步骤 step", "内容 what")
    for step in steps:
        table.add_row(step.topic.name, _KINDS[step.kind], step.say)
    Console().print(table)
