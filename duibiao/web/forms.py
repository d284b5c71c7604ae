"""Forms of the board: sent by a page of the board itself, in the session that it was made for.

A cookie alone never changes anything: `duibiao.web.access` has every request that comes with one
and is not a GET checked here, so that no route can forget to.
"""

from collections.abc import AsyncIterator, Mapping
from hmac import compare_digest
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request

from duibiao.web.problems import Problem, error_detail

# The name of the hidden field with the token of the session.
CSRF: Final = "csrf"


async def check_form(request: Request, token: str) -> None:
    """Make sure that a page of ours sent this form in the session of a token; Problem 403.

    `again` in the state of the request then has its texts, to be sent in this session if its reader
    wants that: who had to sign in anew must not lose what they typed. Browsers that do not say
    where a form comes from get none, since another site could have made it.
    """
    check_origin(request)
    form = await request.form()
    sent = form.get(CSRF)
    if not isinstance(sent, str) or not compare_digest(sent.encode(), token.encode()):
        if request.headers.get("origin"):
            texts = [pair for pair in form.multi_items() if isinstance(pair[1], str)]
            request.state.again = [(CSRF, token), *(pair for pair in texts if pair[0] != CSRF)]
        await form.close()
        raise Problem("forbidden", [error_detail("form-expired")])


def check_origin(request: Request) -> None:
    """Make sure that no page of another site sent this request; Problem 403.

    Over https every browser says so in Sec-Fetch-Site; over http there is the Origin of a POST,
    which older browsers leave out.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = {request.headers.get("host"), request.app.public_host} - {""}
    foreign = origin is not None and (urlsplit(origin).netloc or origin) not in own
    if foreign if site is None else site not in {"same-origin", "none"}:
        raise Problem("forbidden", [error_detail("cross-site")])


async def _form(request: Request) -> AsyncIterator[FormData]:
    async with request.form() as form:
        yield form


# The fields of a form. A route that takes it has its caller from `need` or `signed_in` too.
Form = Annotated[FormData, Depends(_form)]


def texts(form: FormData, *names: str) -> dict[str, str]:
    """Return the texts of fields without the spaces around them; "" for what was not sent."""
    found = ((name, form.get(name)) for name in names)
    return {name: sent.strip() if isinstance(sent, str) else "" for name, sent in found}


def errors_of(problem: Problem | None, language: str) -> Mapping[str, str]:
    """Return what is wrong with a form by its fields, for `errors` of forms.html."""
    return {
        (fault.pointer or "").strip("/"): fault.message_zh if language == "zh" else fault.message
        for fault in (problem.faults if problem else ())
    }
