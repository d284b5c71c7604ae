"""`duibiao close-period PERIOD`: freeze the figures of a period as reported.

Exit codes: 0 closed, 1 not closed, 2 wrong use, or the product is not available.
"""

from collections import Counter
from typing import Annotated, Final

import typer
from rich.console import Console

from duibiao.web.every_item import Row, every_item
from services.cli.asking import KeyFile, Url, asking
from services.cli.output import AsJson, print_json, print_table
from services.indicators.domain.wording import STATUS

app = typer.Typer(add_completion=False)
_MOST: Final = 1_000  # rows over all units that are looked at before the question


@app.command()
def close_period(
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="期间，如 2021Q1 a period")],
    *,
    comment: Annotated[str, typer.Option(help="说明 a remark for the record")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="不再确认 do not ask")] = False,
    url: Url = "",
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """锁定一期数据，此后更正不改变已报数。Freeze a period as reported; asks first."""
    body = {"period": period, **({"comment": comment} if comment else {})}
    with asking(url, key_file, refused=1) as client:
        if not yes:
            asked: dict[str, str | int] = {"period": period, "org": "", "limit": _MOST}
            answer = client.get("/v1/verdicts", params=asked).raise_for_status()
            _show(period, answer.json()["items"])
            for review in every_item(client, "/v1/reviews", period=period):
                if review["state"] != "accepted":
                    said = f"{review['org']} {review['state']}"
                    typer.echo(f"未审核通过 not accepted: {said}", err=True)
            typer.confirm(f"锁定 {period}？Close {period}?", abort=True, err=True)
        closing = client.post("/v1/closings", json=body).raise_for_status().json()
    if as_json:
        print_json(closing)
    else:
        units = f"审核通过 accepted {closing['accepted']} 家 units"
        said = f"{closing['rows']} 行 rows，{units}，SHA-256 {closing['digest']}"
        typer.echo(f"已锁定 closed: {period}，{said}，审计 audit {closing['audit_sequence']}")


def _show(period: str, rows: list[Row]) -> None:
    """Show how the rows over all units stand, and which are incomplete."""
    counts = Counter(row["status"] for row in rows)
    table = [(f"{STATUS[one].zh} {one}", str(counts[one])) for one in STATUS if counts[one]]
    title = f"{period} 全市及各区划待锁定 rows over all units to be closed"
    print_table(title, ("状态 status", "行 rows"), table, console=Console(stderr=True))
    for row in rows:
        if row["reporters"] < row["expected"]:
            shares = f"{row['reporters']}/{row['expected']}"
            typer.echo(f"未报全 incomplete: {row['target']} {row['region']} {shares}", err=True)
