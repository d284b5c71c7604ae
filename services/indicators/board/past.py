"""The board as it was: `?as_of=` of an address, and links that keep it."""

import re
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from duibiao.web.problems import Problem, error_detail
from duibiao.workdays import SHANGHAI
from services.indicators.board.data import View

_YEARS: Final = range(2, 9999)  # so that a moment has its day everywhere
_LINK: Final = re.compile(  # to a page that has views, by an address that asks for none
    r'href="(/board(?:/(?:targets|tasks|measures|orgs|scorecards)[^"?#]*)?(?=["?#])|(?=\?))'
    r'(?![^"]*as_of=)(\?[^"#]*)?([^"]*)"'
)


def parse_view(text: str) -> View:
    """Read `corrected`, `reported` or a moment, in Asia/Shanghai where it has no offset.

    Raises ValueError for any other text.
    """
    if text == "reported":
        return "reported"
    if text == "corrected":
        return "corrected"
    moment = datetime.fromisoformat(text.replace(" ", "+"))  # as a plus sign arrives in a query
    if moment.year not in _YEARS:
        raise ValueError("too near the ends of time")
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def view_of(request: Request) -> View:
    """Return which view an address asks for; Problem 422 where there is no such."""
    text = request.query_params.get("as_of") or "corrected"
    try:
        return parse_view(text)
    except ValueError:
        fault = error_detail("bad-view", pointer="/query/as_of", value=text)
        raise Problem("invalid", [fault]) from None


def keep_view(answer: Response, view: View) -> Response:
    """Have the links of a page lead to the same view of other pages."""
    if view != "corrected":
        kept = urlencode({"as_of": view if view == "reported" else view.isoformat()})

        def link(found: re.Match[str]) -> str:
            query = f"{found[2]}&amp;{kept}" if found[2] else f"?{kept}"
            return f'href="{found[1]}{query}{found[3]}"'

        answer.body = _LINK.sub(link, bytes(answer.body).decode()).encode()
        answer.headers["Content-Length"] = str(len(answer.body))
    return answer
