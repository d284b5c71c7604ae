"""`duibiao audit verify`: every chain walked, the first bad record named, exit code 0, 1 or 2."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData
from typer.testing import CliRunner

from duibiao.audit import Act, AuditLog, AuditTables
from duibiao.audit.checkpoints import CheckpointPublisher
from duibiao.bus import Event
from duibiao.bus.opening import open_bus
from duibiao.bus.outbox import Outbox
from duibiao.bus.relay import Relay
from duibiao.core import Settings, SystemClock
from duibiao.store import Store
from services.cli import app
from services.cli.audit import CHAINS
from tests.support.log_settings import logs_as_before
from tests.support.stores import make

RUN = CliRunner()
TOPIC = "duibiao.audit-heads.v1"


@dataclass
class Installation:
    """Four chains of three records, every head published; what it is told and by whom."""

    folder: Path

    def __post_init__(self) -> None:
        for chain in CHAINS:
            self._write(chain)

    def _write(self, chain: str) -> None:
        clock, metadata = SystemClock(), MetaData()
        tables, outbox = AuditTables(metadata, chain), Outbox(metadata)
        store = Store(Settings().database_url, chain)
        make(store, metadata)
        log = AuditLog(tables, store, clock)
        with store.begin() as tx:
            log.append(tx, [Act("duibiao", "x", f"{chain}-{n}") for n in range(3)])
        bus = open_bus(Settings(), clock)
        relay = Relay("relay", outbox.source(store), bus, idle=0.01)
        publisher = CheckpointPublisher(
            chain, [log], store=store, outbox=outbox, topic_prefix="duibiao.", clock=clock
        )
        for part in (bus, relay, publisher):
            part.start()
        for part in (publisher, relay, bus):
            part.stop(5)
        store.close()

    def by_hand(self, chain: str, *statements: str) -> None:
        with closing(sqlite3.connect(self.folder / f"duibiao-{chain}.db")) as file:
            for statement in statements:
                file.execute(statement)
            file.commit()


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUIBIAO_DATABASE_URL", f"sqlite:///{tmp_path}/duibiao.db")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    with logs_as_before():
        yield


@pytest.fixture
def product(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def verify(code: int) -> str:
    result = RUN.invoke(app, ["audit", "verify"])
    assert result.exit_code == code, result.output
    return result.stdout


def asked(code: int) -> dict[str, dict[str, Any]]:
    """Return what is said of each chain, asked in JSON."""
    result = RUN.invoke(app, ["audit", "verify", "--json"])
    assert result.exit_code == code, result.output
    document = json.loads(result.stdout)
    assert document["valid"] == (code == 0)
    return {one["chain"]: one for one in document["chains"]}


def unsound(code: int = 1) -> dict[str, tuple[int, str]]:
    """Return number and reason of the first bad record of each chain that has one."""
    return {
        chain: (one["bad"]["sequence"], one["bad"]["reason"])
        for chain, one in asked(code).items()
        if not one["valid"]
    }


def test_sound_chains_are_good(product: Installation) -> None:
    del product
    shown = verify(0)
    assert shown.count("完好 valid") == 4
    for chain, one in asked(0).items():
        assert one == {
            "chain": chain,
            "valid": True,
            "records": 3,
            "published": one["published"],
            "bad": None,
            "unreadable": None,
        }
        assert one["published"] >= 1
    assert list(asked(0)) == list(CHAINS)


def test_nothing_to_read_is_wrong_use(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["audit", "verify"])
    assert result.exit_code == 2
    assert "没有审计记录" in result.stderr
    assert list(tmp_path.iterdir()) == [], "looking leaves nothing behind"


@pytest.mark.parametrize("chain", CHAINS)
def test_one_byte_changed_is_named_with_its_chain(product: Installation, chain: str) -> None:
    product.by_hand(chain, "UPDATE audit SET subject = subject || '.' WHERE sequence = 2")
    shown = verify(1)
    assert f"{chain}: 第 2 条记录内容与哈希不符。Record 2: its content does not give its" in shown
    assert shown.count("有问题 invalid") == 1
    assert unsound() == {chain: (2, "altered")}


def test_all_bad_chains_are_told_at_once(product: Installation) -> None:
    product.by_hand("ingest", "DELETE FROM audit WHERE sequence = 1")
    product.by_hand("alerts", "UPDATE audit SET hash = zeroblob(32) WHERE sequence = 3")
    assert unsound() == {"ingest": (1, "missing"), "alerts": (3, "altered")}


def test_a_tail_cut_off_with_care_is_told_by_the_published_head(product: Installation) -> None:
    product.by_hand(
        "ingest",
        "DELETE FROM audit WHERE sequence = 3",
        "UPDATE audit_head SET sequence = 2, hash = (SELECT hash FROM audit WHERE sequence = 2)",
    )
    assert (
        "ingest: 第 3 条记录缺失。Record 3: it is missing (检查点公布于 checkpoint published at"
        in verify(1)
    )
    assert unsound() == {"ingest": (3, "missing")}


def test_a_chain_begun_anew_is_told_by_the_published_head(product: Installation) -> None:
    (product.folder / "duibiao-alerts.db").unlink()
    metadata = MetaData()
    tables = AuditTables(metadata, "alerts")
    store = Store(Settings().database_url, "alerts")
    make(store, metadata)
    log = AuditLog(tables, store, SystemClock())
    with store.begin() as tx:
        log.append(tx, [Act("duibiao", "y", str(n)) for n in range(5)])
    store.close()
    assert unsound() == {"alerts": (3, "unpublished")}


def test_a_store_that_is_gone_is_told_by_the_published_head(product: Installation) -> None:
    (product.folder / "duibiao-alerts.db").unlink()
    assert unsound() == {"alerts": (1, "missing")}


def test_without_a_log_the_chains_are_walked_by_themselves(product: Installation) -> None:
    for path in product.folder.glob("duibiao-log.db*"):
        path.unlink()
    assert {one["published"] for one in asked(0).values()} == {0}
    assert not (product.folder / "duibiao-log.db").exists()


def test_a_store_without_its_chain_is_not_sound(product: Installation) -> None:
    product.by_hand("ingest", "DROP TABLE audit")
    assert asked(1)["ingest"]["unreadable"] == "no such table: audit"
    assert "ingest: 无法读取 cannot be read: no such table: audit" in verify(1)


def test_a_published_head_that_is_none_is_told(product: Installation) -> None:
    del product
    clock = SystemClock()
    bus = open_bus(Settings(), clock)
    bus.start()
    forged = Event("forged", "x", TOPIC, "ingest", "nobody", clock.now(), b"no head")
    bus.producer().send([forged])
    bus.stop(5)
    result = RUN.invoke(app, ["audit", "verify"])
    assert result.exit_code == 1
    assert "A published checkpoint is invalid" in result.stderr
