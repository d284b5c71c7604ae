"""`duibiao bulletin PERIOD`: save the bulletin of a quarter or year.

Exit codes: 0 saved, 1 there is none, 2 wrong use, or the product is not available.
"""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

import typer

from services.cli.asking import KeyFile, Url, asking

app = typer.Typer(add_completion=False)


@app.command()
def bulletin(
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="季度或年度，如 2021Q1 a period")],
    *,
    form: Annotated[
        Literal["docx", "html", "xlsx"], typer.Option("--format", help="格式 its form")
    ] = "docx",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", dir_okay=False, help="文件 where to save it")
    ] = None,
    url: Url = "",
    key_file: KeyFile = None,
) -> None:
    """保存一期通报：网页、Word、Excel。Save a bulletin: html, docx or xlsx."""
    path = output or Path(f"通报-{Path(period).name}.{form}")
    with asking(url, key_file, refused=1) as client:
        answer = client.get(f"/v1/bulletins/{quote(period, safe='')}.{form}").raise_for_status()
    path.write_bytes(answer.content)
    typer.echo(f"已保存 saved: {path}")
