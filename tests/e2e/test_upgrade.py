"""An upgrade with traffic running: `duibiao migrate`, then new processes, then the old ones end.

The old processes are the product as it is, the new ones the release of tests/support/next_release.
Nothing is answered 5xx, and all that was answered 202 is there once: what was written on the older
schema, by old code on the newer one, and by new code.
"""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from duibiao.store import Store
from tests.e2e import next_release
from tests.e2e.fleet import Fleet, Traffic
from tests.support.evidence import check_product
from tests.support.product import NO_LIMITS
from tests.support.schemas import SCHEMAS
from tests.support.shapes import with_topics

THIS, NEXT = "services", "tests.e2e.next_release"


@pytest.fixture(params=["sqlite", "postgres-and-kafka"])
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    settings = {**NO_LIMITS, next_release.FOLDER: str(next_release.write(tmp_path / "next"))}
    if request.param != "sqlite":
        settings["DUIBIAO_DATABASE_URL"] = request.getfixturevalue("postgres_url")
        settings |= with_topics(request.getfixturevalue("kafka").bootstrap)
    fleet = Fleet(tmp_path / "state", settings)
    yield fleet
    fleet.close()


def ended(command: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = command.communicate(timeout=120)
    return command.returncode, said


def channels(fleet: Fleet) -> dict[str | None, int]:
    """Return how many submissions have come by each channel, which the next release notes."""
    query = text("SELECT channel, count(*) FROM submissions GROUP BY channel")
    with (
        closing(Store(fleet.environment["DUIBIAO_DATABASE_URL"], "ingest")) as store,
        store.read() as connection,
    ):
        return {row[0]: row[1] for row in connection.execute(query)}


def migrated_under(fleet: Fleet) -> None:
    """Migrate to the next release, by two commands at once."""
    if fleet.on_postgres:
        code, said = ended(fleet.command(NEXT, "up", "--no-sample"))
        assert code == 3, said
        assert "请先运行 duibiao migrate" in said
    commands = [fleet.command(NEXT, "migrate") for _ in range(2)]
    results = [ended(command) for command in commands]
    assert [code for code, _ in results] == [0, 0], results
    assert sum(said.count("升级 up") for _, said in results) == len(SCHEMAS), results


@pytest.mark.parametrize("fleet", ["sqlite"], indirect=True)
def test_this_release_and_the_next_one_share_a_store(fleet: Fleet) -> None:
    fleet.join(THIS)
    traffic = Traffic(fleet)
    traffic.start()
    traffic.goes_on(3)
    assert ended(fleet.command(NEXT, "migrate"))[0] == 0
    traffic.goes_on(3)
    fleet.join(NEXT)
    traffic.goes_on(3)
    traffic.finish()
    assert set(channels(fleet)) == {next_release.BEFORE, None, next_release.NEXT}
    check_product(fleet, traffic.history)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_an_upgrade_with_traffic_running(fleet: Fleet) -> None:
    assert ended(fleet.command(THIS, "migrate"))[0] == 0
    old = fleet.join(THIS)
    traffic = Traffic(fleet)
    traffic.start()
    traffic.goes_on()

    migrated_under(fleet)
    traffic.goes_on()
    again = fleet.join(THIS)  # the release before starts anew on the newer schema
    traffic.goes_on()
    fleet.join(NEXT)
    traffic.goes_on()
    for process in (old, again):
        fleet.leave(process, lambda: traffic.goes_on(2))
    traffic.goes_on()
    traffic.finish()

    by = channels(fleet)
    assert set(by) == {next_release.BEFORE, None, next_release.NEXT}
    assert sum(by.values()) == traffic.posts
    check_product(fleet, traffic.history, seconds=300)
    print(f"\n{traffic.posts} posts, {traffic.reader.reads} reads, no 5xx; {by}")  # noqa: T201 - the figures
