"""Sessions on the board: begun with a key, kept in a cookie, and ended in time."""

import re
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from duibiao.audit.reading import records_after
from duibiao.web.access import caller_as
from duibiao.web.keys import Wanted
from duibiao.web.people import NewPerson, People, PersonRow
from duibiao.web.sessions import MOST
from duibiao.web.tables import SESSIONS
from tests.service.web.browser import Browser
from tests.service.web.session_office import NAME, Office, is_out, opened, refused
from tests.support.registers import TAX


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(f"sqlite:///{tmp_path}/duibiao.db") as office:
        yield office


@pytest.fixture
def stored(database_url: str) -> Iterator[Office]:
    """The same on every kind of database."""
    with opened(database_url) as office:
        yield office


def test_a_key_begins_a_session_that_reads_everywhere(stored: Office) -> None:
    browser = stored.browser()
    answer = browser.sign_in(f" {stored.tax} ", "/board/orgs/tax-bureau?lang=en")

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/board/orgs/tax-bureau?lang=en",
    )
    assert answer.headers["cache-control"] == "no-store"
    actor = f"{stored.tax[4:16]}/org/{TAX}"
    assert browser.get("/v1/any").json() == browser.get("/board/mine").json() == actor
    assert browser.request("HEAD", "/v1/any").status_code == 200
    assert "市税务局" in browser.get("/board/sign-in").text


def test_the_cookie_is_for_our_own_pages_and_no_script(office: Office) -> None:
    cookie = office.browser().sign_in(office.tax).headers["set-cookie"]
    assert re.fullmatch(rf"{NAME}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=lax", cookie)


def test_over_https_the_cookie_is_secure_and_no_other_counts(office: Office) -> None:
    browser = Browser(office.app, site="https://test")
    cookie = browser.sign_in(office.tax).headers["set-cookie"]
    assert cookie.startswith(f"__Host-{NAME}=")
    assert "; Secure" in cookie
    assert "Domain" not in cookie
    assert not is_out(browser)
    browser.cookies = {NAME: browser.cookies[f"__Host-{NAME}"]}
    assert is_out(browser)


def test_behind_a_gateway_the_setting_says_that_people_use_https(office: Office) -> None:
    keyring, app = office.process("https://duibiao.example.gov.cn")
    browser = Browser(app, site="http://10.0.0.5:8080")
    origin = {"Origin": "https://duibiao.example.gov.cn"}
    answer = browser.post("/board/sign-in", origin, key=office.tax)
    assert answer.headers["set-cookie"].startswith(f"__Host-{NAME}=")
    assert browser.post("/board/act", origin, csrf=browser.csrf, said="x").status_code == 200
    keyring.close()


def test_the_store_has_the_hash_of_the_token_alone(stored: Office) -> None:
    token = stored.browser(stored.tax).cookies[NAME]
    with stored.store.read() as connection:
        (row,) = connection.execute(select(SESSIONS))
    assert row.hash == sha256(token.encode()).digest()
    assert token not in repr(row) + repr(records_after(stored.store, 0, 100))


@pytest.mark.parametrize("token", ["chosen", "A" * 43, "", 'x"; y'])
def test_a_session_that_somebody_chose_is_worth_nothing(office: Office, token: str) -> None:
    """Fixation: whoever puts a cookie into a browser does not have the session that it begins."""
    browser = office.browser()
    browser.cookies[NAME] = token
    assert is_out(browser)
    assert browser.sign_in(office.tax).status_code == 303
    assert browser.cookies[NAME] != token
    thief = office.browser()
    thief.cookies[NAME] = token
    assert is_out(thief)


def test_signing_in_again_ends_the_session_before(office: Office) -> None:
    browser, thief = office.browser(office.tax), office.browser()
    thief.cookies = dict(browser.cookies)
    assert not is_out(thief)
    browser.sign_in(office.admin)
    assert is_out(thief)
    assert browser.get("/v1/any").json().endswith("/admin/")


def test_a_session_ends_when_it_is_not_used_for_half_an_hour(stored: Office) -> None:
    browser = stored.browser(stored.tax)
    for _ in range(3):
        stored.clock.advance(seconds=29 * 60 + 59)
        assert not is_out(browser)
    stored.clock.advance(seconds=30 * 60)
    answer = browser.get("/board/mine?a=b")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/board/sign-in?next=/board/mine%3Fa%3Db"
    assert refused(browser.get("/v1/any")) == (401, "session-ended")


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(office: Office) -> None:
    browser = office.browser(office.tax)
    for _ in range(12 * 3 - 1):
        office.clock.advance(seconds=20 * 60)
        assert not is_out(browser)
    office.clock.advance(seconds=20 * 60 - 1)
    assert not is_out(browser)
    office.clock.advance(seconds=1)
    assert is_out(browser)


def test_use_in_one_process_counts_in_the_others_and_is_written_once_a_minute(
    stored: Office,
) -> None:
    keyring, app = stored.process()
    browser, other = stored.browser(stored.tax), Browser(app)
    other.cookies = browser.cookies
    assert not is_out(other)

    def seen() -> int:
        with stored.store.read() as connection:
            return int(connection.execute(select(SESSIONS.c.seen_at)).scalar_one())

    began = seen()
    for _ in range(6):
        stored.clock.advance(seconds=10)
        assert not is_out(browser)
        stored.keyring.note_uses()
    assert seen() - began == 60_000_000
    stored.clock.advance(seconds=30 * 60 - 1)
    assert not is_out(other)
    keyring.close()


def test_a_key_in_the_header_counts_before_the_cookie(office: Office) -> None:
    browser = office.browser(office.tax)
    headers = {"Authorization": f"Bearer {office.admin}"}
    assert browser.request("POST", "/v1/any", headers=headers).json().endswith("/admin/")
    bad = browser.get("/v1/any", {"Authorization": "Bearer dbk_no"})
    assert refused(bad) == (401, "key-malformed")
    session = browser.get("/v1/any", {"Authorization": f"Session {browser.cookies[NAME]}"})
    assert refused(session) == (401, "key-missing")


def test_a_session_ends_with_its_key_in_every_process(office: Office) -> None:
    keyring, app = office.process()
    browser, other = office.browser(office.tax), Browser(app)
    other.cookies = browser.cookies
    assert not is_out(other)
    office.keyring.keys.revoke(office.tax[4:16])
    assert is_out(browser)
    office.clock.advance(seconds=2)
    assert is_out(other)
    keyring.close()


def test_a_session_ends_when_its_key_expires(office: Office) -> None:
    end = office.clock.now() + timedelta(minutes=10)
    browser = office.browser(office.keyring.keys.create(Wanted(None, "admin", expires_at=end)).text)
    office.clock.advance(seconds=599)
    assert not is_out(browser)
    office.clock.advance(seconds=1)
    assert is_out(browser)


def test_a_person_who_has_ended_is_out_with_every_key_and_session(stored: Office) -> None:
    person, key = stored.person()
    by_key, without = stored.browser(key), stored.browser()
    without.cookies[NAME] = stored.keyring.sessions.begin(caller_as(person))
    assert by_key.get("/v1/any").json() == f"{key[4:16]}/org/{TAX}/{person.id}/张三"
    assert without.get("/v1/any").json() == f"/org/{TAX}/{person.id}/张三"
    stored.keyring.people.end(person.id)
    assert is_out(by_key)
    assert is_out(without)
    assert stored.browser().sign_in(key).status_code == 401


def test_signing_out_ends_one_session_or_all(stored: Office) -> None:
    person, key = stored.person()
    first, second, third = (stored.browser(key) for _ in range(3))
    stolen = stored.browser()
    stolen.cookies = dict(first.cookies)
    answer = first.post("/board/sign-out", csrf=first.csrf)
    assert (answer.status_code, answer.headers["location"]) == (303, "/board")
    assert first.cookies == {}
    assert is_out(stolen)
    assert not is_out(second)
    second.post("/board/sign-out", csrf=second.csrf, everywhere="1")
    assert is_out(third)
    actor = f"{key[4:16]}/org/{TAX}/{person.id}/张三"
    assert stored.acts()[-5:] == [
        *[(actor, "session.begun", person.id)] * 3,
        (actor, "session.ended", person.id),
        (actor, "sessions.ended", person.id),
    ]


def test_the_oldest_of_too_many_sessions_gives_way(stored: Office) -> None:
    browsers = []
    for _ in range(MOST + 1):
        browsers.append(stored.browser(stored.tax))
        stored.clock.advance(seconds=1)
    assert [is_out(browser) for browser in browsers] == [True] + [False] * MOST


def test_sessions_that_are_over_are_cleared_away(stored: Office) -> None:
    stored.browser(stored.tax)
    stored.clock.advance(hours=1)
    stored.browser(stored.admin)
    with stored.store.read() as connection:
        assert len(connection.execute(select(SESSIONS)).all()) == 1


def test_two_first_sign_ins_at_once_are_of_one_person(
    stored: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = People.create

    def beaten(people: People, wanted: NewPerson) -> PersonRow:
        monkeypatch.undo()
        create(people, wanted)
        return create(people, wanted)

    monkeypatch.setattr(People, "create", beaten)
    found = stored.keyring.people.known(NewPerson("李四", "head", TAX, subject="u1"))
    assert [row.id for row in stored.keyring.people.rows()] == [found.id]
