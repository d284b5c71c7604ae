"""The static files of the board: every file of the folder `static`, at an address with its hash."""

from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from importlib.resources import files
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

FILES: Final[Mapping[str, bytes]] = {
    one.name: one.read_bytes() for one in (files(__package__) / "static").iterdir()
}
_VERSIONS: Final = {name: sha256(content).hexdigest()[:12] for name, content in FILES.items()}
_TYPES: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_A_YEAR: Final = "public, max-age=31536000, immutable"


def address(name: str) -> str:
    """Return where a file is; another content has another address, so browsers may keep it."""
    return f"/board/static/{name}?v={_VERSIONS[name]}"


def add_assets(router: APIRouter) -> None:
    """Add a route for every file."""
    for name in FILES:
        router.add_api_route(f"/board/static/{name}", partial(_answer, name))


def _answer(name: str) -> Response:
    headers = {"Cache-Control": _A_YEAR, "ETag": f'"{_VERSIONS[name]}"'}
    return Response(FILES[name], media_type=_TYPES[name.rpartition(".")[2]], headers=headers)
