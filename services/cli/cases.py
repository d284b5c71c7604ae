"""`duibiao cases`: the cases that count, or the ledger of those past their limit."""

from typing import Annotated, Final

import typer

from duibiao.web.every_item import Row, every_item
from services.cli.asking import Url, asking
from services.cli.output import AsJson, print_json, print_table
from services.cli.words import WORDS

# What fits a terminal; --json and --csv have everything.
_LEDGER: Final = ("case_no", "org", "due", "overdue_days", "pause_ground", "leads")
_CASES: Final = ("case_no", "indicator", "org", "accepted_at", "net_days", "overdue_days")
_LABELS: Final = WORDS["cases"]
_WHOLE: Final = [_LABELS[name] for name in ("case_no", "due", "accepted_at")]

app = typer.Typer(add_completion=False)


@app.command()
def cases(  # noqa: PLR0913 - one parameter per option
    *,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="只列超期未办结的 open and past the limit only")
    ] = False,
    within: Annotated[
        int, typer.Option(min=0, help="另列几个工作日内到期的 those due so soon too")
    ] = 0,
    as_of: Annotated[str, typer.Option(help="截至哪一天 seen at the end of this day")] = "",
    indicator: Annotated[str, typer.Option(help="指标 an indicator")] = "",
    org: Annotated[str, typer.Option(help="单位 a unit")] = "",
    region: Annotated[str, typer.Option(help="区划 a region")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="以 CSV 输出 print CSV")] = False,
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """列出办件，或超期、临期办件台账。List the cases, or the ledger of overdue ones."""
    if not overdue and (within or as_of or as_csv):
        raise typer.BadParameter("--within, --as-of, --csv: 须与 --overdue 合用 need --overdue")
    given = {"indicator": indicator, "org": org, "region": region, "as_of": as_of}
    asked: dict[str, str | int] = {name: value for name, value in given.items() if value}
    path = "/v1/records/cases"
    if overdue:
        path = "/v1/records/overdue-cases"
        asked |= {"within": within} if within else {"state": "overdue"}
    with asking(url) as client:
        if as_csv:
            answer = client.get(f"{path}.csv", params=asked).raise_for_status()
            typer.echo(answer.text, nl=False)
            return
        rows = list(every_item(client, path, **asked, limit=1_000))
    if as_json:
        print_json(rows)
        return
    columns = _LEDGER if overdue else _CASES
    table = ([_shown(row, name) for name in columns] for row in rows)
    print_table(None, [_LABELS[name] for name in columns], table, whole=_WHOLE)
    typer.echo(f"共 {len(rows)} 件。{len(rows)} cases.")


def _shown(row: Row, name: str) -> str:
    value = row[name]
    if name == "leads":
        return "、".join(value)
    if name == "accepted_at":
        return str(value)[:10]
    return "" if value is None else str(value)
