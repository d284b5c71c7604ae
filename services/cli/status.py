"""`duibiao status`: how the notice stands, asked of a running product."""

import json
from dataclasses import asdict
from typing import Annotated

import httpx
import typer
from rich.console import Console

from duibiao.core import Settings
from services.cli import summary
from services.cli.up import keys_file


def status(
    *,
    url: Annotated[str, typer.Option(help="服务地址。Where the product is.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出。Print JSON.")] = False,
) -> None:
    """查看各目标的评估结论与未结预警。Show the targets' verdicts and the open alerts."""
    settings = Settings()
    path = keys_file(settings.state_folder)
    if not path.exists():
        typer.echo(
            f"找不到密钥文件 {path}：先运行 duibiao up。No key file: run `duibiao up`.", err=True
        )
        raise typer.Exit(2)
    key = json.loads(path.read_text(encoding="utf-8"))["office"]
    try:
        with httpx.Client(base_url=url or f"http://127.0.0.1:{settings.port}") as client:
            standing = summary.ask(client, key)
    except httpx.HTTPError as error:
        typer.echo(f"连接不上 {error}. The product does not answer: is it running?", err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(asdict(standing), ensure_ascii=False))
    else:
        summary.show(Console(), standing)
    raise typer.Exit(1 if standing.alerts else 0)
