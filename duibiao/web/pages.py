"""The pages for people who build on the API: /docs and /problems, made on the server.

No script, no outside host: they work on an intranet and under the strictest content policy.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from duibiao.web.problems import CODES, PROBLEM_TYPES, Problem, error_detail

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
)
_OWN: Final = {
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie",
    "Referrer-Policy": "same-origin",
}
_TOO_MANY: Final = 429
BOARD: Final = "/board"
_METHODS: Final = ("get", "post", "put", "patch", "delete")


def routes() -> list[Route]:
    """Return the routes of /docs, /problems and /problems/{slug}; / leads to the board."""
    return [
        Route("/", _to_the_board),
        Route("/docs", _docs),
        Route("/problems", _problems),
        Route("/problems/{slug}", _problem),
    ]


def too_many(seconds: int) -> Response:
    """Return the page for a visitor who is to come again after some seconds."""
    page = _page("too_many.html", seconds=seconds)
    page.status_code = _TOO_MANY
    page.headers["Retry-After"] = str(seconds)
    page.headers["Cache-Control"] = "no-store"
    return page


def refused(problem: Problem, scope: Scope) -> Response:
    """Return a problem as a page, for somebody who uses the board in a browser."""
    again = scope["state"].get("again")
    page = _page("refused.html", problem=problem, again=again, path=scope["path"])
    page.status_code = problem.status
    page.headers.update({**problem.headers, **_OWN})
    return page


def operations(openapi: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the operations of an OpenAPI document with their methods and paths, by these."""
    for path, methods in sorted(openapi.get("paths", {}).items()):
        for method in _METHODS:
            if method in methods:
                yield {"method": method.upper(), "path": path, "about": methods[method]}


async def _to_the_board(_request: Request) -> Response:
    return RedirectResponse(BOARD)


async def _docs(request: Request) -> Response:
    openapi = request.app.openapi()
    return _page("docs.html", info=openapi["info"], operations=list(operations(openapi)))


async def _problems(_request: Request) -> Response:
    return _page("problems.html", types=PROBLEM_TYPES, codes=CODES)


async def _problem(request: Request) -> Response:
    slug = request.path_params["slug"]
    if slug not in PROBLEM_TYPES:
        raise Problem("not-found", [error_detail("not-found", value=request.url.path)])
    return _page("problem.html", slug=slug, type=PROBLEM_TYPES[slug])


def _page(template: str, **values: object) -> Response:
    html = _templates().get_template(template).render(**values)
    return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
