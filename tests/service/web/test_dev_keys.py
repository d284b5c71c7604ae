import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duibiao.core.keys import key_id_of
from duibiao.store import Store
from duibiao.web.dev_keys import dev_keys
from duibiao.web.keyring import Keyring
from duibiao.web.keys import Wanted
from duibiao.web.problems import Problem
from tests.support.clock import ManualClock

ORGS = ["customs", "tax-bureau"]


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keyring]:
    store = Store(f"sqlite:///{tmp_path}/duibiao.db", "access")
    keyring = Keyring(store, ManualClock())
    yield keyring
    keyring.close()
    store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "dev-keys.json"


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_every_role_and_org_gets_a_key_that_works(keys: Keyring, path: Path) -> None:
    assert dev_keys(keys, ORGS, path)
    made = read(path)
    assert list(made) == ["office", "admin", "auditor", "orgs"]
    assert list(made["orgs"]) == ORGS
    for role in ("office", "admin", "auditor"):
        caller = keys.authenticate(f"Bearer {made[role]}")
        assert (caller.role, caller.org) == (role, None)
    for org in ORGS:
        caller = keys.authenticate(f"Bearer {made['orgs'][org]}")
        assert (caller.role, caller.org) == ("org", org)


def test_only_its_owner_may_read_the_file(keys: Keyring, path: Path) -> None:
    dev_keys(keys, ORGS, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["dev-keys.json"]


def test_a_second_start_changes_nothing(keys: Keyring, path: Path) -> None:
    dev_keys(keys, ORGS, path)
    before = path.read_bytes()
    assert not dev_keys(keys, ORGS, path)
    assert path.read_bytes() == before
    assert len(keys.keys.rows()) == 5


def test_an_org_that_came_later_gets_its_key_and_the_others_keep_theirs(
    keys: Keyring, path: Path
) -> None:
    dev_keys(keys, ORGS, path)
    before = read(path)
    assert dev_keys(keys, [*ORGS, "finance-bureau"], path)
    after = read(path)
    assert {org: after["orgs"][org] for org in ORGS} == before["orgs"]
    assert after["office"] == before["office"]
    assert keys.authenticate(f"Bearer {after['orgs']['finance-bureau']}").org == "finance-bureau"


def test_keys_whose_file_was_lost_are_revoked(keys: Keyring, path: Path) -> None:
    dev_keys(keys, ORGS, path)
    lost = read(path)["office"]
    by_hand = keys.keys.create(Wanted(None, "office", "by hand")).text
    path.unlink()
    assert dev_keys(keys, ORGS, path)
    with pytest.raises(Problem) as told:
        keys.authenticate(f"Bearer {lost}")
    assert told.value.faults[0].code == "key-revoked"
    assert keys.authenticate(f"Bearer {by_hand}").key_id == key_id_of(by_hand)


@pytest.mark.parametrize(
    "text", ["", "not json", "[]", '{"orgs": []}', '{"office": 5, "orgs": {"customs": null}}']
)
def test_a_broken_file_is_written_anew(keys: Keyring, path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    assert dev_keys(keys, ORGS, path)
    assert keys.authenticate(f"Bearer {read(path)['admin']}").role == "admin"


def test_a_file_of_another_database_is_written_anew(
    keys: Keyring, path: Path, tmp_path: Path
) -> None:
    dev_keys(keys, ORGS, path)
    store = Store(f"sqlite:///{tmp_path}/other.db", "access")
    other = Keyring(store, ManualClock())
    assert dev_keys(other, ORGS, path)
    assert other.authenticate(f"Bearer {read(path)['orgs']['customs']}").org == "customs"
    other.close()
    store.close()
