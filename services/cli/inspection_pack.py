"""`duibiao inspection-pack ORG PERIOD`: one archive of what an inspection asks of a unit.

Exit codes: 0 saved, 1 the product says no, 2 wrong use, or the product is not available.
"""

from pathlib import Path
from typing import Annotated
from zipfile import ZipFile

import typer

from duibiao.register import parse
from services.cli.asking import KeyFile, Url, asking
from services.indicators.office.inspection_pack import InspectionPack

app = typer.Typer(add_completion=False)


@app.command()
def inspection_pack(
    org: Annotated[str, typer.Argument(metavar="ORG", help="单位代码 a unit")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="期间，如 2021Q1 a period")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", dir_okay=False, help="文件 a file")],
    url: Url = "",
    key_file: KeyFile = None,
) -> None:
    """迎检材料：一个单位一期的数据、凭据和办理记录。All that an inspection of a unit asks for."""
    try:
        wanted = parse(period)
    except ValueError:
        raise typer.BadParameter(f"{period}: 不是期间代码 no period") from None
    part = output.with_name(f"{output.name}.part")
    try:
        with asking(url, key_file, refused=1) as client, ZipFile(part, "w") as archive:
            InspectionPack(client, archive, org, wanted).write()
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    typer.echo(f"已保存 saved: {output}")
