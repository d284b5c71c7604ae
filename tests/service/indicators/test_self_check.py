"""The nightly self-check: quiet while all is as computed, and loud about what is not."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from duibiao.store import Store
from duibiao.store.config_lease import ConfigLease
from services.indicators.adapters.repository import tables
from services.indicators.adapters.self_check import SelfCheck
from services.indicators.domain.criterion import Ruleset
from tests.service.indicators.service import WORKDAYS, IndicatorsService
from tests.support.clock import ManualClock
from tests.support.registers import CITY, indicator, register, target
from tests.support.servers.databases import url_in
from tests.support.statements import at, case, cases, figure, observations

pytestmark = pytest.mark.usefixtures("each_database")

EACH = indicator("each", statistic="each")
REGISTER = register(
    indicators=[indicator(), EACH], targets=[target(), target("T02", EACH, threshold=5)]
)
CODES = ("days", "each")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store with a figure and cases, one of them open, all of it judged."""
    with IndicatorsService(tmp_path, register=REGISTER).start() as service:
        service.post(
            observations("s1", (CITY, "2021Q1", figure("5", 10))),
            cases(
                "s2",
                ("1", case(accepted="2021-03-01", completed="2021-03-05")),
                ("2", case(accepted="2021-06-01")),
                indicator="each",
            ),
        )
    with closing(Store(url_in(tmp_path), "indicators")) as store:
        yield store


def checked(store: Store, clock: ManualClock) -> SelfCheck:
    config = REGISTER.version, WORKDAYS.version
    lease = ConfigLease(store, tables.meta, config, clock.monotonic)
    return SelfCheck(store, Ruleset(REGISTER, WORKDAYS), lease, clock)


def differences(check: SelfCheck) -> float:
    (family,) = check.collect()
    (sample,) = family.samples
    return float(sample.value)


def test_what_was_kept_step_by_step_is_what_the_data_give(store: Store) -> None:
    check = checked(store, ManualClock(at("2022-01-04", 12)))
    assert check.check(CODES) == []
    assert differences(check) == 0


def test_a_corrupted_roll_up_is_found(store: Store) -> None:
    with store.begin() as tx:
        changed = text("UPDATE rollups SET completed = '[]' WHERE period = '2021Q1'")
        assert tx.execute(changed).rowcount == 1
    check = checked(store, ManualClock(at("2022-01-04", 12)))
    assert check.check(CODES) == [f"each/2021Q1/tax-bureau/{CITY}"]
    assert differences(check) == 1


def test_a_verdict_that_its_data_do_not_give_is_found(store: Store) -> None:
    with store.begin() as tx:
        changed = text("UPDATE figures SET value = '9' WHERE indicator = 'days'")
        assert tx.execute(changed).rowcount == 1
    check = checked(store, ManualClock(at("2022-01-04", 12)))
    assert len(check.check(CODES) or ()) == 2  # the unit's row and the city's
    with store.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM verdict_versions")) is not None


def test_it_is_done_once_a_night_where_verdicts_are_made(store: Store) -> None:
    clock = ManualClock(at("2022-01-05", 1))
    check = checked(store, clock)
    done: list[tuple[str, ...]] = []

    def noted(codes: Iterable[str]) -> list[str]:
        done.append(tuple(codes))
        return []

    check.check = noted  # type: ignore[method-assign]
    check.tick()
    assert done == []  # it is early, and the lease is not ours
    clock.advance(hours=2)
    check.tick()
    assert done == []
    lease = check._lease  # noqa: SLF001
    with lease.renewed():
        pass
    for _ in range(3):
        check.tick()
    assert len(done) == 1
    clock.advance(days=1)
    with lease.renewed():
        pass
    check.tick()
    assert len(done) == 2
    assert {code for codes in done for code in codes} == set(CODES)
