"""Numbered revisions: which release works with which, and how a store gets from one to another."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from duibiao.store import Schema, SchemaError, Store, StoreUnavailable
from duibiao.store.schema import Revision, Step
from tests.support.project import ROOT

# What three releases have known of one schema; the last takes away what the first one needs.
FILES = {
    "0001_since_0001": ("None", "CREATE TABLE things (id INTEGER, old TEXT)", "nothing"),
    "0002_since_0001": ("'0001_since_0001'", "CREATE TABLE more (id INTEGER)", "DROP TABLE more"),
    "0003_since_0002": (
        "'0002_since_0001'",
        "ALTER TABLE things DROP COLUMN old",
        "ALTER TABLE things ADD COLUMN old TEXT",
    ),
}


def write(folder: Path, names: list[str], then: str = "", in_: str = "") -> Schema:
    """Write files of revisions; the one named `in_` does something more in the end."""
    folder.mkdir(exist_ok=True)
    for name in names:
        below, up, down = FILES[name]
        after = f"\n    {then}" if name == in_ else ""
        (folder / f"r{name}.py").write_text(
            f'"""第 {name[3]} 版。Revision {name[3]}."""\n'
            f"from alembic import op\nrevision = {name!r}\ndown_revision = {below}\n"
            f"def upgrade():\n    op.execute({up!r}){after}\n"
            f"def downgrade():\n    op.execute({down!r})\n"
        )
    return Schema("things", folder)


def release(tmp_path: Path, known: int) -> Schema:
    return write(tmp_path / f"release-{known}", list(FILES)[:known])


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/duibiao.db", "things")) as store:
        yield store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(Store(database_url, "things")) as store:
        yield store


@pytest.fixture
def served(postgres_url: str) -> Iterator[Store]:
    """A store whose schema is changed by an act of its own only."""
    with closing(Store(postgres_url, "things")) as store:
        yield store


def tables(store: Store) -> set[str]:
    with store.read() as connection:
        return set(inspect(connection).get_table_names())


@pytest.mark.parametrize("name", ["1", "0001", "0001_since_1", "ae1027a6acf", "0001_since_0001x"])
def test_a_name_says_number_and_since_or_is_none(name: str) -> None:
    assert Revision.named("0012_since_0007") == Revision(12, 7)
    with pytest.raises(ValueError, match="no name"):
        Revision.named(name)


def test_an_embedded_store_is_brought_to_the_release_that_opens_it(
    embedded: Store, tmp_path: Path
) -> None:
    release(tmp_path, 1).admit(embedded)
    assert tables(embedded) == {"alembic_version", "things"}

    release(tmp_path, 2).admit(embedded)

    assert tables(embedded) == {"alembic_version", "things", "more"}
    assert release(tmp_path, 2).revision(embedded) == Revision(2, 1)


@pytest.mark.parametrize("standing", [0, 1])
def test_a_store_that_is_too_old_is_refused_until_it_is_migrated(
    served: Store, tmp_path: Path, standing: int
) -> None:
    if standing:
        release(tmp_path, standing).migrate(served)
    with pytest.raises(SchemaError, match=r"请先运行 duibiao migrate。.*run `duibiao migrate`"):
        release(tmp_path, 2).admit(served)
    assert "more" not in tables(served), "nothing was changed"

    release(tmp_path, 2).migrate(served)

    release(tmp_path, 2).admit(served)


def test_the_release_before_goes_on_with_the_schema_after_it(store: Store, tmp_path: Path) -> None:
    release(tmp_path, 2).migrate(store)
    release(tmp_path, 1).admit(store)
    release(tmp_path, 3).migrate(store)
    release(tmp_path, 2).admit(store)
    assert release(tmp_path, 2).plan(store) == [], "there is nothing for it to do"
    assert release(tmp_path, 2).migrate(store) == []
    assert release(tmp_path, 3).revision(store) == Revision(3, 2)


def test_a_release_that_the_schema_has_left_behind_is_refused(store: Store, tmp_path: Path) -> None:
    release(tmp_path, 3).migrate(store)
    for act in (release(tmp_path, 1).admit, release(tmp_path, 1).migrate):
        with pytest.raises(SchemaError, match=r"程序比库旧.*older than the store"):
            act(store)
    assert release(tmp_path, 3).revision(store) == Revision(3, 2)


def test_nobody_goes_where_he_does_not_know_the_way(store: Store, tmp_path: Path) -> None:
    release(tmp_path, 3).migrate(store)
    for known, to in ((3, 0), (3, 4), (2, 1)):
        with pytest.raises(SchemaError, match=r"不能从第 3 版改到.*cannot go from revision 3 to"):
            release(tmp_path, known).migrate(store, to)


def test_up_and_down_step_by_step(store: Store, tmp_path: Path) -> None:
    schema = release(tmp_path, 3)
    way = [
        Step("things", number, down=False, says=f"第 {number} 版。Revision {number}.")
        for number in (1, 2)
    ]
    assert schema.plan(store, 2) == way
    assert tables(store) == set(), "a plan changes nothing"
    assert schema.migrate(store, 2) == way
    assert [(step.number, step.down) for step in schema.migrate(store)] == [(3, False)]
    assert [(step.number, step.down) for step in schema.migrate(store, 1)] == [(3, True), (2, True)]
    assert tables(store) == {"alembic_version", "things"}
    assert schema.revision(store) == Revision(1, 1)


def test_a_step_that_fails_leaves_the_one_before_it(store: Store, tmp_path: Path) -> None:
    fails = "raise OSError('the disk is gone')"
    broken = write(tmp_path / "broken", list(FILES), fails, "0002_since_0001")
    with pytest.raises(OSError, match="disk"):
        broken.migrate(store)
    assert broken.revision(store) == Revision(1, 1)
    assert tables(store) == {"alembic_version", "things"}

    release(tmp_path, 3).migrate(store)

    assert "more" in tables(store)


def test_a_kill_in_a_step_leaves_the_one_before_it(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    dies = "import os; os.kill(os.getpid(), 9)"
    write(tmp_path / "deadly", list(FILES), dies, "0002_since_0001")
    child = (
        "from pathlib import Path; from duibiao.store import Schema, Store; "
        f"Schema('things', Path({str(tmp_path / 'deadly')!r}))"
        f".migrate(Store({database_url!r}, 'things'))"
    )

    ended = subprocess.run([sys.executable, "-c", child], cwd=ROOT, timeout=120, check=False)

    assert ended.returncode == -signal.SIGKILL
    assert release(tmp_path, 3).revision(store) == Revision(1, 1)
    assert tables(store) == {"alembic_version", "things"}
    release(tmp_path, 3).migrate(store)
    assert release(tmp_path, 3).revision(store) == Revision(3, 2)


def test_of_many_at_once_each_step_is_taken_by_one(database_url: str, tmp_path: Path) -> None:
    schemas = [write(tmp_path / f"at-once-{number}", list(FILES)) for number in range(4)]
    taken: list[Step] = []

    def migrate(schema: Schema) -> None:
        with closing(Store(database_url, "things")) as store:
            taken.extend(schema.migrate(store))

    threads = [threading.Thread(target=migrate, args=(schema,)) for schema in schemas]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(step.number for step in taken) == [1, 2, 3]


def test_it_waits_for_a_writer_and_gives_up_when_told(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    schema = release(tmp_path, 1)
    ended = threading.Event()

    with closing(Store(database_url, "things", patience=0.01)) as other:

        def migrate() -> None:
            schema.migrate(other, patience=60)
            ended.set()

        thread = threading.Thread(target=migrate)
        with store.begin():
            with pytest.raises(StoreUnavailable):
                schema.migrate(other)
            thread.start()
            assert not ended.wait(0.3)
        thread.join()
    assert ended.is_set()
    assert schema.revision(store) == Revision(1, 1)


def test_a_number_of_somebody_elses_is_told(store: Store, tmp_path: Path) -> None:
    release(tmp_path, 1).migrate(store)
    with store.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = 'ae1027a6acf'"))
    with pytest.raises(SchemaError, match=r"无法识别.*none of ours: ae1027a6acf"):
        release(tmp_path, 1).admit(store)


def test_revisions_are_numbered_without_a_gap(tmp_path: Path) -> None:
    folder = tmp_path / "gap"
    write(folder, ["0001_since_0001"])
    first = (folder / "r0001_since_0001.py").read_text()
    (folder / "r0003.py").write_text(
        first.replace("'0001_since_0001'", "'0003_since_0001'").replace(
            "down_revision = None", "down_revision = '0001_since_0001'"
        )
    )
    with pytest.raises(ValueError, match="not numbered"):
        _ = Schema("things", folder).revisions


def test_a_step_that_a_reader_keeps_waiting_gives_way_to_other_readers(
    served: Store, tmp_path: Path
) -> None:
    release(tmp_path, 2).migrate(served)
    read = text("SELECT old FROM things")
    with served.read() as slow:
        slow.execute(read)
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            release(tmp_path, 3).migrate(served)
        with served.read() as another:
            another.execute(read)
    assert release(tmp_path, 3).revision(served) == Revision(2, 1)

    release(tmp_path, 3).migrate(served)

    assert release(tmp_path, 3).revision(served) == Revision(3, 2)
