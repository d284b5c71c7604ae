"""A running product asked over its public API, with a key of `dev-keys.json`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer

from duibiao.core import Settings
from services.cli.key_file import key_of, keys_file
from services.cli.output import end

Url = Annotated[str, typer.Option(help="服务地址。Where the product is.")]
KeyFile = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="密钥文件。A file with a key.")
]
_SECONDS: Final = 60


@contextmanager
def asking(
    url: str, key_file: Path | None = None, *, org: str = "office", refused: int = 2
) -> Iterator[httpx.Client]:
    """Yield a client with a key; the command ends where the product does not answer.

    `org`: whose key it is. `refused`: the exit code where the product says no.
    """
    settings = Settings()
    path = key_file or keys_file(settings.state_folder)
    if not path.exists():
        end(f"找不到密钥文件 {path}：先运行 duibiao up。No key file: run `duibiao up`.", 2)
    headers = {"Authorization": f"Bearer {key_of(path, org)}"}
    address = url or f"http://127.0.0.1:{settings.port}"
    not_ours = f"{address} 的应答不是本系统的。Not a response of this product: use --url."
    try:
        with httpx.Client(base_url=address, headers=headers, timeout=_SECONDS) as client:
            yield client
    except httpx.HTTPStatusError as error:
        if error.response.headers.get("content-type") != "application/problem+json":
            end(not_ours, 2)
        problem = error.response.json()
        said_no = 2 if error.response.is_server_error else refused
        lines = [f"{one['message_zh']} {one['message']}" for one in problem["errors"]]
        end("\n".join(lines or [f"{problem['detail_zh']} {problem['detail']}"]), said_no)
    except httpx.HTTPError as error:
        end(
            f"{address} 没有应答（{error}），可用 --url 指定地址。"
            f"{address} does not answer ({error}): is it running? --url names another address.",
            2,
        )
    except json.JSONDecodeError:
        end(not_ours, 2)
