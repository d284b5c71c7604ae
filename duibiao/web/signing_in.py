"""Who is signed in on the board, for its pages; beginning and ending a session."""

import re
from collections.abc import Awaitable, Callable, Container
from typing import Final
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from duibiao.web.access import ROLES, Caller, Position, Role, any_key, caller_of, check
from duibiao.web.cookies import READING, clear_session, session_of, set_session
from duibiao.web.keyring import Keyring
from duibiao.web.problems import Problem

BOARD: Final = "/board"
SIGN_IN: Final = "/board/sign-in"
_SEE_OTHER: Final = 303
_LOCAL: Final = re.compile(r"/board(?:[/?][\w\-./?=&%~+:,@]*)?", re.ASCII)


def local(address: str | None) -> str:
    """Return an address of the board to go on to; the board itself for any other."""
    return address if address and _LOCAL.fullmatch(address) else BOARD


async def visitor(request: Request) -> Caller | None:
    """Return who asks for a page that may be open to anybody; None for a stranger."""
    try:
        return await any_key(request, await caller_of(request))
    except Problem as problem:
        if problem.type != "unauthenticated":
            raise
        return None


def signed_in(
    *roles: Role, but: Container[Position] = ()
) -> Callable[[Request], Awaitable[Caller]]:
    """Return a dependency of pages: the caller, as `need` has it; a stranger is led to sign in."""

    async def caller(request: Request) -> Caller:
        found = await visitor(request)
        if found is None and request.method not in READING:
            await caller_of(request)  # which tells why; led away, they would lose what they typed
        if found is None:
            raise HTTPException(_SEE_OTHER, headers={"Location": sign_in_href(request)})
        check(found, roles or ROLES, but)
        return found

    return caller


def viewer_of(request: Request) -> Caller | None:
    """Return who has been found to ask for this page; None for a stranger."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return caller


def sign_in_href(request: Request) -> str:
    """Return the address at which to sign in, which then leads back to the page asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = asked if request.method in READING and asked != BOARD else None
    return f"{SIGN_IN}?next={quote(back, safe='/')}" if back else SIGN_IN


def sign_in(keyring: Keyring, request: Request, caller: Caller, to: str | None) -> Response:
    """Begin a session of a caller and lead the browser on; the session that it had ends.

    Waits for the database. Whoever calls it has made sure of who the caller is.
    """
    token = keyring.sessions.begin(caller, session_of(request.scope))
    answer = RedirectResponse(local(to), _SEE_OTHER, headers={"Cache-Control": "no-store"})
    set_session(answer, request.scope, token)
    return answer


def sign_out(request: Request) -> Response:
    """Have the browser forget its session and lead it to the board."""
    answer = RedirectResponse(BOARD, _SEE_OTHER, headers={"Cache-Control": "no-store"})
    clear_session(answer, request.scope)
    return answer
