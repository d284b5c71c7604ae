"""`duibiao receivers`: whether a receivers' file is valid, and what a receiver would be sent.

Nothing is sent. Exit codes: 0 good, 1 the file is invalid or holds no such receiver, 2 wrong use.
"""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from duibiao.core import Settings, SystemClock
from duibiao.register import Register, default_folder, load
from services.alerts.adapters.channels.address_guard import read_allowed
from services.alerts.adapters.channels.channel import Message
from services.alerts.adapters.channels.receivers import (
    CHANNELS,
    Receivers,
    ReceiversError,
    read_receivers,
)
from services.alerts.adapters.channels.writer import Part, Writer
from services.alerts.adapters.documents import webhook_body
from services.alerts.domain import life
from services.alerts.domain.alert import Colour, Identity, Stamp, Subject, Transition, Trigger
from services.alerts.settings import AlertsSettings
from services.cli.output import end

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="通知对象文件。The receivers' file.")],
) -> None:
    """检查通知对象文件，一次列出全部问题，不发送。Check a receivers' file; nothing is sent."""
    found = _read(file, _register())
    names = ", ".join(f"{one.name} ({one.channel})" for one in found.by_name.values())
    typer.echo(f"通知对象文件无误。The receivers' file is valid: {names or '-'}")


@app.command()
def preview(
    name: Annotated[str, typer.Argument(help="通知对象名称。Name of a receiver.")],
    *,
    html: Annotated[bool, typer.Option(help="邮件的网页版。The HTML of an e-mail.")] = False,
) -> None:
    """显示发给某通知对象的示例通知，不发送。Show an example of what a receiver is sent."""
    settings, register = AlertsSettings(), _register()
    receiver = _read(settings.receivers, register).by_name.get(name)
    if receiver is None:
        end(f"没有通知对象 {name}。No receiver is named {name}.")
    message = Message("example", (webhook_body(_example(register)),))
    if receiver.channel == "webhook":
        typer.echo(msgspec.json.format(message.steps[0]).decode())
        return
    writer, kind = Writer(register, settings.public_url), CHANNELS[receiver.channel]
    parts: list[Part] = (
        ["page.html"] if html else ["subject.txt", getattr(kind, "part", "text.txt")]
    )
    typer.echo("\n\n".join(writer.write(p, message, receiver.config.language) for p in parts))


def _read(path: Path | None, register: Register) -> Receivers:
    try:
        return read_receivers(path, register, read_allowed(AlertsSettings().receiver_allow))
    except ReceiversError as error:
        end("\n".join(error.faults))


def _register() -> Register:
    settings = Settings()
    return load(settings.register_folder or default_folder(), settings.register_overlay)


def _example(register: Register) -> Transition:
    target, clock = register.targets[0], SystemClock()
    return life.opened(
        "example",
        Subject(Identity(target.id, None, None, register.city), None, target.leads, ()),
        [Trigger(Colour.YELLOW, "example", "verdict", "2021Q1", "-", "-", figure="5.504")],
        life.Asking(waits=False, reply_due=clock.today()),
        number="黄-2021-0007",
        stamp=Stamp("example", clock.now(), "duibiao"),
    )
