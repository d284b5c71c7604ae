"""`duibiao topics`: what the topics on Kafka must be like, and making them so.

Exit codes: 0 as declared (or made so), 1 not so, 2 wrong use or Kafka does not answer.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from duibiao.bus.kafka_topics import Declared, Step, TopicAdmin, missing, plan, weaknesses
from duibiao.bus.opening import brokers_of, topics_of
from duibiao.core import Retry, Settings
from services.cli.output import AsJson, end, print_json, print_table
from services.cli.words import WORDS

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command("plan")
def plan_command(*, as_json: AsJson = False) -> None:
    """列出与声明不符之处，不作改动。Show what differs from what is declared; change nothing."""
    with _admin() as (admin, wanted):
        steps = _plan(admin, wanted)
    _print(steps, as_json=as_json)
    raise typer.Exit(1 if steps else 0)


@app.command()
def apply(*, as_json: AsJson = False) -> None:
    """新建缺少的主题，调整偏弱的设置。Create what is missing and strengthen what is weak.

    Nothing is weakened, no partition is added, no replica is moved.
    """
    with _admin() as (admin, wanted):
        steps = _plan(admin, wanted)
        for step in steps:
            admin.take(step)
        left = _plan(admin, wanted)
    _print(steps, as_json=as_json)
    raise typer.Exit(1 if left else 0)


@app.command()
def check(*, as_json: AsJson = False) -> None:
    """检查主题是否不弱于声明。Tell whether every topic is as strong as declared."""
    with _admin() as (admin, wanted):
        standing = admin.states([topic.name for topic in wanted])
    absent, weak = missing(wanted, standing), weaknesses(wanted, standing)
    if as_json:
        print_json({"missing": absent, "weak": weak})
    elif absent or weak:
        said = [f"缺少 missing: {name}" for name in absent] + [f"偏弱 weak: {one}" for one in weak]
        typer.echo("\n".join(said))
    else:
        typer.echo(f"{len(wanted)} 个主题均符合声明。All topics are as declared.")
    raise typer.Exit(1 if absent or weak else 0)


@contextmanager
def _admin() -> Iterator[tuple[TopicAdmin, Sequence[Declared]]]:
    """Open the topics on Kafka; end the command with 2 where none is set or none answers."""
    settings = Settings()
    brokers = brokers_of(settings)
    if brokers is None:
        end(
            "未设置 Kafka，日志在本地文件。No Kafka is set: the log is the embedded one "
            "(DUIBIAO_KAFKA_BOOTSTRAP).",
            2,
        )
    try:
        with TopicAdmin(brokers) as admin:
            yield admin, topics_of(settings)
    except Retry as error:
        end(f"Kafka 没有应答 Kafka does not answer: {error}", 2)


def _plan(admin: TopicAdmin, wanted: Sequence[Declared]) -> Sequence[Step]:
    return plan(wanted, admin.states([topic.name for topic in wanted]))


def _print(steps: Sequence[Step], *, as_json: bool) -> None:
    if as_json:
        print_json([{"topic": s.topic.name, "kind": s.kind, "what": s.say} for s in steps])
    elif steps:
        rows = [(step.topic.name, WORDS["topics"][step.kind], step.say) for step in steps]
        print_table(None, ("主题 topic", "步骤 step", "内容 what"), rows)
    else:
        typer.echo("无须改动。Nothing to do.")
