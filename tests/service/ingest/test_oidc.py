"""Signing in through a real OpenID provider (oidc-provider-mock), without a browser or network."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from prometheus_client import CollectorRegistry

from duibiao.audit.reading import records_after
from duibiao.web.app import App
from services.ingest.board.sign_in import sign_in_router
from services.ingest.settings import IngestSettings
from tests.service.ingest.oidc_house import BEGIN, CALLBACK, CLAIMS, ISSUER, Change, House, rotated
from tests.service.web.browser import FORM, Browser
from tests.support.registers import TAX, the_register


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    house.provider.person(**CLAIMS)
    yield house
    house.close()


NOT_COMPLETED = "统一身份认证未完成或已超时，请重新登录。"


def test_somebody_new_signs_in_and_is_led_back(house: House) -> None:
    answer = house.sign_in()

    assert (answer.status_code, answer.headers["location"]) == (303, "/board/orgs?lang=en")
    assert answer.headers["cache-control"] == "no-store"
    assert house.browser.cookies.keys() == {"duibiao-session"}  # that of the flow is gone
    assert "李四" in house.browser.get("/board/sign-in").text
    (row,) = house.keyring.people.rows()
    assert (row.name, row.org, row.position) == ("李四", TAX, "head")
    assert (row.subject, row.email) == (f"{ISSUER} u1", None)  # an address proves nothing
    acts = [(str(act[3]), str(act[4])) for act in records_after(house.store, 0, 100)]
    assert acts == [("person.created", row.id), ("session.begun", row.id)]


def test_what_the_provider_is_asked(house: House) -> None:
    address = house.begin()
    asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{ISSUER}/oauth2/authorize?")
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == f"http://test{CALLBACK}"
    assert asked["scope"].split() == ["openid", "profile"]
    state, nonce, verifier, back = house.browser.cookies["duibiao-oidc"].split(".", 3)
    assert (asked["state"], asked["nonce"]) == (state, nonce)
    assert back == "/board/orgs?lang=en"
    assert len({state, nonce, verifier}) == 3
    assert verifier not in address
    again = {name: value[0] for name, value in parse_qs(urlsplit(house.begin()).query).items()}
    assert {name for name in asked if asked[name] != again[name]} == {
        *("state", "nonce", "code_challenge")
    }


def test_the_code_is_redeemed_with_secret_and_verifier(house: House) -> None:
    flow = house.provider.consent(house.begin())
    verifier = house.browser.cookies["duibiao-oidc"].split(".")[2]
    house.browser.get(flow)
    (redeemed,) = (one for one in house.provider.asked if one.url.path == "/oauth2/token")
    basic = base64.b64decode(redeemed.headers["authorization"].removeprefix("Basic "))
    assert basic == b"dui%20biao:s%20p"
    form = parse_qs(redeemed.content.decode())
    assert (form["code_verifier"], form["redirect_uri"]) == ([verifier], [f"http://test{CALLBACK}"])
    others = [one for one in house.provider.asked if one.url.path in ("/jwks", "/.well-known/")]
    assert all("authorization" not in one.headers for one in others)


def test_the_cookie_of_a_flow(house: House) -> None:
    cookie = house.browser.get(BEGIN).headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=lax", "Max-Age=600", f"Path={BEGIN}"):
        assert part in cookie
    assert "Secure" not in cookie
    house.browser = house.browser_of(public_url="https://duibiao.example.gov.cn")
    address = parse_qs(urlsplit(house.begin()).query)
    assert address["redirect_uri"] == [f"https://duibiao.example.gov.cn{CALLBACK}"]


def test_who_has_changed_is_changed_and_stays_the_same(house: House) -> None:
    house.sign_in()
    (before,) = house.keyring.people.rows()
    house.provider.person(
        **CLAIMS | {"name": "李四（调任）", "org": "finance-bureau", "position": "reporter"}
    )
    house.sign_in()
    (after,) = house.keyring.people.rows()
    assert (after.id, after.org, after.position) == (before.id, "finance-bureau", "reporter")
    house.sign_in()
    acts = [str(act[3]) for act in records_after(house.store, 0, 100)]
    assert acts.count("person.changed") == 1


def test_an_address_of_another_is_somebody_else(house: House) -> None:
    house.sign_in()
    house.provider.person("u2", **CLAIMS)
    house.sign_in("u2")
    assert len(house.keyring.people.rows()) == 2


def test_positions_of_the_office_need_no_unit(house: House) -> None:
    house.provider.person("u3", name="主任", position="office-head", org="whatever")
    assert house.sign_in("u3").status_code == 303
    assert house.keyring.people.rows()[0].org is None


def test_who_has_ended_stays_so(house: House) -> None:
    house.sign_in()
    house.keyring.people.end(house.keyring.people.rows()[0].id)
    house.browser.cookies.clear()
    house.refused(house.sign_in(), "您的登录权限已停用")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"org": None}, "“org”为“无”"),
        ({"org": "nobody"}, "“org”为“nobody”"),
        ({"org": ["tax-bureau"]}, "“org”"),
        ({"position": None}, "“position”为“无”"),
        ({"position": "emperor"}, "“position”为“emperor”"),
        ({"position": "<script>"}, "&lt;script&gt;"),
    ],
)
def test_a_claim_that_is_missing_or_unknown(
    house: House, change: dict[str, object], words: str
) -> None:
    claims = {name: value for name, value in (CLAIMS | change).items() if value is not None}
    house.provider.person("u4", **claims)
    answer = house.sign_in("u4")
    house.refused(answer, words)
    assert "联系牵头办公室" in answer.text
    assert house.keyring.people.rows() == []
    english = house.browser.get(house.provider.consent(house.begin(), "u4") + "&lang=en")
    assert "Ask the office" in english.text


def test_claims_have_the_names_that_the_settings_say(house: House) -> None:
    house.browser = house.browser_of(oidc_org_claim="dept", oidc_position_claim="title")
    house.provider.person("u5", name="王五", dept="finance-bureau", title="reporter", org=TAX)
    assert house.sign_in("u5").status_code == 303
    assert house.keyring.people.rows()[0].org == "finance-bureau"


@pytest.mark.parametrize("state", ["another", "", "状态"])
def test_a_wrong_state(house: House, state: str) -> None:
    code = parse_qs(urlsplit(house.provider.consent(house.begin())).query)["code"][0]
    house.refused(house.browser.get(f"{CALLBACK}?code={code}&state={state}"), NOT_COMPLETED)
    assert not any(one.url.path == "/oauth2/token" for one in house.provider.asked)


def test_a_callback_that_this_browser_did_not_ask_for(house: House) -> None:
    address = house.provider.consent(house.begin())
    house.browser.cookies.clear()
    house.refused(house.browser.get(address), NOT_COMPLETED)
    house.refused(house.browser.get(CALLBACK), NOT_COMPLETED)


def test_somebody_who_says_no(house: House) -> None:
    address = house.provider.consent(house.begin(), action="deny")
    house.refused(house.browser.get(address), NOT_COMPLETED)


def test_a_replayed_code(house: House) -> None:
    address = house.provider.consent(house.begin())
    flow = house.browser.cookies["duibiao-oidc"]
    assert house.browser.get(address).status_code == 303
    house.browser.cookies = {"duibiao-oidc": flow}
    house.refused(house.browser.get(address), NOT_COMPLETED)


def test_a_code_of_another_flow(house: House) -> None:
    """The nonce in its token is not that of the browser's flow."""
    stolen = parse_qs(urlsplit(house.provider.consent(house.begin())).query)["code"][0]
    state = parse_qs(urlsplit(house.begin()).query)["state"][0]
    house.refused(house.browser.get(f"{CALLBACK}?code={stolen}&state={state}"), NOT_COMPLETED)


def token_changed(change: Callable[[dict[str, Any]], None], part: int = 1) -> Change:
    """Change the header (0), the claims (1) or the signature (2) of the ID token."""

    def changed(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path != "/oauth2/token":
            return answer
        tokens = answer.json()
        parts = tokens["id_token"].split(".")
        if part == 2:
            parts[2] = parts[2][:-4] + "AAAA"
        else:
            padded = parts[part] + "=" * (-len(parts[part]) % 4)
            content = json.loads(base64.urlsafe_b64decode(padded))
            change(content)
            packed = base64.urlsafe_b64encode(json.dumps(content).encode())
            parts[part] = packed.decode().rstrip("=")
        return httpx.Response(200, json=tokens | {"id_token": ".".join(parts)})

    return changed


@pytest.mark.parametrize(
    "change",
    [
        token_changed(lambda claims: claims.update(position="admin")),
        token_changed(lambda _: None, part=2),
        token_changed(lambda header: header.update(alg="none"), part=0),
        token_changed(lambda header: header.update(alg="HS256"), part=0),
        lambda request, answer: (
            httpx.Response(200, json={"access_token": "x"})
            if request.url.path == "/oauth2/token"
            else answer
        ),
    ],
)
def test_a_tampered_token(house: House, change: Change) -> None:
    house.provider.change = change
    house.refused(house.sign_in(), NOT_COMPLETED)
    assert house.keyring.people.rows() == []


@pytest.mark.parametrize(
    "wrong", [{"oidc_client_id": "another"}, {"oidc_issuer": "http://localhost:8"}]
)
def test_a_token_for_another_audience_or_of_another_issuer(
    house: House, wrong: dict[str, str]
) -> None:
    """The code is got with one description of the provider, and redeemed with another."""
    address = house.provider.consent(house.begin())
    other = house.browser_of(**wrong)
    other.cookies = house.browser.cookies

    def as_the_client(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/token":  # as if the code had been given to it
            text = request.content.decode().replace("client_id=another", "client_id=dui+biao")
            basic = base64.b64encode(b"dui%20biao:s").decode()
            headers = {**FORM, "Authorization": f"Basic {basic}"}
            request = httpx.Request("POST", f"{ISSUER}/oauth2/token", content=text, headers=headers)
        return original(request)

    original = house.provider.handle_request
    house.provider.handle_request = as_the_client  # type: ignore[method-assign]
    house.refused(other.get(address), NOT_COMPLETED)


@pytest.mark.parametrize(("minutes", "status"), [(-0.9, 303), (-2, 403), (60.9, 303), (62, 403)])
def test_clocks_may_differ_by_a_minute(house: House, minutes: float, status: int) -> None:
    """The token holds for an hour from when the provider's clock says it was issued."""
    address = house.provider.consent(house.begin())
    house.clock.set(datetime.now(UTC) + timedelta(minutes=minutes))
    assert house.browser.get(address).status_code == status


def test_keys_rotate(house: House) -> None:
    house.sign_in()
    house.browser.cookies.clear()
    with rotated():
        assert house.sign_in().status_code == 303


def test_a_token_signed_with_a_key_that_is_no_more(house: House) -> None:
    def rotate(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path == "/oauth2/token":
            return answer
        with rotated():
            return house.provider.answer(request)

    address = house.provider.consent(house.begin())
    house.provider.change = rotate
    house.refused(house.browser.get(address), NOT_COMPLETED)


def down(_: httpx.Request, __: httpx.Response) -> httpx.Response:
    raise httpx.ConnectTimeout("no answer")


def failing(_: httpx.Request, __: httpx.Response) -> httpx.Response:
    return httpx.Response(502, text="bad gateway")


@pytest.mark.parametrize("fate", [down, failing])
def test_a_provider_that_is_down(house: House, fate: Change) -> None:
    address = house.provider.consent(house.begin())
    house.provider.change = fate
    for path in (BEGIN, address):
        answer = house.browser.get(path)
        house.refused(answer, "统一身份认证暂时没有应答", 503)
        assert 'name="key"' in answer.text  # a key does


def test_a_provider_that_is_another(house: House) -> None:
    def other(_: httpx.Request, answer: httpx.Response) -> httpx.Response:
        return httpx.Response(200, text=answer.text.replace(f'"{ISSUER}"', '"http://localhost:7"'))

    house.provider.change = other
    house.refused(house.browser.get(BEGIN), NOT_COMPLETED)


def test_only_addresses_of_the_board_are_led_back_to(house: House) -> None:
    for back in ("https://evil.example", "//evil.example", "/v1/keys"):
        house.browser.cookies.clear()
        address = house.provider.consent(house.begin(back))
        assert house.browser.get(address).headers["location"] == "/board"


def test_a_session_that_the_browser_had_ends(house: House) -> None:
    house.sign_in()
    before = house.browser.cookies["duibiao-session"]
    house.sign_in()
    assert house.browser.cookies["duibiao-session"] != before
    house.browser.cookies["duibiao-session"] = before
    assert "李四" not in house.browser.get("/board/sign-in").text


def test_off_unless_configured(house: House) -> None:
    app = App(
        keyring=house.keyring,
        registry=CollectorRegistry(),
        routers=[sign_in_router(the_register(), house.keyring)],
    )
    assert Browser(app).get(BEGIN).status_code == 404
    assert BEGIN not in Browser(app).get("/board/sign-in").text
    assert f'href="{BEGIN}?next=' in house.browser.get("/board/sign-in?next=/board/orgs").text


@pytest.mark.parametrize("issuer", ["http://sso.example.gov.cn", "ftp://x", "https://"])
def test_a_provider_is_reached_over_tls(issuer: str) -> None:
    with pytest.raises(ValueError, match="oidc_issuer"):
        IngestSettings(oidc_issuer=issuer)
