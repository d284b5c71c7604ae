"""A running product asked over its public API, with a key of `dev-keys.json`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import httpx
import typer

from duibiao.core import Settings
from services.cli.key_file import key_of, keys_file
from services.cli.output import end

Url = Annotated[str, typer.Option(help="服务地址。Where the product is.")]
Row = Mapping[str, Any]


@contextmanager
def asking(url: str) -> Iterator[httpx.Client]:
    """Yield a client with the office's key; the command ends where the product does not answer."""
    settings = Settings()
    path = keys_file(settings.state_folder)
    if not path.exists():
        end(f"找不到密钥文件 {path}：先运行 duibiao up。No key file: run `duibiao up`.", 2)
    headers = {"Authorization": f"Bearer {key_of(path, 'office')}"}
    address = url or f"http://127.0.0.1:{settings.port}"
    try:
        with httpx.Client(base_url=address, headers=headers) as client:
            yield client
    except httpx.HTTPStatusError as error:
        if not error.response.headers["content-type"].startswith("application/problem+json"):
            raise
        errors = error.response.json()["errors"]
        end("\n".join(f"{one['message_zh']} {one['message']}" for one in errors), 2)
    except httpx.HTTPError as error:
        end(
            f"{address} 没有应答（{error}），可用 --url 指定地址。"
            f"{address} does not answer ({error}): is it running? --url names another address.",
            2,
        )


def every_item(client: httpx.Client, path: str, **params: str | int) -> Iterator[Row]:
    """Yield the items of a list, page by page. httpx errors pass through."""
    while True:
        answer = client.get(path, params=params).raise_for_status().json()
        yield from answer["items"]
        if not answer.get("next_cursor"):
            return
        params["cursor"] = answer["next_cursor"]
