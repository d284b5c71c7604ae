"""Forms of the board are taken in their own session, from our own pages; nothing else is."""

import re
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import msgspec
import pytest

from duibiao.web.access import caller_as
from duibiao.web.keys import Wanted
from duibiao.web.people import NewPerson
from tests.service.board.html import read
from tests.service.web.browser import FORM, Browser
from tests.service.web.session_office import METHODS, NAME, Office, is_out, opened, refused
from tests.support.registers import TAX


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(f"sqlite:///{tmp_path}/duibiao.db") as office:
        yield office


def test_a_form_is_taken_from_its_own_session_only(office: Office) -> None:
    browser, other = office.browser(office.tax), office.browser(office.tax)
    good = browser.csrf
    assert browser.post("/board/act", csrf=good, said="是").json().endswith(" 是")
    for sent in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": other.csrf}, {"csrf": "中"}):
        for path in ("/board/act", "/board/any", "/board/sign-out"):
            answer = browser.post(path, {}, **sent)
            assert refused(answer) == (403, "form-expired"), (path, sent)
    assert not is_out(browser)


def test_a_token_in_json_is_no_form(office: Office) -> None:
    browser = office.browser(office.tax)
    for kind in ("application/json", "text/plain"):
        body = msgspec.json.encode({"csrf": browser.csrf})
        answer = browser.request("POST", "/board/any", content=body, headers={"Content-Type": kind})
        assert refused(answer) == (403, "form-expired")


SENDERS = [
    ({}, True),
    ({"Origin": "http://test"}, True),
    ({"Origin": "http://evil.example"}, False),
    ({"Origin": "http://test.evil.example"}, False),
    ({"Origin": "http://test:8080"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": ""}, False),
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "none"}, True),
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "http://test"}, False),
]


def test_a_form_of_another_site_is_refused_even_with_the_token(office: Office) -> None:
    browser = office.browser(office.tax)
    token = browser.csrf
    for headers, taken in SENDERS:
        answers = [
            browser.post("/board/act", headers, csrf=token),
            office.browser().post("/board/sign-in", headers, key=office.tax),
        ]
        told = [answer.status_code if taken else refused(answer) for answer in answers]
        assert told == ([200, 303] if taken else [(403, "cross-site")] * 2), headers


def test_a_cookie_changes_nothing_through_the_api(office: Office) -> None:
    browser = office.browser(office.tax)
    fields = f"csrf={browser.csrf}".encode()
    for method in METHODS:
        answer = browser.request(method, "/v1/any", content=fields, headers=FORM)
        assert refused(answer) == (401, "key-missing")


ELSEWHERE = (
    *("http://evil.example", "//evil.example/board", "/\\evil.example", "/board\\..", "/v1/keys"),
    *("/board@evil.example", "/boards", "javascript:alert(1)", "/board/\r\nX: y", "/board/<b>"),
    *("", " //board", "https:/board", "/Board", "/board/中文", "\t//evil.example"),
)


def test_signing_in_leads_to_no_other_site(office: Office) -> None:
    for back in ELSEWHERE:
        answer = office.browser().sign_in(office.tax, back)
        assert answer.headers["location"] == "/board", back


def test_a_bad_key_is_answered_with_the_page_and_never_shown_again(office: Office) -> None:
    gone = office.keyring.keys.create(Wanted(None, "office"))
    office.keyring.keys.revoke(gone.row.id)
    for key, words in (("dbk_x", "密钥格式不对"), (gone.text, "密钥已吊销"), ("", "密钥格式不对")):
        answer = office.browser().sign_in(key, "/board/orgs")
        assert answer.status_code == 401
        assert words in answer.text
        assert 'name="next" value="/board/orgs"' in answer.text
        assert "set-cookie" not in answer.headers
        assert not key or key not in answer.text


def test_a_key_signs_in_from_its_networks_and_for_reading_only(office: Office) -> None:
    keys, here = office.keyring.keys, (ip_network("10.0.0.0/8"),)
    key = keys.create(Wanted(None, "office", networks=here)).text
    assert "不得从该地址" in Browser(office.app).sign_in(key).text
    browser = Browser(office.app, client="10.1.2.3")
    assert browser.sign_in(key).status_code == 303
    elsewhere = Browser(office.app)
    elsewhere.cookies = browser.cookies
    assert refused(elsewhere.get("/board/mine")) == (403, "source-not-allowed")
    poster = keys.create(Wanted(None, "office", scopes=frozenset({"submit"}))).text
    assert Browser(office.app).sign_in(poster).status_code == 403


def test_the_page_cannot_be_framed_and_sends_its_form_home(office: Office) -> None:
    headers = office.browser().get("/board/sign-in").headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "script-src 'self';" in policy
    assert headers["cache-control"] == "private, no-cache"


def test_a_large_form_is_read_for_who_has_signed_in_alone(office: Office) -> None:
    large = "x" * (20 << 10)
    browser = office.browser(office.tax)
    assert browser.post("/board/act", csrf=browser.csrf, said=large).status_code == 200
    assert refused(office.browser().post("/board/act", said=large)) == (401, "key-missing")
    stale = office.browser()
    stale.cookies[NAME] = "A" * 43
    assert refused(stale.post("/board/act", said=large)) == (401, "session-ended")


def test_pages_of_who_has_signed_in_are_not_counted(office: Office) -> None:
    browser, stranger = office.browser(office.tax), office.browser()
    stranger.cookies[NAME] = "A" * 43
    assert [browser.get("/board").status_code for _ in range(60)] == [200] * 60
    assert 429 in [stranger.get("/board").status_code for _ in range(60)]


def test_a_page_that_is_kept_is_kept_for_one_session(office: Office) -> None:
    tax, other, admin = (office.browser(key) for key in (office.tax, office.tax, office.admin))
    stranger = office.browser()
    for _ in range(2):
        assert stranger.get("/board").text == "nobody"
        assert tax.get("/board").text == other.get("/board").text != admin.get("/board").text
    tax.post("/board/sign-out", csrf=tax.csrf)
    assert tax.get("/board").text == "nobody"


def test_a_stranger_is_led_to_sign_in_and_back(office: Office) -> None:
    browser = office.browser()
    asked = browser.get("/board/mine?period=2021Q1&lang=en")
    assert asked.status_code == 303
    form = browser.get(asked.headers["location"]).text
    (back,) = re.findall(r'name="next" value="([^"]*)"', form)
    answer = browser.sign_in(office.tax, back.replace("&amp;", "&"))
    assert answer.headers["location"] == "/board/mine?period=2021Q1&lang=en"
    assert browser.post("/board/sign-out").status_code == 403
    lost = office.browser().post("/board/act", said="x")
    assert refused(lost) == (401, "key-missing")  # led away, they would lose what they typed


@pytest.mark.parametrize(
    ("position", "org", "status"),
    [("reporter", TAX, 403), ("head", TAX, 200), ("duty-officer", None, 403), ("admin", None, 403)],
)
def test_a_position_may_be_refused_what_its_role_may_do(
    office: Office, position: str, org: str | None, status: int
) -> None:
    person = office.keyring.people.create(NewPerson("李四", position, org))  # type: ignore[arg-type]
    role = caller_as(person).role
    key = office.keyring.keys.create(Wanted(org, role, person=person.id)).text
    headers = {"Authorization": f"Bearer {key}"}
    answer = office.browser().request("POST", "/v1/signed", headers=headers)
    assert answer.status_code == status
    if position == "reporter":
        assert refused(answer) == (403, "position-not-allowed")
        assert answer.json()["errors"][0]["message_zh"] == "报送人员无权进行此操作。"


def test_what_was_typed_in_an_earlier_session_can_be_sent_in_this_one(office: Office) -> None:
    """Nobody loses an hour of typing: the page has it, and sends it once its reader wants that."""
    browser = office.browser(office.tax)
    html = {"Accept": "text/html", "Origin": "http://test"}
    answer = browser.post("/board/act", html, csrf="0" * 64, said='已报送<b a="1">')
    assert answer.status_code == 403
    assert "刚才填写的内容仍在" in answer.text
    assert "<b a" not in answer.text
    again = {
        one.attributes["name"]: one.attributes["value"]
        for one in read(answer.text).one("form", action="/board/act").all("input")
    }
    assert again == {"csrf": browser.csrf, "said": '已报送<b a="1">'}
    assert browser.post("/board/act", html, **again).json().endswith(' 已报送<b a="1">')


def test_a_page_that_another_site_could_have_made_is_never_offered_again(office: Office) -> None:
    browser = office.browser(office.tax)
    for headers in ({}, {"Origin": "http://evil.example"}):
        answer = browser.post("/board/act", {"Accept": "text/html", **headers}, said="x")
        assert answer.status_code == 403
        assert "<form" not in answer.text
        assert browser.csrf not in answer.text


def test_a_browser_is_told_a_problem_on_a_page_a_program_in_json(office: Office) -> None:
    stranger = office.browser()
    page = stranger.post("/board/act", {"Accept": "text/html", "Origin": "http://test"}, said="x")
    assert (page.status_code, page.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "在新窗口登录" in page.text
    assert page.headers["cache-control"] == "private, no-cache"
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert stranger.post("/board/act", said="x").headers["content-type"].endswith("problem+json")
    api = stranger.request("POST", "/v1/any", headers={"Accept": "text/html"})
    assert api.headers["content-type"].endswith("problem+json")
