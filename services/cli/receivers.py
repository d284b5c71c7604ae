"""`duibiao receivers`: whether a receivers' file is valid, and what a receiver would be sent.

Nothing is sent. Exit codes: 0 good, 1 the file is invalid or holds no such receiver, 2 wrong use.
"""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from duibiao.core import Settings
from duibiao.register import Register, default_folder, load
from services.alerts.adapters.channels import receivers
from services.alerts.adapters.channels.address_guard import read_allowed
from services.alerts.adapters.channels.channel import Message
from services.alerts.adapters.channels.writer import Part, Writer
from services.alerts.settings import AlertsSettings
from services.cli.output import end

app = typer.Typer(no_args_is_help=True, add_completion=False)
File = Annotated[Path, typer.Argument(help="通知对象文件。The receivers' file.")]
Name = Annotated[str, typer.Argument(help="通知对象名称。Name of a receiver.")]
Digest = Annotated[bool, typer.Option("--digest", help="每周摘要。The weekly digest.")]
Html = Annotated[bool, typer.Option("--html", help="邮件的网页版。The HTML of an e-mail.")]


@app.command()
def check(file: File) -> None:
    """检查通知对象文件，一次列出全部问题，不发送。Check a receivers' file; nothing is sent."""
    found = _read(file, _register()).by_name.values()
    names = ", ".join(f"{one.name} ({one.channel})" for one in found)
    typer.echo(f"通知对象文件无误。The receivers' file is valid: {names or '-'}")


@app.command()
def preview(name: Name, *, html: Html = False, digest: Digest = False) -> None:
    """显示发给某通知对象的示例通知，不发送。Show an example of what a receiver is sent."""
    settings, register = AlertsSettings(), _register()
    receiver = _read(settings.receivers, register).by_name.get(name)
    if receiver is None:
        end(f"没有通知对象 {name}。No receiver is named {name}.")
    if digest and not receiver.weekly:
        end(f"{name} 未写明 digest: weekly。{name} has no digest: weekly.")
    step = _example_digest(register) if digest else _example(register)
    if receiver.channel == "webhook":
        typer.echo(msgspec.json.format(step).decode())
        return
    writer, kind = Writer(register, settings.public_url), receivers.CHANNELS[receiver.channel]
    parts: list[Part] = (
        ["page.html"] if html else ["subject.txt", getattr(kind, "part", "text.txt")]
    )
    message, language = Message("example", (step,)), receiver.config.language
    typer.echo("\n\n".join(writer.write(part, message, language) for part in parts))


def _read(path: Path | None, register: Register) -> receivers.Receivers:
    allowed = read_allowed(AlertsSettings().receiver_allow)
    try:
        return receivers.read_receivers(path, register, allowed)
    except receivers.ReceiversError as error:
        end("\n".join(error.faults))


def _register() -> Register:
    settings = Settings()
    return load(settings.register_folder or default_folder(), settings.register_overlay)


def _example(register: Register) -> bytes:
    target = register.targets[0]
    step = msgspec.json.decode((files(__package__) / "example_step.json").read_bytes())
    step["data"]["alert"] |= {"target": target.id, "leads": target.leads, "region": register.city}
    return msgspec.json.encode(step)


def _example_digest(register: Register) -> bytes:
    said = msgspec.json.decode((files(__package__) / "example_digest.json").read_bytes())
    target, duty = register.targets[0], register.duties[0]
    said["data"]["replies"][0] |= {"target": target.id, "leads": target.leads}
    said["data"]["due"][0] |= {"duty": duty.id, "measure": duty.measure, "leads": [duty.org]}
    return msgspec.json.encode(said)
