"""Who may ask what, at every address of all three services, collected from the routes themselves.

A route that no table names fails: whoever adds one says here who may ask it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

import httpx
import pytest

from duibiao.web.access import ROLE_OF, Position, caller_as
from duibiao.web.app import App
from duibiao.web.cookies import NAME
from duibiao.web.keys import Wanted
from duibiao.web.people import NewPerson
from duibiao.web.sessions import csrf_of
from tests.service.web.whole_process import running

POSITIONS: Final = frozenset[str](get_args(Position))
STRANGERS: Final = POSITIONS | {"stranger"}
UNIT, OFFICE = frozenset({"reporter", "head"}), frozenset({"duty-officer", "office-head"})
HEADS, CHIEF = frozenset({"head"}) | OFFICE, frozenset({"office-head"})
AUDIT, ADMIN = frozenset({"auditor"}), frozenset({"admin"})
READERS, CHECKERS = UNIT | OFFICE | AUDIT, OFFICE | AUDIT
SAFE = frozenset({"GET", "HEAD"})

# What is done to an alert is the same in a form and in JSON.
ACTS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("acknowledge", "reply", "appeal"), HEADS),
    **dict.fromkeys(("close", "return", "extend", "assign"), OFFICE),
    **dict.fromkeys(("reopen", "revoke", "reject-appeal"), CHIEF),
}
BOARD: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(
        (
            *("GET /board", "GET /board/targets/{target}", "GET /board/tasks/{task}"),
            *("GET /board/measures/{measure}", "GET /board/orgs", "GET /board/orgs/{org}"),
            *("GET /board/static/board.css", "GET /board/static/live.js", "GET /board/live"),
            *("GET /board/sign-in", "POST /board/sign-in", "GET /board/manual"),
            *("GET /board/sign-in/oidc", "GET /board/sign-in/oidc/callback"),
        ),
        STRANGERS,
    ),
    "POST /board/sign-out": POSITIONS,
    "GET /board/scorecards": POSITIONS,
    "GET /board/inbox": UNIT | OFFICE,
    **dict.fromkeys(
        (
            *("GET /board/submit", "POST /board/submit/uploads"),
            *("GET /board/submit/submissions", "GET /board/submit/submissions/{submission_id}"),
            *("GET /board/submit/uploads/{upload_id}", "GET /board/submit/forms/{rows}"),
            *("GET /board/submit/uploads/{upload_id}/marked", "POST /board/submit/forms/{rows}"),
            "POST /board/submit/uploads/{upload_id}/send",
        ),
        UNIT | OFFICE,
    ),
    "GET /board/alerts": POSITIONS,
    "GET /board/bulletins": POSITIONS,
    **{f"GET /board/bulletins/{{period}}.{form}": POSITIONS for form in ("html", "docx", "xlsx")},
    "GET /board/alerts/{alert_id}": POSITIONS,
    **dict.fromkeys(("GET /board/alerts/close", "POST /board/alerts/close"), OFFICE),
    "GET /board/notifications": READERS,
    "GET /board/silences": CHECKERS,
    **dict.fromkeys(
        (
            *("GET /board/calendar", "GET /board/calendar.ics", "GET /board/duties"),
            *("GET /board/changes", "GET /board/waivers"),
        ),
        POSITIONS,
    ),
    **dict.fromkeys(("GET /board/reviews", "GET /board/data-quality"), READERS),
    "GET /board/inspection-packs/{org}/{period}.zip": CHECKERS,
    **dict.fromkeys(("POST /board/silences", "POST /board/silences/{silence_id}/end"), OFFICE),
    **dict.fromkeys(
        (
            "POST /board/inbox/floods/{flood_id}/release",
            "POST /board/inbox/floods/{flood_id}/withdraw",
        ),
        CHIEF,
    ),
    **{f"POST /board/alerts/{{alert_id}}/{act}": may for act, may in ACTS.items()},
}
API: Final[Mapping[frozenset[str], str]] = {
    POSITIONS: """
        GET /v1/templates/{name}.xlsx GET /v1/keys GET /v1/notice GET /v1/tasks GET /v1/measures
        GET /v1/orgs GET /v1/regions GET /v1/indicators GET /v1/targets GET /v1/verdicts
        GET /v1/duties GET /v1/scorecards GET /v1/verdicts/{verdict_id}/proof GET /v1/waivers
        GET /v1/closings GET /v1/versions POST /v1/what-if GET /v1/workdays GET /v1/calendar
        GET /v1/alerts GET /v1/alerts/{alert_id} GET /v1/bulletins/{period}.html
        GET /v1/bulletins/{period}.docx GET /v1/bulletins/{period}.xlsx
    """,
    READERS: """
        GET /v1/submissions GET /v1/submissions/{submission_id} GET /v1/files GET /v1/files/{sha256}
        GET /v1/verdicts/{verdict_id}/cases GET /v1/reviews GET /v1/notes GET /v1/doubts
        GET /v1/records/observations GET /v1/records/cases GET /v1/records/progress-reports
        GET /v1/records/overdue-cases GET /v1/notifications
        GET /v1/alerts/{alert_id}/files/{sha256} GET /v1/contacts
    """,
    CHECKERS: """
        GET /v1/audit/ingest GET /v1/audit/access GET /v1/audit/indicators GET /v1/audit/alerts
        GET /v1/receivers GET /v1/silences GET /v1/floods
    """,
    UNIT | OFFICE: """
        POST /v1/observations POST /v1/cases POST /v1/progress-reports POST /v1/approvals
        POST /v1/files POST /v1/waivers PUT /v1/contacts/{org}
    """,
    HEADS: """
        POST /v1/reviews/{org}/{period}/submit POST /v1/alerts/{alert_id}/files
    """,
    OFFICE: """
        POST /v1/waivers/{waiver_id}/reject POST /v1/waivers/{waiver_id}/end
        POST /v1/reviews/{org}/{period}/return POST /v1/reviews/{org}/{period}/accept
        POST /v1/notes POST /v1/notes/{note_id}/resolve POST /v1/doubts/{doubt_id}/answer
        POST /v1/receivers/{name}/test POST /v1/receivers/{name}/enable POST /v1/silences
        POST /v1/silences/preview DELETE /v1/silences/{silence_id}
    """,
    CHIEF: """
        POST /v1/waivers/{waiver_id}/approve POST /v1/closings POST /v1/closings/{period}/reopen
        POST /v1/floods/{flood_id}/release POST /v1/floods/{flood_id}/withdraw
    """,
    OFFICE | ADMIN: "POST /v1/previews",
    ADMIN: """
        POST /v1/keys POST /v1/keys/{key_id}/revoke POST /v1/keys/{key_id}/rotate
        GET /v1/people POST /v1/people POST /v1/people/{person_id}/end
    """,
}
MAY: Final[Mapping[str, frozenset[str]]] = {
    **{
        f"{method} {path}": may
        for may, text in API.items()
        for method, path in zip(*[iter(text.split())] * 2, strict=True)
    },
    **{f"POST /v1/alerts/{{alert_id}}/{act}": may for act, may in ACTS.items()},
}


# Forms of what is decided: whoever may send the body may send the form.
DECIDED = ("waivers", "closings", "reviews", "notes", "doubts")
BOARD.update(
    {
        asked.replace("/v1/", "/board/"): may
        for asked, may in MAY.items()
        if asked.startswith("POST") and asked.split("/")[2] in DECIDED
    }
)


def routes(of: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Yield method and path of every route, those of included routers too."""
    for route in of:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes(inner.routes)
        else:
            methods = (getattr(route, "methods", None) or set()) - {"HEAD"}
            if ":path}" not in route.path:  # of a list as a whole, see test_exports
                yield from ((method, route.path) for method in methods)


def expanded(found: Iterable[tuple[str, str]]) -> list[str]:
    """Return them as text, the actions of an alert one by one."""
    return sorted(
        {
            f"{method} {path.replace('{action}', act)}"
            for method, path in found
            for act in (ACTS if "{action}" in path else ("",))
        }
    )


@dataclass(frozen=True)
class Product:
    """A running product, and a session of a person in every position."""

    client: httpx.Client
    app: App
    tokens: Mapping[str, str]
    keys: Mapping[str, str]

    @property
    def pages(self) -> list[str]:
        found = routes(self.app.router.routes)
        return expanded(one for one in found if one[1].startswith("/board"))

    @property
    def operations(self) -> list[str]:
        found = routes(self.app.router.routes)
        return expanded(one for one in found if one[1].startswith("/v1"))

    def ask(
        self,
        asked: str,
        who: str = "stranger",
        headers: Mapping[str, str] | None = None,
        **form: str,
    ) -> httpx.Response:
        """Ask as a browser in which somebody has signed in."""
        sent = {"Cookie": f"{NAME}={self.tokens[who]}"} if who in self.tokens else {}
        return self.send(asked, {**sent, **(headers or {})}, form)

    def send(
        self, asked: str, headers: Mapping[str, str], form: Mapping[str, str]
    ) -> httpx.Response:
        method, path = asked.split(" ")
        self.client.cookies.clear()  # only what is sent here counts
        address = path.replace("{", "").replace("}", "")
        data = None if method in SAFE else dict(form)
        return self.client.request(method, address, data=data, headers=headers)

    def ask_by_key(self, asked: str, who: str) -> httpx.Response:
        return self.ask(asked, headers={"Authorization": f"Bearer {self.keys[who]}"})

    def csrf(self, who: str) -> str:
        return csrf_of(self.tokens[who])


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with pytest.MonkeyPatch.context() as environment:
        # Nothing listens there: pages of the sign-in that say so.
        environment.setenv("DUIBIAO_OIDC_ISSUER", "http://127.0.0.1:9")
        environment.setenv("DUIBIAO_BOARD_ACCESS", "open")
        with running(tmp_path_factory.mktemp("installation")) as (installation, process):
            ring = installation.keyring
            tokens, keys = dict[str, str](), dict[str, str]()
            for position, role in ROLE_OF.items():
                org = "tax-bureau" if role == "org" else None
                person = ring.people.create(NewPerson(position, position, org))
                tokens[position] = ring.sessions.begin(caller_as(person))
                wanted = Wanted(org, role, person=person.id)
                keys[position] = ring.keys.create(wanted).text
            url = f"http://127.0.0.1:{process.port}"
            with httpx.Client(base_url=url, trust_env=False) as client:
                yield Product(client, process.app, tokens, keys)


def codes(answer: httpx.Response) -> list[str]:
    if answer.headers.get("content-type") != "application/problem+json":
        return []
    return [error["code"] for error in answer.json()["errors"]]


def refused(answer: httpx.Response) -> bool:
    return bool({"role-not-allowed", "position-not-allowed"} & set(codes(answer)))


def led_to_sign_in(answer: httpx.Response) -> bool:
    where = answer.headers.get("location", "")
    return answer.status_code == 303 and where.partition("?")[0] == "/board/sign-in"


def test_every_route_says_who_may(product: Product) -> None:
    assert len(product.pages) >= 10
    assert len(product.operations) >= 60
    assert set(product.pages) - BOARD.keys() == set()
    assert set(product.operations) - MAY.keys() == set()


def test_a_stranger_reads_open_pages_and_is_led_to_sign_in_elsewhere(product: Product) -> None:
    for asked in product.pages:
        answer = product.ask(asked)
        if "stranger" in BOARD[asked]:
            assert not led_to_sign_in(answer), asked
            assert answer.status_code in ({200, 204, 403, 404, 503} if "GET" in asked else {401}), (
                asked
            )
        elif asked.startswith("GET"):
            assert led_to_sign_in(answer), asked
        else:
            assert led_to_sign_in(answer) or codes(answer) == ["key-missing"], asked
    for asked in product.operations:
        assert codes(product.ask(asked)) == ["key-missing"], asked


@pytest.mark.parametrize("who", sorted(POSITIONS))
def test_who_may_what_on_the_board(product: Product, who: str) -> None:
    for asked in product.pages:
        if asked in {"POST /board/sign-out", "POST /board/sign-in"}:
            continue
        answer = product.ask(asked, who, csrf=product.csrf(who))
        told = asked, answer.status_code, codes(answer)
        if who in BOARD[asked]:
            assert not refused(answer), told
            assert answer.status_code != 401, told
            assert not led_to_sign_in(answer), told
        else:
            assert (answer.status_code, refused(answer)) == (403, True), told


@pytest.mark.parametrize("who", sorted(POSITIONS))
def test_who_may_what_through_the_api(product: Product, who: str) -> None:
    for asked in product.operations:
        answer = product.ask_by_key(asked, who)
        told = asked, answer.status_code, codes(answer)
        assert refused(answer) == (who not in MAY[asked]), told
        assert (answer.status_code == 403) == refused(answer), told


@pytest.mark.parametrize("who", sorted(POSITIONS))
def test_no_form_is_taken_without_its_token_or_from_another_site(
    product: Product, who: str
) -> None:
    token = product.csrf(who)
    other = product.csrf("admin" if who != "admin" else "head")
    for asked in product.pages:
        if asked.startswith("GET") or asked == "POST /board/sign-in":
            continue
        for sent in ({}, {"csrf": ""}, {"csrf": other}):
            answer = product.ask(asked, who, None, **sent)
            assert (answer.status_code, codes(answer)) == (403, ["form-expired"]), asked
        for site in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            answer = product.ask(asked, who, site, csrf=token)
            assert (answer.status_code, codes(answer)) == (403, ["cross-site"]), asked
    assert product.ask("GET /board/sign-in", who).text.count(who) >= 1  # nobody was signed out


def test_a_cookie_changes_nothing_through_the_api(product: Product) -> None:
    for asked in product.operations:
        may = min(MAY[asked])
        if asked.startswith("GET"):
            by_key, by_cookie = product.ask_by_key(asked, may), product.ask(asked, may)
            assert by_cookie.status_code == by_key.status_code, asked
            continue
        csrf = product.csrf(may)
        for headers in ({}, {"X-CSRF-Token": csrf}, {"X-HTTP-Method-Override": "GET"}):
            answer = product.ask(asked, may, headers, csrf=csrf)
            assert (answer.status_code, codes(answer)) == (401, ["key-missing"]), asked


def test_no_page_is_framed_kept_by_others_or_sniffed(product: Product) -> None:
    for asked in product.pages:
        for who in ("stranger", *sorted(POSITIONS)):
            if asked == "POST /board/sign-in" and who != "stranger":
                continue  # too many failures would lock this address out
            answer = product.ask(asked, who)
            headers = answer.headers
            assert headers["x-content-type-options"] == "nosniff", asked
            if asked.startswith("GET /board/static/"):
                continue
            assert "public" not in headers.get("cache-control", ""), asked
            if headers.get("content-type", "").startswith("text/html"):
                policy = headers["content-security-policy"]
                assert "frame-ancestors 'none'" in policy, asked
                assert "default-src 'none'" in policy, asked
                assert "script-src 'self';" in policy, asked
                assert headers["cache-control"] == "private, no-cache", asked
                assert "cookie" in headers["vary"].lower(), asked
                assert headers["referrer-policy"] in {"same-origin", "no-referrer"}, asked


def test_no_page_adopts_a_session_that_it_did_not_begin(product: Product) -> None:
    """Fixation: a token that somebody else has put into the browser is never made good."""
    planted = {"Cookie": f"{NAME}={'A' * 43}"}
    for asked in product.pages:
        answer = product.send(asked, planted, {})
        assert "A" * 43 not in answer.headers.get("set-cookie", ""), asked
        assert product.send("GET /v1/keys", planted, {}).status_code == 401, asked
    answer = product.send("POST /board/sign-in", planted, {"key": product.keys["head"]})
    assert answer.status_code == 303
    assert answer.cookies[NAME] not in {"A" * 43, *product.tokens.values()}


def test_a_person_never_rises_by_the_session_of_another(product: Product) -> None:
    """The caller is that of the cookie, whatever else the request says."""
    for name, value in (
        ("X-Forwarded-User", "admin"),
        ("X-Remote-User", "admin"),
        ("X-Original-URL", "/v1/people"),
        ("X-Duibiao-Position", "admin"),
    ):
        answer = product.ask("GET /v1/people", "reporter", {name: value})
        assert refused(answer), name
        assert product.ask("GET /v1/keys", headers={name: value}).status_code == 401
