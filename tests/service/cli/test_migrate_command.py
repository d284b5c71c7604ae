"""`duibiao migrate`: shows the way, goes it, audits it; and how other schemas are refused."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from duibiao.audit.reading import records_after
from duibiao.store import Schema, Store
from services import __main__ as program
from services.cli import app
from services.cli.migrate import SCHEMAS
from tests.e2e import next_release
from tests.support.log_settings import logs_as_before

RUN = CliRunner()
NEWEST = {name: schema.newest for name, schema in SCHEMAS.items()}


@pytest.fixture(autouse=True)
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("DUIBIAO_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "160")
    with logs_as_before():
        yield database_url


def run(*arguments: str, code: int = 0) -> Result:
    result = RUN.invoke(app, ["migrate", *arguments])
    assert result.exit_code == code, result.output
    return result


def standing(url: str) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for name, schema in SCHEMAS.items():
        with closing(Store(url, name)) as store:
            revision = schema.revision(store)
            found[name] = revision.number if revision else None
    return found


def test_a_plan_shows_every_step_and_takes_none(url: str) -> None:
    shown = run("--plan", code=1).stdout
    assert shown.count("升级 up") == sum(NEWEST.values())
    for words in ("步骤 Steps", "access", "ingest", "indicators", "alerts", "会话和审计链。Keys"):
        assert words in shown
    assert set(standing(url).values()) == {None}


def test_it_goes_all_the_way_and_then_has_nothing_to_do(url: str) -> None:
    assert run().stdout.count("升级 up") == sum(NEWEST.values())
    assert standing(url) == NEWEST
    for arguments in ((), ("--plan",)):
        assert "无须改动" in run(*arguments).stdout


@pytest.fixture
def _next_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This release with one revision more of every schema."""
    folder = next_release.write(tmp_path / "next")
    for name, schema in SCHEMAS.items():
        monkeypatch.setitem(SCHEMAS, name, Schema(name, *schema.folders, folder / name))


@pytest.mark.usefixtures("_next_release")
def test_one_schema_goes_up_and_down_again(url: str) -> None:
    run()
    assert standing(url) == dict.fromkeys(NEWEST, 2)
    assert "退回，弃其数据" in run("--to", "ingest:1").stdout
    assert standing(url) == {**dict.fromkeys(NEWEST, 2), "ingest": 1}
    run("--to", "ingest:2")
    assert standing(url) == dict.fromkeys(NEWEST, 2)


@pytest.mark.parametrize("to", ["ingest", "ingest:", "ingest:0", "ingest:99", "duties:1", "2"])
def test_what_is_no_revision_is_refused_with_those_there_are(url: str, to: str) -> None:
    refused = run("--to", to, code=2)
    assert "没有这一版" in refused.output
    assert "ingest:1…" in refused.output
    assert set(standing(url).values()) == {None}


@pytest.mark.usefixtures("_next_release")
def test_every_step_is_audited_with_who_took_it(url: str) -> None:
    run()
    run("--to", "ingest:1")
    with closing(Store(url, "access")) as store:
        rows = [tuple(row[2:6]) for row in records_after(store, 0, 100)]
    assert {row[:2] for row in rows} == {("duibiao", "schema.migrated")}
    said = [(row[2], json.loads(str(row[3]))) for row in rows]
    assert [(name, told["revision"], told["way"]) for name, told in said] == [
        *((name, number, "up") for name in NEWEST for number in (1, 2)),
        ("ingest", 2, "down"),
    ]
    assert all(told["via"] == "command line" and told["user"] for _, told in said)


def ended(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """Run the product, which is to refuse; return what it said."""
    monkeypatch.setattr(sys, "argv", ["duibiao", *words])
    with pytest.raises(SystemExit) as end:
        program.main()
    said = capfd.readouterr().err
    assert end.value.code == 3, said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("words", ["migrate", "keys list", "migrate --plan"])
def test_a_product_older_than_the_store_ends_with_3_and_says_why(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    run()
    with closing(Store(url, "access")) as store, store.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0099_since_0098'")

    said = ended(capfd, monkeypatch, *words.split())

    assert "程序比库旧，请使用较新的程序" in said
    assert "it is older than the store, use a newer release" in said


def test_a_product_newer_than_the_store_ends_with_3_and_names_the_command(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("DUIBIAO_DATABASE_URL", postgres_url)

    said = ended(capfd, monkeypatch, "keys", "list")
    assert "请先运行 duibiao migrate" in said
    assert "run `duibiao migrate` first" in said
    assert standing(postgres_url)["access"] is None
