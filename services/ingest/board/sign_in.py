"""`/board/sign-in` and `/board/sign-out`: a session begun with a key, and ended; the manual."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from markupsafe import Markup

from duibiao.audit import SYSTEM, Act
from duibiao.core.keys import key_id_of
from duibiao.register import Register
from duibiao.web.access import Caller
from duibiao.web.board.rendering import Pages, frame_of
from duibiao.web.board.words import tables
from duibiao.web.cookies import session_of
from duibiao.web.forms import Form, check_origin, errors_of, texts
from duibiao.web.keyring import Keyring
from duibiao.web.problems import Problem
from duibiao.web.quotas import address_of
from duibiao.web.signing_in import SIGN_IN, sign_in, sign_out, signed_in, visitor

PAGE: Final = tables(__package__)["page"]
MANUAL: Final = Markup((files(__package__) / "manual.html").read_text("utf-8"))  # noqa: S704 - ours


def sign_in_router(
    register: Register, keyring: Keyring, add_oidc: Callable[..., None] | None = None
) -> APIRouter:
    """Return the routes of both; `add_oidc` adds those of an OpenID provider."""
    router = APIRouter(include_in_schema=False)
    pages = Pages(register, __package__, PAGE)

    def page(
        request: Request, back: str | None, problem: Problem | None = None, field: str = "key"
    ) -> Response:
        frame = frame_of(request, "sign-in")
        found = errors_of(problem, frame.language)
        errors, status = ({field: found[""]}, problem.status) if problem else ({}, 200)
        shown = {"errors": errors, "back": back or "", "oidc": add_oidc is not None}
        return pages.answer(request, "sign-in.html", frame, status=status, **shown)

    if add_oidc is not None:
        add_oidc(router, page)
    add_manual(router, pages)

    @router.get(SIGN_IN, dependencies=[Depends(visitor)])
    def shown(request: Request) -> Response:
        return page(request, request.query_params.get("next"))

    @router.post(SIGN_IN, dependencies=[Depends(check_origin)])
    def begin(request: Request, form: Form) -> Response:
        sent = texts(form, "key", "next")
        key_id = key_id_of(sent["key"])
        names = [f"address {address_of(request.scope)}", *([f"key {key_id}"] if key_id else [])]
        try:
            keyring.lock_out.check(*names)
            caller = _holder_of(keyring, sent["key"], request)
        except Problem as problem:
            if problem.type != "too-many-requests":
                _note_failed(keyring, names)
            answer = page(request, sent["next"], problem)
            answer.headers.update(problem.headers)
            return answer
        return sign_in(keyring, request, caller, sent["next"])

    @router.post("/board/sign-out")
    def end(
        request: Request, form: Form, caller: Annotated[Caller, Depends(signed_in())]
    ) -> Response:
        token = session_of(request.scope)
        if form.get("everywhere"):
            person = caller.person.id if caller.person else None
            keyring.sessions.end_all(caller.key_id, person, by=caller.actor)
        elif token is not None:
            keyring.sessions.end(caller, token)
        return sign_out(request)

    return router


def add_manual(router: APIRouter, pages: Pages) -> None:
    """Add the route of the manual, which tells how to sign in, too."""

    @router.get("/board/manual", dependencies=[Depends(visitor)])
    def manual(request: Request) -> Response:
        return pages.answer(request, "manual.html", frame_of(request, "manual"), manual=MANUAL)


def _note_failed(keyring: Keyring, names: Sequence[str]) -> None:
    for name in keyring.lock_out.failed(*names):
        with keyring.people.changing(Act(SYSTEM, "sign-in.locked", name)):
            pass


def _holder_of(keyring: Keyring, key: str, request: Request) -> Caller:
    """Return the caller of a key that may be used here and for reading; Problem 401 or 403."""
    caller = keyring.authenticate(f"Bearer {key}")
    caller.must_be_at(request.client and request.client.host)
    caller.must("read")
    return caller
