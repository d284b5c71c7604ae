"""`duibiao status`: how the notice stands, asked of a running product."""

from dataclasses import asdict
from typing import Annotated

import httpx
import typer
from rich.console import Console

from duibiao.core import Settings
from services.cli import summary
from services.cli.key_file import key_of, keys_file
from services.cli.output import AsJson, end, print_json

app = typer.Typer(add_completion=False)


@app.command()
def status(
    *,
    url: Annotated[str, typer.Option(help="服务地址。Where the product is.")] = "",
    as_json: AsJson = False,
) -> None:
    """查看各目标的评估结论与未结预警。Show the targets' verdicts and the open alerts."""
    settings = Settings()
    path = keys_file(settings.state_folder)
    if not path.exists():
        end(f"找不到密钥文件 {path}：先运行 duibiao up。No key file: run `duibiao up`.", 2)
    key = key_of(path, "office")
    address = url or f"http://127.0.0.1:{settings.port}"
    try:
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}) as client:
            overview = summary.ask(client)
    except httpx.HTTPError as error:
        end(
            f"{address} 没有应答（{error}），可用 --url 指定地址。"
            f"{address} does not answer ({error}): is it running? --url names another address.",
            2,
        )
    if as_json:
        print_json(asdict(overview))
    else:
        summary.show(Console(), overview)
    raise typer.Exit(1 if overview.alerts else 0)
