"""The nightly self-check: quiet while all is as computed, and loud about what is not."""

from collections.abc import Iterator
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


def found(check: SelfCheck) -> list[str]:
    return [one for code in CODES for one in check.check(code)]


def test_what_was_kept_step_by_step_is_what_the_data_give(store: Store) -> None:
    check = checked(store, ManualClock(at("2022-01-04", 12)))
    assert found(check) == []
    assert differences(check) == 0


def test_a_corrupted_roll_up_is_found_and_counts_until_it_is_mended(store: Store) -> None:
    with store.begin() as tx:
        kept = tx.scalar(text("SELECT completed FROM rollups WHERE period = '2021Q1'"))
        tx.execute(text("UPDATE rollups SET completed = '[]' WHERE period = '2021Q1'"))
    clock = ManualClock(at("2022-01-05", 12))
    check = checked(store, clock)
    assert found(check) == [f"each/2021Q1/tax-bureau/{CITY}"]
    for days in (0, 1, 1):
        clock.advance(days=days)
        with check._lease.renewed():  # noqa: SLF001
            pass
        check.tick()
        assert differences(check) == 1
    with store.begin() as tx:
        mended = text("UPDATE rollups SET completed = :kept WHERE period = '2021Q1'")
        tx.execute(mended, {"kept": kept})
    check.tick()
    assert differences(check) == 0


def test_a_verdict_that_its_data_do_not_give_is_found(store: Store) -> None:
    with store.begin() as tx:
        changed = text("UPDATE figures SET value = '9' WHERE indicator = 'days'")
        assert tx.execute(changed).rowcount == 1
    check = checked(store, ManualClock(at("2022-01-04", 12)))
    of_city, of_unit = (f"T01/{org}/{CITY}/2021Q1" for org in ("", "tax-bureau"))
    assert sorted(found(check)) == [of_city, of_unit]


def test_what_cannot_be_read_is_a_difference(store: Store) -> None:
    with store.begin() as tx:
        tx.execute(text("UPDATE rollups SET completed = '[{' WHERE period = '2021Q1'"))
    check = checked(store, ManualClock(at("2022-01-04", 12)))
    assert len(found(check)) == 1
    assert differences(check) == 1


def test_it_is_done_once_a_night_where_verdicts_are_made(store: Store) -> None:
    clock = ManualClock(at("2022-01-05", 1))
    check = checked(store, clock)
    done: list[str] = []

    def noted(code: str) -> list[str]:
        done.append(code)
        return []

    check.check = noted  # type: ignore[method-assign]
    check.tick()
    clock.advance(hours=2)
    check.tick()
    assert done == []  # the lease is not ours
    for day in (1, 2):
        with check._lease.renewed():  # noqa: SLF001
            pass
        for _ in range(3):
            check.tick()
        assert done == sorted(CODES) * day
        clock.advance(days=1)
