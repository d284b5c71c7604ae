"""Errors of what is set up around the product, in words, and the exit code of each."""

from errno import errorcode

import typer
from pydantic import ValidationError

from duibiao.audit import AuditError
from duibiao.bus import LogError
from duibiao.core.retry import Retry
from duibiao.core.settings import PREFIX
from duibiao.register import RegisterError
from duibiao.store import SchemaError, StoreError
from duibiao.workdays.calendars import OverrideError
from services.alerts.adapters.channels.receivers import ReceiversError
from services.cli.words import WORDS

_WRONG_USE, _OTHER_SCHEMA = 2, 3


def explain(error: Exception) -> int:
    """Print an error in words and return the exit code; raise again one that is not known."""
    match error:
        case ValidationError():
            for wrong in error.errors(include_url=False, include_input=False):
                name = ".".join(str(part) for part in wrong["loc"]).upper().removeprefix(PREFIX)
                typer.echo(f"设置有误 Setting {PREFIX}{name}: {wrong['msg']}", err=True)
        case RegisterError():
            for fault in error.errors:
                place = f"{fault.file}:{fault.line}"
                typer.echo(f"{place}: {fault.message_zh} {fault.message}", err=True)
        case SchemaError():
            typer.echo(f"无法启动 Cannot start: {error}", err=True)
            return _OTHER_SCHEMA
        case (
            AuditError() | LogError() | ReceiversError() | StoreError() | Retry() | OverrideError()
        ):
            typer.echo(f"无法启动 Cannot start: {error}", err=True)
        case OSError():
            reason = WORDS["system"].get(errorcode.get(error.errno or 0, ""), "无法使用")
            what = f"{error.filename or '-'}：{reason}。{error.strerror}."
            typer.echo(f"无法启动 Cannot start: {what}", err=True)
        case _:
            raise error
    return _WRONG_USE
