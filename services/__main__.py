"""The `duibiao` command: what cannot be used as it is set up is told in words, never a trace."""

import sys

import typer
from pydantic import ValidationError

from duibiao.audit import AuditError
from duibiao.bus import LogError
from duibiao.register import RegisterError
from duibiao.runtime.settings import PREFIX
from duibiao.store import SchemaError, StoreError, StoreUnavailable
from duibiao.workdays.calendars import OverrideError
from services.cli import app

_WRONG_USE = 2
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
    except (AuditError, LogError, StoreError, StoreUnavailable, OverrideError, OSError) as error:
        typer.echo(f"无法启动 Cannot start: {error}", err=True)
        sys.exit(_WRONG_USE)


if __name__ == "__main__":
    main()
