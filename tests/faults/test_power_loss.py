"""What stands on the disk at any moment opens, checks clean, and holds what was answered.

Case 16 of the catalogue of faults: every commit is synced before it returns, so a power cut can
take only what came after the last answer. Cuts are made of copies: with the write-ahead log torn
off or turned into garbage anywhere behind a commit, and of all files of a running product at once.
"""

import ast
import os
import random
import shutil
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from duibiao.audit import Act
from duibiao.audit.reading import kept_head, rows
from duibiao.audit.verify import verify_chain
from duibiao.store import Store, sqlite
from duibiao.store.store import file_of
from tests.support.audit import CHAIN, AuditedStore
from tests.support.commands import asked, by_hand
from tests.support.evidence import values
from tests.support.history import History
from tests.support.product import NO_LIMITS, Product
from tests.support.project import calls, name, python
from tests.support.registers import the_register
from tests.support.writers import Writer, breach_and_recover, run

SEED = 20210109
COMMITS = 60
REBATES = the_register().indicators["export-rebate-days"]


def test_a_file_that_does_not_sync_every_commit_is_refused() -> None:
    with pytest.raises(sqlite.NotDurable, match="journal_mode=memory"):
        sqlite.connect(Path(":memory:"))


def test_every_file_is_opened_where_that_is_looked_at() -> None:
    opening = {
        name(path)
        for path in python("duibiao", "services")
        for call in calls(path, "connect")
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "sqlite3"
    }
    assert opening == {"duibiao/store/sqlite.py"}


@pytest.mark.parametrize("end", ["torn off", "garbage"])
def test_a_log_cut_anywhere_behind_a_commit_holds_it(tmp_path: Path, end: str) -> None:
    chance = random.Random(SEED)
    url = f"sqlite:///{tmp_path}/duibiao.db"
    live, base = AuditedStore(url), file_of(url, CHAIN)
    log = base.with_name(f"{base.name}-wal")
    sizes = []
    for number in range(COMMITS):
        live.append(Act("key1/org/tax", "x", f"s-{number}", {"n": number}))
        sizes.append(log.stat().st_size)
    assert sizes == sorted(set(sizes)), "each commit has lengthened the log"
    whole = log.read_bytes()

    for number in chance.sample(range(COMMITS), 15):
        cut = chance.randrange(sizes[number], len(whole) + 1)
        tail = b"" if end == "torn off" else chance.randbytes(len(whole) - cut)
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(base, folder)
        (folder / log.name).write_bytes(whole[:cut] + tail)

        subjects = sound_subjects(folder)

        assert len(subjects) > number
        assert subjects == [f"s-{n}" for n in range(len(subjects))]
    live.close()


def sound_subjects(folder: Path) -> list[str]:
    """Open the store of a chain, check file and chain, and return whom its records are about."""
    assert by_hand(folder, CHAIN, "PRAGMA integrity_check") == [("ok",)]
    store = Store(f"sqlite:///{folder}/duibiao.db", CHAIN)
    try:
        with store.read() as connection:
            assert verify_chain(CHAIN, rows(connection), (), kept_head(connection)).bad is None
            return [str(row[4]) for row in rows(connection)]
    finally:
        store.close()


@pytest.mark.parametrize("copies", [5, pytest.param(100, marks=pytest.mark.soak)])
def test_all_files_of_a_running_product_copied_at_any_moment(tmp_path: Path, copies: int) -> None:
    history = History()
    chance = random.Random(SEED)
    answered: list[set[str]] = []
    with Product(tmp_path / "state", settings=NO_LIMITS) as product:

        def copy_now_and_then() -> None:
            for number in range(copies):
                time.sleep(chance.uniform(0.1, 0.8))  # the moment is the experiment
                os.killpg(product.process.pid, signal.SIGSTOP)
                answered.append({line.value for line in history})
                shutil.copytree(product.folder, tmp_path / f"copy-{number}")
                os.killpg(product.process.pid, signal.SIGCONT)

        figures = breach_and_recover("figures", REBATES.code)
        org = REBATES.reported_by[0]
        run([Writer("figures", product, org, "observations", figures, history)], copy_now_and_then)

    for number, values_then in enumerate(answered):
        look_at(tmp_path / f"copy-{number}", values_then)
    assert len(answered[-1]) > copies


def look_at(copy: Path, answered: set[str]) -> None:
    for shared in copy.glob("*-shm"):
        shared.unlink()  # memory that never was on a disk
    for file in copy.glob("*.db"):
        with closing(sqlite.connect(file)) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)], file
    assert asked(copy, "audit", "verify")["valid"]
    kept = {
        value
        for (payload,) in by_hand(copy, "ingest", "SELECT payload FROM submissions")
        for value in values(payload)
    }
    assert answered <= kept
