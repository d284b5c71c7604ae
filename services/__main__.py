"""The `duibiao` command: what cannot be used as it is set up is told in words, never a trace."""

import errno
import sys
from typing import Final

import typer
from pydantic import ValidationError

from duibiao.audit import AuditError
from duibiao.bus import LogError
from duibiao.core.retry import Retry
from duibiao.core.settings import PREFIX
from duibiao.register import RegisterError
from duibiao.store import SchemaError, StoreError
from duibiao.workdays.calendars import OverrideError
from services.alerts.adapters.webhook.receivers import ReceiversError
from services.cli import app

_WRONG_USE = 2
_REASONS: Final = {
    errno.EACCES: "没有权限",
    errno.EADDRINUSE: "端口已被占用",
    errno.EADDRNOTAVAIL: "不是本机地址",
    errno.ENOENT: "不存在",
    errno.ENOSPC: "磁盘已满",
    errno.ENOTDIR: "不是文件夹",
    errno.EROFS: "文件系统只读",
}
_OTHER_SCHEMA = 3


def main() -> None:
    """Run the command line."""
    try:
        app()
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            name = ".".join(str(part) for part in wrong["loc"]).upper().removeprefix(PREFIX)
            typer.echo(f"设置有误 Setting {PREFIX}{name}: {wrong['msg']}", err=True)
        sys.exit(_WRONG_USE)
    except RegisterError as error:
        for fault in error.faults:
            typer.echo(f"{fault.file}:{fault.line}: {fault.message_zh} {fault.message}", err=True)
        sys.exit(_WRONG_USE)
    except SchemaError as error:
        typer.echo(f"无法启动 Cannot start: {error}", err=True)
        sys.exit(_OTHER_SCHEMA)
    except (AuditError, LogError, ReceiversError, StoreError, Retry, OverrideError) as error:
        typer.echo(f"无法启动 Cannot start: {error}", err=True)
        sys.exit(_WRONG_USE)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, "无法使用")
        what = error.filename or "-"
        typer.echo(f"无法启动 Cannot start: {what}：{reason}。{error.strerror}.", err=True)
        sys.exit(_WRONG_USE)


if __name__ == "__main__":
    main()
