"""The cookie of a session: which request it counts for, and how a browser is given one.

It is HttpOnly and SameSite=Lax; over https it is Secure too and its name begins with `__Host-`, so
that no other host and no page over http can set it.
"""

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

NAME: Final = "duibiao-session"
SECURE_NAME: Final = f"__Host-{NAME}"
READING: Final = frozenset({"GET", "HEAD"})
# Where the addresses begin that take forms; nowhere else a cookie may change anything.
FORMS: Final = "/board/"


def session_of(scope: Scope) -> str | None:
    """Return the token of the session that counts for a request, None where none does."""
    if scope["method"] not in READING and not scope["path"].startswith(FORMS):
        return None
    cookie = Headers(scope=scope).get("cookie")
    return cookie_parser(cookie).get(_name(scope)) or None if cookie else None


def set_session(response: Response, scope: Scope, token: str) -> None:
    """Have the browser keep a session until it is closed."""
    secure = _name(scope) == SECURE_NAME
    response.set_cookie(_name(scope), token, httponly=True, samesite="lax", secure=secure)


def clear_session(response: Response, scope: Scope) -> None:
    """Have the browser forget its session."""
    secure = _name(scope) == SECURE_NAME
    response.delete_cookie(_name(scope), httponly=True, samesite="lax", secure=secure)


def _name(scope: Scope) -> str:
    return SECURE_NAME if scope["scheme"] == "https" else NAME
