"""`duibiao serve`: one service as a process of its own."""

import sys
from typing import Annotated

import typer

from duibiao.core.clock import SystemClock
from services.cli.assembly import SERVICES, Installation

app = typer.Typer(add_completion=False)


@app.command()
def serve(name: Annotated[str, typer.Argument(help="ingest, indicators, alerts")]) -> None:
    """启动一个服务。Start one service in its own process."""
    if name not in SERVICES:
        raise typer.BadParameter(f"没有这个服务；one of {', '.join(SERVICES)}")
    sys.exit(Installation.open(SystemClock(), sample=False).process([name]).run())
