"""Keys in a real database; time moves by hand, the readers are as many processes as we like."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from duibiao.core.keys import checksum, key_id_of, new_key
from duibiao.store import Store, StoreUnavailable
from duibiao.web.access import Caller
from duibiao.web.keyring import Keyring
from duibiao.web.problems import Problem
from tests.support.asgi import bearer, id_of, made
from tests.support.clock import ManualClock


class CountingStore(Store):
    """A store that counts its readings and can be made unreachable."""

    reads = 0
    gone = False

    def read(self) -> AbstractContextManager[Connection]:
        self.reads += 1
        if self.gone:
            raise StoreUnavailable("the disk is gone")
        return super().read()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/duibiao.db"


@pytest.fixture
def store(url: str) -> Iterator[CountingStore]:
    store = CountingStore(url, "access")
    yield store
    store.close()


@pytest.fixture
def keys(store: CountingStore, clock: ManualClock) -> Iterator[Keyring]:
    keyring = Keyring(store, clock)
    store.reads = 0  # what it asked of the schema when it opened apart
    yield keyring
    keyring.close()


@pytest.fixture
def elsewhere(url: str, clock: ManualClock) -> Iterator[Keyring]:
    """The same keys as another process sees them."""
    store = Store(url, "access")
    keyring = Keyring(store, clock)
    yield keyring
    keyring.close()
    store.close()


def refused(keyring: Keyring, header: str | None) -> str:
    with pytest.raises(Problem) as told:
        keyring.authenticate(header)
    assert told.value.status == 401
    assert told.value.headers["WWW-Authenticate"].startswith("Bearer")
    (only,) = told.value.faults
    return only.code


def test_a_key_names_its_caller(keys: Keyring) -> None:
    tax, office = made(keys, "tax-bureau", "org"), made(keys, None, "office")
    assert keys.authenticate(bearer(tax)) == Caller("tax-bureau", "org", tax[4:16])
    assert keys.authenticate(f"bearer  {office} ") == Caller(None, "office", office[4:16])


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "key-missing"),
        ("", "key-missing"),
        ("Basic dXNlcjpwYXNz", "key-missing"),
        ("Bearer", "key-malformed"),
        ("Bearer dbk_abc", "key-malformed"),
        pytest.param(bearer(new_key().text[:-1] + "é"), "key-malformed", id="mistyped"),
        pytest.param(bearer(new_key().text), "key-unknown", id="nobody's"),
    ],
)
def test_what_is_no_good_key_is_refused(keys: Keyring, header: str | None, code: str) -> None:
    assert refused(keys, header) == code


def test_the_right_id_with_another_secret_is_unknown(keys: Keyring) -> None:
    text = made(keys, None, "admin")
    body = text[:16] + new_key().text[16:59]
    assert refused(keys, bearer(body + checksum(body))) == "key-unknown"


def test_a_header_that_only_begins_like_a_good_one_is_no_good(keys: Keyring) -> None:
    good = bearer(made(keys, None, "office"))
    assert keys.authenticate(good) == keys.authenticate(good)
    for odd in (good[:-1], good + "x", good[:30] + "é" + good[31:], good[:23] + "\udc80" * 49):
        assert refused(keys, odd) == "key-malformed"
    assert keys.authenticate(good).role == "office"


def test_a_refusal_quotes_nothing_of_the_key(keys: Keyring) -> None:
    text = new_key().text
    with pytest.raises(Problem) as told:
        keys.authenticate(bearer(text))
    said = repr((told.value, told.value.faults, told.value.detail, told.value.headers))
    assert text[4:] not in said
    assert text[16:59] not in said


def test_a_mistyped_key_never_reaches_the_database(keys: Keyring, store: CountingStore) -> None:
    text = new_key().text
    before = store.reads
    assert refused(keys, bearer(text[:-1] + ("a" if text[-1] != "a" else "b"))) == "key-malformed"
    assert store.reads == before


def test_a_good_key_is_read_once_in_two_seconds(
    keys: Keyring, store: CountingStore, clock: ManualClock
) -> None:
    text = made(keys, None, "office")
    for _ in range(100):
        keys.authenticate(bearer(text))
    assert store.reads == 1
    clock.advance(seconds=2)
    keys.authenticate(bearer(text))
    keys.authenticate(bearer(text))
    assert store.reads == 2


def test_bad_guesses_cost_at_most_five_readings_a_second(
    keys: Keyring, store: CountingStore, clock: ManualClock
) -> None:
    for _ in range(100):
        clock.advance(seconds=0.01)
        refused(keys, bearer(new_key().text))
    assert store.reads <= 6


def test_a_key_made_in_another_process_works_at_once(
    keys: Keyring, elsewhere: Keyring, clock: ManualClock
) -> None:
    refused(elsewhere, bearer(new_key().text))
    clock.advance(seconds=0.2)
    text = made(keys, "customs", "org")
    assert elsewhere.authenticate(bearer(text)).org == "customs"


def test_a_revoked_key_is_refused_everywhere_within_five_seconds(
    keys: Keyring, elsewhere: Keyring, clock: ManualClock
) -> None:
    text = made(keys, "customs", "org")
    assert elsewhere.authenticate(bearer(text)).org == "customs"
    keys.keys.revoke(text[4:16])
    assert refused(keys, bearer(text)) == "key-revoked"
    clock.advance(seconds=4.9)
    assert refused(elsewhere, bearer(text)) == "key-revoked"


def test_a_key_expires_on_time_without_being_read_again(
    keys: Keyring, store: CountingStore, clock: ManualClock
) -> None:
    text = made(keys, None, "office", expires_at=clock.now() + timedelta(seconds=1))
    keys.authenticate(bearer(text))
    clock.advance(seconds=1)
    assert refused(keys, bearer(text)) == "key-expired"
    assert store.reads == 1


def test_no_key_stands_in_the_file(keys: Keyring, tmp_path: Path) -> None:
    text = made(keys, "customs", "org")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert text[4:16].encode() in kept
    assert text[16:59].encode() not in kept


def test_the_database_refuses_an_org_key_without_an_org(keys: Keyring, tmp_path: Path) -> None:
    made(keys, "customs", "org")
    with (
        closing(sqlite3.connect(tmp_path / "duibiao-access.db")) as other,
        pytest.raises(sqlite3.IntegrityError),
    ):
        other.execute("UPDATE keys SET org = NULL")


def test_an_odd_row_of_another_release_keeps_nobody_out(
    keys: Keyring, store: CountingStore
) -> None:
    key_id = id_of(made(keys, None, "auditor"))
    with store.begin() as tx:
        tx.execute(text("UPDATE keys SET scopes = 'read future' WHERE id = :id"), {"id": key_id})
    assert key_id in [row.id for row in keys.keys.rows()]


def test_a_short_outage_of_the_store_is_bridged_and_a_long_one_lets_nobody_in(
    keys: Keyring, store: CountingStore, clock: ManualClock
) -> None:
    text = made(keys, None, "office")
    keys.authenticate(bearer(text))
    store.gone = True
    clock.advance(seconds=3.9)
    assert keys.authenticate(bearer(text)).role == "office"
    clock.advance(seconds=0.2)
    with pytest.raises(StoreUnavailable):
        keys.authenticate(bearer(text))
    store.gone = False
    clock.advance(seconds=1)
    assert keys.authenticate(bearer(text)).role == "office"


def test_an_outage_is_not_asked_about_by_every_request(
    keys: Keyring, store: CountingStore, clock: ManualClock
) -> None:
    text = made(keys, None, "office")
    keys.authenticate(bearer(text))
    store.gone = True
    clock.advance(seconds=3)
    before = store.reads
    for _ in range(50):
        keys.authenticate(bearer(text))
    assert store.reads == before + 1


def test_many_requests_at_once_share_one_reading(keys: Keyring, store: CountingStore) -> None:
    text = made(keys, "customs", "org")

    async def all_at_once() -> list[Caller]:
        return await asyncio.gather(*(keys.admit(bearer(text)) for _ in range(50)))

    assert {caller.org for caller in asyncio.run(all_at_once())} == {"customs"}
    assert store.reads == 1


def test_admission_refuses_like_authentication(keys: Keyring) -> None:
    with pytest.raises(Problem) as told:
        asyncio.run(keys.admit(bearer(new_key().text)))
    assert told.value.faults[0].code == "key-unknown"


def test_keys_outlive_the_process(keys: Keyring, url: str, clock: ManualClock) -> None:
    text = made(keys, "customs", "org")
    again = Store(url, "access")
    keyring = Keyring(again, clock)
    assert keyring.authenticate(bearer(text)).key_id == key_id_of(text)
    keyring.close()
    again.close()


def test_what_a_key_may_do_and_from_where_goes_with_its_caller(keys: Keyring) -> None:
    networks = (ip_network("10.0.0.0/8"),)
    text = made(keys, None, "office", scopes=frozenset({"read"}), networks=networks)
    for _ in range(2):
        caller = keys.authenticate(bearer(text))
        assert caller.scopes == {"read"}
        assert caller.networks == networks
