"""Templates to pages: the one place that turns page values into HTML.

Everything a template prints is escaped; a name that is missing is an error, not a blank.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import escape

from duibiao.register import Register
from duibiao.web.access import ROLES, ROLES_ZH, Caller, Role
from duibiao.web.board import live
from duibiao.web.board.assets import address
from duibiao.web.board.language import (
    COOKIE,
    COOKIE_SECONDS,
    OTHER,
    TAGS,
    Language,
    asked_for,
    choose,
    name_of,
    title_of,
)
from duibiao.web.board.marks import moment
from duibiao.web.board.shapes import BY_TONE
from duibiao.web.board.words import FRAME, Words
from duibiao.web.signing_in import sign_in_href, viewer_of

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, Accept-Encoding",
}
_OPEN: Final = ("board", "/board"), ("orgs", "/board/orgs")
_SIGNED_IN: Final[Sequence[tuple[str, str, Collection[Role]]]] = (
    ("submit", "/board/submit", {"org", "office"}),
    ("inbox", "/board/inbox", {"org", "office"}),
    ("alerts", "/board/alerts", ROLES),
    ("calendar", "/board/calendar", ROLES),
    ("reviews", "/board/reviews", {"org", "office", "auditor"}),
    ("bulletins", "/board/bulletins", ROLES),
    ("silences", "/board/silences", {"office", "auditor"}),
    ("notifications", "/board/notifications", {"org", "office", "auditor"}),
)
_ONCE: Final = "shape", "badge", "counts"
_MARKS: Final = 1_000
_LANGUAGE_NAMES: Final = {"zh": "中文", "en": "English"}


# What a template reads, by name; a name that is missing is an error where it is read.
View = SimpleNamespace


@dataclass(frozen=True, slots=True)
class InstallationState:
    """Where the installation stands: what every page says in its head.

    `judged_day` is the day in Asia/Shanghai up to which verdicts speak; `sample` says that the
    store was filled with invented figures; `evaluated_at` is the newest verdict's time, UTC.
    `state` differs whenever pages may; "" for pages that are not told of changes.
    """

    judged_day: date
    sample: bool
    calendar_version: str
    evaluated_at: datetime | None
    state: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page's content.

    Attributes:
        current: which link of the navigation leads here: board, orgs ...
        switch_href: the address of the same page in the other language.
        standing: None on pages that show no figures.

    """

    language: Language
    current: str
    switch_href: str
    standing: InstallationState | None = None


def frame_of(request: Request, current: str, standing: InstallationState | None = None) -> Frame:
    """Return the frame of a page that answers a request, in the language that the reader chose."""
    query = request.query_params
    language = choose(query.get("lang"), request.cookies.get(COOKIE))
    kept = [(name, value) for name, value in query.multi_items() if name != "lang"]
    switch = "?" + urlencode([*kept, ("lang", OTHER[language])])
    return Frame(language, current, switch, standing)


class Pages:
    """Renders the templates of one service, whose folder is `templates` in its package."""

    def __init__(self, register: Register, package: str, words: Words, **shared: object) -> None:
        """`words` are those of its templates, beside the frame's own; `shared` all of them get."""
        self._register = register
        self._words: Words = {**FRAME, **words}
        self._environment = Environment(
            loader=ChoiceLoader([PackageLoader(package), PackageLoader(__package__)]),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        marks = self._environment.get_template("marks.html").module
        # A page has hundreds of marks, of which few differ.
        once = {name: lru_cache(_MARKS)(getattr(marks, name)) for name in _ONCE}
        self._environment.globals.update(shared, **once)
        self._said = {
            language: {key: escape(phrase.say(language)) for key, phrase in self._words.items()}
            for language in OTHER
        }

    def answer(
        self, request: Request, template: str, frame: Frame, *, status: int = 200, **values: object
    ) -> Response:
        """Return a page as the answer to a request; a language it asks for is remembered."""
        around = {
            **self._around(frame, sample=request.app.sample),
            **self._account(request, frame.language),
        }
        html = self._environment.get_template(template).render({**around, **values})
        forms = "'self'" if "<form" in html else "'none'"
        answer = HTMLResponse(html, status, headers=_HEADERS)
        answer.headers["Content-Security-Policy"] = _POLICY.format(forms=forms)
        answer.headers["Content-Language"] = frame.language
        if asked_for(request.query_params.get("lang")) is not None:
            answer.set_cookie(
                COOKIE,
                frame.language,
                max_age=COOKIE_SECONDS,
                path="/board",
                samesite="lax",
                httponly=True,
            )
        return answer

    def _around(self, frame: Frame, *, sample: bool) -> Mapping[str, object]:
        language, notice, standing = frame.language, self._register.notice, frame.standing
        other = OTHER[language]

        def say(key: str, **values: object) -> str:
            if not values:
                return self._said[language][key]
            return self._words[key].say(language, **values)

        return {
            "say": say,
            "tag": TAGS[language],
            "switch_href": frame.switch_href,
            "switch_tag": TAGS[other],
            "switch_name": _LANGUAGE_NAMES[other],
            "current": frame.current,
            "standing": standing,
            "sample": sample or (standing is not None and standing.sample),
            "evaluated": moment(standing.evaluated_at)
            if standing is not None and standing.evaluated_at is not None
            else None,
            "asset": address,
            "shapes": BY_TONE,
            "live": live.ADDRESS,
            "notice": notice,
            "notice_title": title_of(notice, language),
            "issuer": notice.issuer_zh if language == "zh" else notice.issuer,
            "window": self._register.window,
            "register_version": self._register.version,
        }

    def _account(self, request: Request, language: Language) -> Mapping[str, object]:
        """Return what a page says of who is signed in, and where they may go."""
        caller = viewer_of(request)
        own = [] if caller is None else [one[:2] for one in _SIGNED_IN if caller.role in one[2]]
        return {
            "links": [*_OPEN, *own],
            "viewer": None if caller is None else self._name(caller, language),
            "csrf": None if caller is None else caller.csrf,
            "sign_in_href": sign_in_href(request),
        }

    def _name(self, caller: Caller, language: Language) -> str:
        if caller.person is not None:
            return caller.person.name
        org = self._register.orgs.get(caller.org or "")
        if org is not None:
            return name_of(org, language)
        return ROLES_ZH[caller.role] if language == "zh" else caller.role
