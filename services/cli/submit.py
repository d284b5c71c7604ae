"""`duibiao submit FILE`: send a file of observations, cases or progress reports through the API.

Exit codes: 0 every row was accepted, 1 rows or the file were rejected, 2 wrong use, or the product
is not available.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from typer import Argument, Option

from duibiao.client import Client, ClientError, Kind, Mode, Refused, Retries, Unreadable, open_file
from duibiao.client.rows import MOST_ROWS
from duibiao.core import Settings
from services.cli import submit_report as report
from services.cli.key_file import key_of, keys_file
from services.cli.output import AsJson
from services.cli.submit_run import Bar, Run

# A column that tells the kind, by either name; the first that is there decides.
_SIGNS: Final[Mapping[str, Kind]] = {
    "case_no": "cases",
    "办件编号": "cases",
    "measure": "progress-reports",
    "措施": "progress-reports",
    "indicator": "observations",
    "指标": "observations",
}
_REJECTED, _UNAVAILABLE = 1, 2  # exit codes
_MODE: Final = (
    "partial: 只拒绝有误的行 reject invalid rows only; "
    "atomic: 有一行有误则全不保存 one invalid row and nothing is stored"
)
_KEY_FILE: Final = "密钥文件 file with the key; dev-keys.json of this machine if unset"


app = typer.Typer(add_completion=False)


# Help is wrapped at spaces, which Chinese lacks, so its pieces are short.
@app.command()
def submit(  # noqa: PLR0913 - one parameter per option
    file: Annotated[
        Path, Argument(exists=True, dir_okay=False, help="CSV、NDJSON、JSON 或 XLSX 文件 the file")
    ],
    *,
    kind: Annotated[
        Kind | None, Option(help="内容类别 observations, cases or progress-reports")
    ] = None,
    mode: Annotated[Mode, Option(help=_MODE)] = "partial",
    dry_run: Annotated[
        bool, Option("--dry-run", help="只检查不保存 validate, store nothing")
    ] = False,
    url: Annotated[str, Option(help="服务地址 address of the product; this machine if unset")] = "",
    key_file: Annotated[Path | None, Option(exists=True, dir_okay=False, help=_KEY_FILE)] = None,
    org: Annotated[
        str, Option(metavar="CODE", help="使用哪个单位的密钥 whose key of dev-keys.json")
    ] = "office",
    restart: Annotated[
        bool, Option("--restart", help="从头报送 ignore an interrupted run")
    ] = False,
    rows: Annotated[int, Option(min=1, help="每次请求的行数 rows per request")] = MOST_ROWS,
    wait: Annotated[float, Option(min=0, help="等待最终计数 seconds for final counts")] = 60.0,
    patience: Annotated[
        float, Option(min=0, help="服务不可用时重试多久 retry for so many seconds")
    ] = 600.0,
    as_json: AsJson = False,
) -> None:
    """报送文件，逐行告知结果；中断后可接续。Send a file; resumes an interrupted run."""
    settings = Settings()
    console, errors = Console(), Console(stderr=True)
    bar = Bar(errors)
    try:
        client = Client(
            url or f"http://127.0.0.1:{settings.port}",
            key_of(key_file or keys_file(settings.state_folder), org),
            retries=Retries(patience, on_wait=bar.waiting),
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        with client:
            source = open_file(file)
            kind = kind or kind_of(source.columns)
            run = Run(client, source, kind, mode, rows=rows, wait=wait, bar=bar)
            outcome = run.check() if dry_run else run.send(restart=restart)
    except (ClientError, OSError) as error:
        report.show_error(errors, error, as_json=as_json)
        rejected = isinstance(error, Refused | Unreadable)
        raise typer.Exit(_REJECTED if rejected else _UNAVAILABLE) from None
    except KeyboardInterrupt:
        typer.echo("已中断；再次执行同一命令即可接续。Run it again to resume.", err=True)
        raise typer.Exit(_REJECTED) from None
    if as_json:
        report.show_json(outcome)
    else:
        report.show(console, outcome)
    raise typer.Exit(_REJECTED if outcome.rejected else 0)


def kind_of(columns: tuple[str, ...]) -> Kind:
    """Return what the rows of a file are, by the names of their fields."""
    words = {word for column in columns for word in column.replace("*", " ").split()}
    for column, kind in _SIGNS.items():
        if column in words:
            return kind
    raise typer.BadParameter(
        "看不出内容类别，请用 --kind 指定。The columns do not show the kind of rows: use --kind."
    )
