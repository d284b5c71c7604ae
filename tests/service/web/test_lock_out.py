"""Whoever fails to sign in too often is locked out, by address and by key id."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from duibiao.audit.reading import records_after
from duibiao.core.keys import checksum, new_key
from duibiao.web.lock_out import LockOut
from duibiao.web.problems import Problem
from tests.service.web.browser import Browser
from tests.service.web.session_office import Office, opened
from tests.support.asgi import Calls
from tests.support.clock import ManualClock

HOME, ELSEWHERE = "10.1.2.3", "192.0.2.7"
QUARTER = 15 * 60


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(f"sqlite:///{tmp_path}/duibiao.db") as office:
        yield office


def attempt(office: Office, key: str, address: str = HOME) -> httpx.Response:
    return Browser(office.app, client=address).sign_in(key)


def guess(of: str = "") -> str:
    """Return a well-formed key that is none, with the id of another where one is given."""
    body = (of[:16] or "dbk_") + new_key().text[len(of[:16]) or 4 : -6]
    return body + checksum(body)


def samples(office: Office) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(office.keyring.lock_out)
    text = generate_latest(registry).decode()
    return {n: float(v) for n, v in re.findall(r"^(duibiao_\S+) (\S+)$", text, re.MULTILINE)}


def audited(office: Office) -> list[str]:
    acts = records_after(office.store, 0, 1000)
    return [str(act[4]) for act in acts if act[3] == "sign-in.locked"]


def test_ten_failures_lock_an_address_for_a_quarter_of_an_hour(office: Office) -> None:
    answers = [attempt(office, guess()) for _ in range(10)]
    assert [answer.status_code for answer in answers] == [401] * 10
    locked = attempt(office, office.tax)  # even with a good key

    assert locked.status_code == 429
    assert locked.headers["retry-after"] == str(QUARTER)
    assert "登录已失败10次，请在900秒后再试" in locked.text
    assert "set-cookie" not in locked.headers
    assert attempt(office, office.tax, ELSEWHERE).status_code == 303
    office.clock.advance(seconds=QUARTER - 1)
    assert attempt(office, office.tax).headers["retry-after"] == "1"
    office.clock.advance(seconds=1)
    assert attempt(office, office.tax).status_code == 303
    assert audited(office) == [f"address {HOME}"]


@pytest.mark.parametrize("wrong", ["", "x", "dbk_", "密钥"])
def test_what_is_no_key_counts_against_the_address(office: Office, wrong: str) -> None:
    for _ in range(10):
        assert attempt(office, wrong).status_code == 401
    assert attempt(office, office.tax).status_code == 429


def test_the_lock_says_nothing_of_the_key(office: Office) -> None:
    for _ in range(10):
        attempt(office, guess())
    good, bad, none = (attempt(office, key) for key in (office.tax, guess(office.tax), "x"))
    assert good.text == bad.text == none.text
    assert good.headers.keys() == bad.headers.keys() == none.headers.keys()


def test_a_key_id_is_locked_from_everywhere_but_not_for_programs(office: Office) -> None:
    for number in range(10):
        assert attempt(office, guess(office.tax), f"10.0.0.{number}").status_code == 401
    assert attempt(office, office.tax, ELSEWHERE).status_code == 429
    assert attempt(office, office.admin, ELSEWHERE).status_code == 303

    program = Calls(office.app, office.tax, client="10.0.0.1")
    assert program.post("/v1/any").status_code == 200
    assert audited(office) == [f"key {office.tax[4:16]}"]


def test_sessions_that_began_before_go_on(office: Office) -> None:
    browser = office.browser(office.tax)
    for _ in range(10):
        attempt(office, guess(office.tax), "127.0.0.1")
    assert browser.get("/board/mine").status_code == 200


def test_failures_are_forgotten_after_a_quarter_of_an_hour(office: Office) -> None:
    for _ in range(9):
        attempt(office, guess())
    office.clock.advance(seconds=QUARTER)
    for _ in range(9):
        assert attempt(office, guess()).status_code == 401
    assert attempt(office, office.tax).status_code == 303


def test_a_line_of_ipv6_is_one_address(office: Office) -> None:
    for number in range(10):
        attempt(office, guess(), f"2001:db8:1:2::{number}")
    assert attempt(office, office.tax, "2001:db8:1:2:ffff::1").status_code == 429
    assert attempt(office, office.tax, "2001:db8:1:3::1").status_code == 303


def test_attempts_while_locked_do_not_lengthen_it(office: Office) -> None:
    for _ in range(10):
        attempt(office, guess())
    office.clock.advance(seconds=QUARTER / 2)
    for _ in range(30):
        assert attempt(office, guess()).status_code == 429
    office.clock.advance(seconds=QUARTER / 2)
    assert attempt(office, office.tax).status_code == 303


def test_it_is_counted(office: Office) -> None:
    locked = 'duibiao_sign_in_locked{kind="%s"}'
    names = ("duibiao_sign_in_failures_total", locked % "address", locked % "key")
    assert samples(office) == dict.fromkeys(names, 0)
    for _ in range(10):
        attempt(office, guess(office.tax))
    attempt(office, office.tax)
    attempt(office, office.admin, ELSEWHERE)
    assert samples(office) == dict(zip(names, (10, 1, 1), strict=True))
    office.clock.advance(seconds=QUARTER)
    assert samples(office) == dict(zip(names, (10, 0, 0), strict=True))


def test_the_memory_is_bounded_and_locks_are_kept_longest() -> None:
    lock_out = LockOut(ManualClock().monotonic)
    for _ in range(10):
        lock_out.failed("address locked")
    for number in range(25_000):
        lock_out.failed(f"address {number}")
    assert len(lock_out._failures) <= 10_000  # noqa: SLF001
    with pytest.raises(Problem):
        lock_out.check("address locked")
    lock_out.check("address 3")
