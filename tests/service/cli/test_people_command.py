"""`duibiao people`: on the store itself; a key is shown once, and no is said with 1."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from duibiao.audit.reading import records_after
from duibiao.core import SystemClock
from duibiao.store import Store
from duibiao.web.keyring import Keyring
from duibiao.web.problems import Problem
from services.cli.people import app
from tests.support.asgi import bearer

KEY = re.compile(r"dbk_[0-9A-Za-z]{61}")


@pytest.fixture(autouse=True)
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/duibiao.db"
    monkeypatch.setenv("DUIBIAO_DATABASE_URL", url)
    monkeypatch.setenv("COLUMNS", "160")
    return url


@pytest.fixture
def keyring(url: str) -> Iterator[Keyring]:
    store = Store(url, "access")
    keyring = Keyring(store, SystemClock())
    yield keyring
    keyring.close()
    store.close()


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result


def asked(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(run(*arguments, "--json").stdout)


def test_a_person_is_added_with_a_key_listed_and_ended(keyring: Keyring) -> None:
    shown = run("create", "张三", "--position", "head", "--org", "tax-bureau").stdout
    (text,) = KEY.findall(shown)
    assert shown.splitlines()[-1] == text
    caller = keyring.authenticate(bearer(text))
    assert (caller.position, caller.person and caller.person.name) == ("head", "张三")

    (row,) = asked("list")["items"]
    assert (row["name"], row["position"], row["org"]) == ("张三", "head", "tax-bureau")
    table = run("list").stdout
    for words in (row["id"], "张三", "单位负责人", "在用 live"):
        assert words in table
    assert not KEY.search(table)

    assert "张三" in run("end", row["id"]).stdout
    with pytest.raises(Problem):
        Keyring(keyring.keys.store, SystemClock()).authenticate(bearer(text))
    assert asked("list")["items"] == []
    assert asked("list", "--all")["items"][0]["ended_at"] is not None
    assert "已停用 ended" in run("list", "--all").stdout
    run("end", row["id"], code=1)

    details = [msgspec.json.decode(str(row[5])) for row in records_after(keyring.keys.store, 0, 9)]
    assert {one["via"] for one in details} == {"command line"}


def test_a_person_may_be_added_without_a_key(keyring: Keyring) -> None:
    made = asked("create", "李四", "--position", "auditor", "--subject", "u-7", "--no-key")
    assert (made["key"], made["subject"]) == (None, "u-7")
    assert keyring.keys.rows() == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("x", "--position", "head"),
        ("x", "--position", "boss"),
        ("x", "--position", "auditor", "--org", "tax-bureau"),
        ("x", "--position", "head", "--org", "nobody"),
        ("x" * 61, "--position", "auditor"),
        ("a\tb", "--position", "auditor"),
        (" ", "--position", "auditor"),
    ],
)
def test_nobody_can_be_like_that(keyring: Keyring, arguments: tuple[str, ...]) -> None:
    run("create", *arguments, code=2)
    assert keyring.people.rows() == []
