"""Keys as people administer them, in a real database."""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network

import msgspec
import pytest

from duibiao.audit.reading import records_after
from duibiao.core.keys import key_id_of
from duibiao.store import Store
from duibiao.web.access import SCOPES
from duibiao.web.keyring import Keyring
from duibiao.web.keys import KeyNotLiveError, Keys, NoSuchKeyError, TooManyKeysError, Wanted
from duibiao.web.migrations import SCHEMA
from tests.support.asgi import bearer
from tests.support.clock import ManualClock

CUSTOMS = Wanted("customs", "org", "gateway")
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url, "access")
    SCHEMA.migrate(store)
    yield store
    store.close()


@pytest.fixture
def keys(store: Store, clock: ManualClock) -> Keys:
    return Keys(store, clock)


def audited(keys: Keys) -> list[tuple[str, str, str, dict[str, object]]]:
    """Return actor, act, subject and details of every record."""
    return [
        (str(row[2]), str(row[3]), str(row[4]), msgspec.json.decode(str(row[5])))
        for row in records_after(keys.store, 0, 100)
    ]


def test_a_new_key_is_what_was_asked_for(keys: Keys, clock: ManualClock) -> None:
    wanted = Wanted(
        "customs",
        "org",
        "gateway",
        frozenset({"read"}),
        (ip_network("10.1.0.0/16"), ip_network("fd00::/8")),
        clock.now() + DAY,
    )
    made = keys.create(wanted)
    (row,) = keys.rows()
    assert row == made.row
    assert (row.id, row.org, row.role, row.label) == (made.text[4:16], "customs", "org", "gateway")
    assert (row.scopes, row.networks) == (wanted.scopes, wanted.networks)
    assert (row.created_at, row.expires_at) == (clock.now(), clock.now() + DAY)
    assert (row.revoked_at, row.last_used_at) == (None, None)


def test_a_key_does_not_show_itself(keys: Keys) -> None:
    made = keys.create(CUSTOMS)
    assert made.text[16:] not in repr(made)
    assert made.text[16:] not in repr(keys.rows())


def test_the_newest_key_comes_first(keys: Keys, clock: ManualClock) -> None:
    first = keys.create(CUSTOMS)
    clock.advance(seconds=1)
    second = keys.create(Wanted(None, "auditor"))
    assert [row.id for row in keys.rows()] == [second.row.id, first.row.id]


@pytest.mark.parametrize(
    "wrong",
    [
        {"org": None, "role": "org"},
        {"org": "customs", "role": "office"},
        {"org": None, "role": "office", "scopes": frozenset()},
        {"org": None, "role": "office", "scopes": frozenset({"write"})},
        {"org": None, "role": "office", "label": "x" * 201},
        {"org": None, "role": "office", "label": "a\nb"},
        {"org": None, "role": "office", "networks": (ip_network("10.0.0.0/8"),) * 21},
    ],
)
def test_a_key_that_cannot_be_is_not_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"org|scopes|label|networks"):
        Wanted(**wrong)  # type: ignore[arg-type]


def test_a_moment_without_an_offset_is_none(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="offset"):
        Wanted(None, "office", expires_at=clock.now().replace(tzinfo=None))


def test_an_org_has_two_live_keys_and_no_third(keys: Keys) -> None:
    first = keys.create(CUSTOMS)
    keys.create(CUSTOMS)
    with pytest.raises(TooManyKeysError, match="customs"):
        keys.create(CUSTOMS)
    assert len(keys.rows()) == 2
    keys.create(Wanted("tax-bureau", "org"))
    keys.revoke(first.row.id)
    keys.create(CUSTOMS)
    assert len(audited(keys)) == 5


def test_what_has_expired_makes_room(keys: Keys, clock: ManualClock) -> None:
    keys.create(CUSTOMS)
    keys.create(Wanted("customs", "org", expires_at=clock.now() + DAY))
    clock.advance(days=1)
    keys.create(CUSTOMS)


def test_roles_without_an_org_are_not_counted(keys: Keys) -> None:
    for _ in range(5):
        keys.create(Wanted(None, "office"))
    assert len(keys.rows()) == 5


def test_a_key_is_revoked_once_and_for_good(keys: Keys, clock: ManualClock) -> None:
    made = keys.create(CUSTOMS)
    clock.advance(seconds=5)
    assert keys.revoke(made.row.id).revoked_at == clock.now()
    assert keys.rows()[0].state_at(clock.now()) == "revoked"
    with pytest.raises(KeyNotLiveError):
        keys.revoke(made.row.id)
    with pytest.raises(NoSuchKeyError):
        keys.revoke("nosuchkey000")


def test_an_expired_key_may_be_revoked_too(keys: Keys, clock: ManualClock) -> None:
    made = keys.create(Wanted("customs", "org", expires_at=clock.now() + DAY))
    clock.advance(days=2)
    assert keys.rows()[0].state_at(clock.now()) == "expired"
    assert keys.revoke(made.row.id).state_at(clock.now()) == "revoked"


def test_a_rotated_key_lives_on_only_as_long_as_asked(store: Store, clock: ManualClock) -> None:
    keyring = Keyring(store, clock)
    old = keyring.keys.create(CUSTOMS)
    new = keyring.keys.rotate(old.row.id, overlap=timedelta(hours=1))
    for made in (old, new):
        assert keyring.authenticate(bearer(made.text)).org == "customs"
    clock.advance(hours=1)
    assert keyring.authenticate(bearer(new.text)).key_id == key_id_of(new.text)
    with pytest.raises(KeyNotLiveError):
        keyring.keys.rotate(old.row.id)
    assert [row.label for row in keyring.keys.rows()] == ["gateway", "gateway"]
    keyring.close()


def test_a_rotated_key_hands_on_what_it_may(keys: Keys, clock: ManualClock) -> None:
    networks = (ip_network("10.1.0.0/16"),)
    old = keys.create(
        Wanted("customs", "org", "x", frozenset({"read"}), networks, clock.now() + 30 * DAY)
    )
    clock.advance(days=20)
    new = keys.rotate(old.row.id, overlap=5 * DAY).row
    assert (new.scopes, new.networks, new.label) == (old.row.scopes, networks, "x")
    assert new.expires_at == clock.now() + 30 * DAY, "as long as the old one was made for"
    (ending,) = [row for row in keys.rows() if row.id == old.row.id]
    assert ending.expires_at == clock.now() + 5 * DAY


def test_an_overlap_does_not_lengthen_a_life(keys: Keys, clock: ManualClock) -> None:
    end = clock.now() + DAY
    old = keys.create(Wanted("customs", "org", expires_at=end))
    keys.rotate(old.row.id, overlap=9 * DAY, expires_at=end + DAY)
    lives = {row.id: row.expires_at for row in keys.rows()}
    assert lives.pop(old.row.id) == end
    assert list(lives.values()) == [end + DAY]


def test_of_two_live_keys_one_is_rotated_only_without_an_overlap(keys: Keys) -> None:
    first, second = keys.create(CUSTOMS), keys.create(CUSTOMS)
    before = keys.rows()
    with pytest.raises(TooManyKeysError):
        keys.rotate(first.row.id, overlap=DAY)
    assert keys.rows() == before
    keys.rotate(first.row.id)
    keys.revoke(second.row.id)
    with pytest.raises(NoSuchKeyError):
        keys.rotate("nosuchkey000")


def test_every_change_is_audited_and_no_secret_with_it(keys: Keys, clock: ManualClock) -> None:
    end = clock.now() + DAY
    old = keys.create(
        Wanted("customs", "org", "x", expires_at=end), by="boss/admin/", note={"via": "here"}
    )
    new = keys.rotate(old.row.id, by="boss/admin/")
    keys.revoke(new.row.id)
    like = {
        "org": "customs",
        "role": "org",
        "person": None,
        "label": "x",
        "scopes": list(SCOPES),
        "networks": [],
        "expires_at": "2021-06-02T04:00:00Z",
    }
    whose = {name: like[name] for name in ("org", "role", "label")}
    replaced = {"replaces": old.row.id, "old_ends_at": "2021-06-01T04:00:00Z"}
    assert audited(keys) == [
        ("boss/admin/", "key.created", old.row.id, {**like, "via": "here"}),
        ("boss/admin/", "key.rotated", new.row.id, {**like, **replaced}),
        ("duibiao", "key.revoked", new.row.id, whose),
    ]
    text = repr(records_after(keys.store, 0, 100))
    assert old.text[16:59] not in text
    assert new.text[16:59] not in text


def test_what_was_refused_is_not_audited(keys: Keys) -> None:
    made = keys.create(CUSTOMS)
    keys.revoke(made.row.id)
    before = audited(keys)
    with pytest.raises(KeyNotLiveError):
        keys.revoke(made.row.id)
    assert audited(keys) == before
