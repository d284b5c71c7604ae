"""`duibiao dead-letters`: what the services gave up, why, and playing it again.

Reads and writes the log itself, with the product running or not. Exit codes: 0 good, 1 there is
no such letter, 2 wrong use or the log does not answer.
"""

import base64
from pathlib import Path
from typing import Annotated, Final

import structlog
import typer
from rich.markup import escape

from duibiao.audit import SYSTEM, Act
from duibiao.bus import Bus
from duibiao.bus.dead_letters import DeadLetter, NoDeadLetter, read
from duibiao.bus.reading import everything
from duibiao.contracts.topics import DEAD_LETTERS
from duibiao.core import Settings
from duibiao.workdays import SHANGHAI
from services.cli.local import CLOSING, ask_log, command_settings, note, opened_log, person
from services.cli.output import AsJson, end, print_json, print_table

app = typer.Typer(no_args_is_help=True, add_completion=False)

_SHOWN_BYTES: Final = 2_000

Service = Annotated[
    str, typer.Option(help="只看一个服务。Only those of one service: ingest, indicators, alerts.")
]
Letter = Annotated[str, typer.Argument(metavar="ID", help="死信编号。Id of the dead letter.")]

_log = structlog.get_logger(__name__)


@app.command("list")
def list_letters(*, service: Service = "", as_json: AsJson = False) -> None:
    """列出死信，先来的在前。List the dead letters, the oldest first."""
    with opened_log(command_settings()) as bus:
        letters = _letters(bus, service)
    if as_json:
        print_json([_plain(letter) for letter in letters])
        return
    rows = [
        (
            letter.id,
            f"{letter.buried.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            letter.service,
            f"{letter.event.topic}/{letter.partition}/{letter.offset}",
            escape(letter.reason),
        )
        for letter in letters
    ]
    headings = ("编号 id", "时间 when", "服务 service", "原处 where", "原因 reason")
    print_table(None, headings, rows)
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
    with opened_log(command_settings()) as bus:
        letter = _the(_letters(bus), letter_id)
    if data is not None:
        data.write_bytes(letter.event.data)
    if as_json:
        encoded = base64.b64encode(letter.event.data).decode()
        print_json(_plain(letter) | {"data": encoded})
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
    with opened_log(command_settings()) as bus:
        letters = _letters(bus, service)
        chosen = letters if all_of_them else [_the(letters, one) for one in letter_ids or ()]
        note(Settings(), [_act(letter) for letter in chosen])
        producer = ask_log(bus, bus.producer)
        try:
            ask_log(bus, lambda: producer.send([letter.replay() for letter in chosen]))
        finally:
            producer.close(CLOSING)
    events = {letter.id: letter.replay().id for letter in chosen}
    if as_json:
        print_json(events)
    else:
        typer.echo(f"已重放 {len(chosen)} 条。{len(chosen)} played again.")


def _letters(bus: Bus, service: str = "") -> list[DeadLetter]:
    """Return the dead letters, of all services or one, the oldest first."""
    topic = DEAD_LETTERS.name(Settings().topic_prefix)
    found = []
    for record in ask_log(bus, lambda: list(everything(bus, topic))):
        try:
            letter = read(record.event)
        except NoDeadLetter as error:
            _log.warning("no dead letter", reason=str(error))
            continue
        if service in ("", letter.service):
            found.append(letter)
    return sorted(found, key=lambda letter: (letter.buried, letter.id))


def _the(letters: list[DeadLetter], letter_id: str) -> DeadLetter:
    found = next((letter for letter in letters if letter.id == letter_id), None)
    return found or end(f"没有这条死信 No such dead letter: {letter_id}")


def _act(letter: DeadLetter) -> Act:
    details = {"service": letter.service, "event": letter.event.id, "topic": letter.event.topic}
    return Act(SYSTEM, "dead-letter.replayed", letter.id, {**details, **person()})


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
