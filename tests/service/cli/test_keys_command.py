"""`duibiao keys`: works on the store itself, shows a key once, and says no with 1."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from duibiao.audit.reading import records_after
from duibiao.core import SystemClock
from duibiao.store import Store
from duibiao.web.keyring import Keyring
from services.cli.keys import app
from tests.support.asgi import bearer
from tests.support.audit import needs_sm3

RUN = CliRunner()
KEY = re.compile(r"dbk_[0-9A-Za-z]{61}")


@pytest.fixture(autouse=True)
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/duibiao.db"
    monkeypatch.setenv("DUIBIAO_DATABASE_URL", url)
    monkeypatch.setenv("COLUMNS", "160")
    return url


@pytest.fixture
def keyring(url: str) -> Iterator[Keyring]:
    """The keys as a running service knows them."""
    store = Store(url, "access")
    keyring = Keyring(store, SystemClock())
    yield keyring
    keyring.close()
    store.close()


def run(*arguments: str, code: int = 0) -> Result:
    result = RUN.invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result


def asked(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(run(*arguments, "--json").stdout)


def test_a_key_is_shown_once_and_works_at_once(keyring: Keyring) -> None:
    shown = run("create", "--org", "tax-bureau", "--label", "网关").stdout
    (text,) = KEY.findall(shown)
    assert shown.splitlines()[-1] == text, "on a line of its own, whole"
    assert keyring.authenticate(bearer(text)).org == "tax-bureau"
    for words in ("tax-bureau", "网关", "有效 live", text[4:16], "网段不限"):
        assert words in shown
    assert not KEY.search(run("list").stdout)


def test_a_key_is_made_as_it_is_asked_for(keyring: Keyring) -> None:
    made = asked(
        *("create", "--role", "auditor", "--scope", "read", "--scope", "dry_run"),
        *("--network", "10.0.0.0/8", "--network", "fd00::/8", "--expires", "2199-01-01"),
    )
    (row,) = keyring.keys.rows()
    assert made["key"][4:16] == made["id"] == row.id
    assert (row.role, row.org) == ("auditor", None)
    assert row.scopes == {"read", "dry_run"}
    assert [str(network) for network in row.networks] == ["10.0.0.0/8", "fd00::/8"]
    assert row.expires_at == datetime(2198, 12, 31, 16, tzinfo=UTC)
    assert made["expires_at"] == "2198-12-31T16:00:00Z"
    assert asked("list")["items"] == [{name: made[name] for name in made if name != "key"}]


def test_lists_show_live_keys_unless_all_are_wanted(keyring: Keyring) -> None:
    assert asked("list") == {"items": []}
    first = asked("create", "--org", "tax-bureau")
    asked("create", "--org", "finance-bureau")
    asked("revoke", first["id"])
    assert [row["org"] for row in asked("list")["items"]] == ["finance-bureau"]
    assert [row["org"] for row in asked("list", "--all")["items"]] == [
        "finance-bureau",
        "tax-bureau",
    ]
    assert [row["state"] for row in asked("list", "--all", "--org", "tax-bureau")["items"]] == [
        "revoked"
    ]
    assert len(keyring.keys.rows()) == 2
    assert "已吊销 revoked" in run("list", "--all").stdout


def test_a_revoked_key_is_refused_and_is_revoked_once(keyring: Keyring) -> None:
    made = asked("create", "--role", "office")
    assert keyring.authenticate(bearer(made["key"])).role == "office"
    assert asked("revoke", made["id"])["state"] == "revoked"
    refused = run("revoke", made["id"], code=1)
    assert "已吊销或已过期" in refused.stderr
    assert "没有密钥 nosuchkey000" in run("revoke", "nosuchkey000", code=1).stderr


def test_both_keys_work_while_one_takes_over(keyring: Keyring) -> None:
    old = asked("create", "--org", "tax-bureau", "--scope", "read")
    new = asked("rotate", old["id"], "--overlap-hours", "48")
    for made in (old, new):
        caller = keyring.authenticate(bearer(made["key"]))
        assert caller.org == "tax-bureau"
        assert caller.scopes == {"read"}
    ends = {row.id: row.expires_at for row in keyring.keys.rows()}
    now = datetime.now(UTC)
    assert timedelta(hours=47.9) < (ends[old["id"]] or now) - now <= timedelta(hours=48)
    assert ends[new["id"]] is None
    assert "已有 2 个有效密钥" in run("rotate", old["id"], code=1).stderr
    assert "已有 2 个有效密钥" in run("create", "--org", "tax-bureau", code=1).stderr
    assert "没有密钥" in run("rotate", "nosuchkey000", code=1).stderr


def test_a_new_end_may_be_given_when_rotating() -> None:
    old = asked("create", "--org", "tax-bureau", "--expires", "2190-01-01")
    new = asked("rotate", old["id"], "--overlap-hours", "0", "--expires", "2195-01-01")
    assert new["expires_at"] == "2194-12-31T16:00:00Z"
    assert [row["id"] for row in asked("list")["items"]] == [new["id"]]


@pytest.mark.parametrize(
    "arguments",
    [
        ("create",),
        ("create", "--org", "nobody"),
        ("create", "--org", "tax-bureau", "--role", "office"),
        ("create", "--role", "boss"),
        ("create", "--role", "office", "--scope", "write"),
        ("create", "--role", "office", "--network", "10.0.0.1/8"),
        ("create", "--role", "office", "--expires", "soon"),
        ("create", "--role", "office", "--expires", "2020-01-01"),
        ("create", "--role", "office", "--label", "a\nb"),
        ("rotate", "nosuchkey000", "--overlap-hours", "-1"),
        ("revoke",),
        ("list", "--colour"),
        ("mend",),
    ],
)
def test_wrong_use_is_two_and_changes_nothing(keyring: Keyring, arguments: tuple[str, ...]) -> None:
    run(*arguments, code=2)
    assert keyring.keys.rows() == []


def test_the_audit_log_says_who_did_it_where(keyring: Keyring) -> None:
    made = asked("create", "--org", "tax-bureau")
    new = asked("rotate", made["id"], "--overlap-hours", "0")
    asked("revoke", new["id"])
    rows = records_after(keyring.keys.store, 0, 10)
    assert [row[2:5] for row in rows] == [
        ("duibiao", "key.created", made["id"]),
        ("duibiao", "key.rotated", new["id"]),
        ("duibiao", "key.revoked", new["id"]),
    ]
    for row in rows:
        details = json.loads(str(row[5]))
        assert details["via"] == "command line"
        assert details["user"]
    assert made["key"][16:] not in repr(rows)


@needs_sm3
def test_the_settings_choose_the_hash(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUIBIAO_AUDIT_HASH", "sm3")
    asked("create", "--role", "office")
    assert [row[6] for row in records_after(keyring.keys.store, 0, 10)] == ["sm3"]
