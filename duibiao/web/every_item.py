"""A list of the API read from outside, page by page."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

Row = Mapping[str, Any]


def every_item(client: httpx.Client, path: str, **params: str | int) -> Iterator[Row]:
    """Yield the items of a list. httpx errors pass through."""
    while True:
        answer = client.get(path, params=params).raise_for_status().json()
        yield from answer["items"]
        if not answer.get("next_cursor"):
            return
        params["cursor"] = answer["next_cursor"]
