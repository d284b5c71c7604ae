"""`duibiao status`: how the notice stands, asked of a running product."""

from dataclasses import asdict

import typer
from rich.console import Console

from services.cli import summary
from services.cli.asking import Url, asking
from services.cli.output import AsJson, print_json

app = typer.Typer(add_completion=False)


@app.command()
def status(*, url: Url = "", as_json: AsJson = False) -> None:
    """查看各目标的评估结论与未结预警。Show the targets' verdicts and the open alerts."""
    with asking(url) as client:
        overview = summary.ask(client)
    if as_json:
        print_json(asdict(overview))
    else:
        summary.show(Console(), overview)
    raise typer.Exit(1 if overview.alerts else 0)
