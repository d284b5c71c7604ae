"""`/board/sign-in/oidc`: a session begun through the OpenID provider of the installation."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from duibiao.web.access import caller_as
from duibiao.web.keyring import Keyring
from duibiao.web.people import NoSuchPersonError
from duibiao.web.problems import Problem, error_detail
from duibiao.web.signing_in import SIGN_IN, local, sign_in
from services.ingest.adapters.oidc import OidcProvider

OIDC: Final = f"{SIGN_IN}/oidc"
_CALLBACK: Final = f"{OIDC}/callback"
_COOKIE: Final = "duibiao-oidc"
_SECONDS: Final = 600  # in which somebody signs in at the provider


def add_oidc(
    provider: OidcProvider, keyring: Keyring, router: APIRouter, page: Callable[..., Response]
) -> None:
    """Add the routes to those of the sign-in page; `page` is that page with what went wrong."""

    def callback(request: Request) -> str:
        return f"{provider.public_url or str(request.base_url).rstrip('/')}{_CALLBACK}"

    @router.get(OIDC)
    def begin(request: Request) -> Response:
        back = local(request.query_params.get("next"))
        try:
            address, flow = provider.begin(callback(request), back)
        except Problem as problem:
            return page(request, back, problem, "")
        answer = RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})
        secure = request.scope["scheme"] == "https"
        answer.set_cookie(
            *(_COOKIE, flow, _SECONDS), path=OIDC, secure=secure, httponly=True, samesite="lax"
        )
        return answer

    @router.get(_CALLBACK)
    def finish(request: Request) -> Response:
        flow, sent = request.cookies.get(_COOKIE, ""), request.query_params
        try:
            wanted, back = provider.finish(callback(request), sent, flow)
            person = keyring.people.known(wanted)
        except NoSuchPersonError:
            ended = Problem("forbidden", [error_detail("person-ended")])
            answer = page(request, None, ended, "")
        except Problem as problem:
            answer = page(request, None, problem, "")
        else:
            answer = sign_in(keyring, request, caller_as(person), back)
        answer.delete_cookie(_COOKIE, path=OIDC)
        return answer
