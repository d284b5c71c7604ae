"""`duibiao dead-letters`: what the services gave up, why, and playing it again.

Reads and writes the log itself, with the product running or not. Exit codes: 0 good, 1 there is
no such letter, 2 wrong use or the log does not answer.
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, TypeVar

import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from duibiao.audit import SYSTEM, Act
from duibiao.bus import Bus
from duibiao.bus.dead_letters import DeadLetter, NoDeadLetter, read
from duibiao.bus.opening import open_bus
from duibiao.bus.reading import everything
from duibiao.contracts.topics import DEAD_LETTERS
from duibiao.core import Settings, SystemClock, logs
from duibiao.workdays import SHANGHAI
from services.cli import acting
from services.cli.asking import asked

app = typer.Typer(
    no_args_is_help=True,
    help="死信：查看、重放。Records that were given up: list, show, replay.",
)

T = TypeVar("T")
_CLOSING: Final = 3.0
_SHOWN_BYTES: Final = 2_000

AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出。Print JSON.")]
Service = Annotated[
    str, typer.Option(help="只看一个服务。Only those of one service: ingest, indicators, alerts.")
]
Letter = Annotated[str, typer.Argument(metavar="ID", help="死信编号。Id of the dead letter.")]

_log = structlog.get_logger(__name__)


@app.command("list")
def list_letters(*, service: Service = "", as_json: AsJson = False) -> None:
    """列出死信，先来的在前。List the dead letters, the oldest first."""
    with _log_of_settings() as log:
        letters = log.letters(service)
    if as_json:
        typer.echo(json.dumps([_plain(letter) for letter in letters], ensure_ascii=False))
        return
    table = Table("编号 id", "时间 when", "服务 service", "原处 where", "原因 reason")
    for letter in letters:
        table.add_row(
            letter.id,
            f"{letter.buried.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            letter.service,
            f"{letter.event.topic}/{letter.partition}/{letter.offset}",
            escape(letter.reason),
        )
    Console().print(table)
    typer.echo(f"共 {len(letters)} 条。{len(letters)} dead letters.")


@app.command()
def show(
    letter_id: Letter,
    *,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="原始内容写入此文件。Write the bytes to this file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """查看一条死信及其原始内容。Show one dead letter and the bytes as they came."""
    with _log_of_settings() as log:
        letter = _the(log.letters(), letter_id)
    if data is not None:
        data.write_bytes(letter.event.data)
    if as_json:
        encoded = base64.b64encode(letter.event.data).decode()
        typer.echo(json.dumps(_plain(letter) | {"data": encoded}, ensure_ascii=False))
        return
    for name, value in _plain(letter).items():
        typer.echo(f"{name}: {value}")
    typer.echo(f"data: {letter.event.data[:_SHOWN_BYTES]!r}")


@app.command()
def replay(
    letter_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="死信编号。Ids of dead letters.")
    ] = None,
    *,
    all_of_them: Annotated[bool, typer.Option("--all", help="全部重放。All of them.")] = False,
    service: Service = "",
    as_json: AsJson = False,
) -> None:
    """原因排除后重放死信；重复执行无妨。Play dead letters again once the cause is mended.

    Doing it twice does no harm: the second time is a repeat of the same event.
    """
    if bool(letter_ids) == all_of_them:
        raise typer.BadParameter("编号或 --all，二者取一。Either ids or --all.")
    with _log_of_settings() as log:
        letters = log.letters(service)
        chosen = letters if all_of_them else [_the(letters, one) for one in letter_ids or ()]
        acting.note(Settings(), [_act(letter) for letter in chosen])
        log.send(chosen)
    events = {letter.id: letter.replay().id for letter in chosen}
    if as_json:
        typer.echo(json.dumps(events))
    else:
        typer.echo(f"已重放 {len(chosen)} 条。{len(chosen)} played again.")


class _Log:
    """The log, patiently asked."""

    def __init__(self, bus: Bus, topic: str) -> None:
        self._bus = bus
        self._topic = topic

    def letters(self, service: str = "") -> list[DeadLetter]:
        """Return the letters by the time of their burial."""
        records = self._asked(lambda: list(everything(self._bus, self._topic)))
        found = []
        for record in records:
            try:
                letter = read(record.event)
            except NoDeadLetter as error:
                _log.warning("no dead letter", reason=str(error))
                continue
            if service in ("", letter.service):
                found.append(letter)
        return sorted(found, key=lambda letter: (letter.buried, letter.id))

    def send(self, letters: list[DeadLetter]) -> None:
        """Play letters again, in order."""
        producer = self._asked(self._bus.producer)
        try:
            self._asked(lambda: producer.send([letter.replay() for letter in letters]))
        finally:
            producer.close(_CLOSING)

    def _asked(self, ask: Callable[[], T]) -> T:
        return asked(self._bus, ask)


@contextmanager
def _log_of_settings() -> Iterator[_Log]:
    settings = Settings()
    logs.configure_for_command(settings.log_level)
    bus = open_bus(settings, SystemClock())
    bus.start()
    try:
        yield _Log(bus, DEAD_LETTERS.name(settings.topic_prefix))
    finally:
        bus.stop(_CLOSING)


def _the(letters: list[DeadLetter], letter_id: str) -> DeadLetter:
    for letter in letters:
        if letter.id == letter_id:
            return letter
    typer.echo(f"没有这条死信 No such dead letter: {letter_id}", err=True)
    raise typer.Exit(1)


def _act(letter: DeadLetter) -> Act:
    details = {"service": letter.service, "event": letter.event.id, "topic": letter.event.topic}
    return Act(SYSTEM, "dead-letter.replayed", letter.id, {**details, **acting.person()})


def _plain(letter: DeadLetter) -> dict[str, object]:
    event = letter.event
    return {
        "id": letter.id,
        "buried_at": letter.buried.isoformat(),
        "service": letter.service,
        "reason": letter.reason,
        "topic": event.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "key": event.key,
        "event_id": event.id,
        "event_type": event.type,
        "event_source": event.source,
        "event_time": event.time.isoformat(),
        "content_type": event.content_type,
        "bytes": len(event.data),
    }
