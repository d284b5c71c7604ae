"""/metrics: every family of contract section 5 that is this service's, and when it is made anew."""

from datetime import date
from pathlib import Path

import pytest

from services.indicators.adapters.metrics import StandingCollector, end_of
from services.indicators.adapters.reading import Present
from tests.support.indicators_service import IndicatorsService
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import at, duty_row, figure, later, observations, verdict

pytestmark = pytest.mark.usefixtures("each_database")

STATUSES = (
    "unknown",
    "on_track",
    "at_risk",
    "behind",
    "met",
    "missed",
    "sustained",
    "regressed",
    "waived",
)
DUE = register(
    targets=[target("T01", due=date(2021, 12, 31)), target("T02", "days", op="rise")],
)


def city(family: str, more: str = "") -> str:
    return f'{family}{{org="",region="610100"{more},target="T01"}}'


def shown(service: IndicatorsService, family: str) -> dict[str, float]:
    return {name: n for name, n in service.metrics().items() if name.startswith(family + "{")}


def test_before_anything_is_known_there_is_a_status_and_no_figure(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        found = service.metrics()
        values = shown(service, "duibiao_target_value")

    for status in STATUSES:
        name = city("duibiao_target_status", f',status="{status}"')
        assert found[name] == float(status == "unknown")
    assert values == {}


def test_the_present_period_is_shown_for_city_and_orgs(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(
            observations("s1", (CITY, "2021Q1", figure("5.5", 1)), (CITY, "2021Q2", figure(6, 1))),
            observations("s2", (CITY, "2021Q2", figure(9, 2)), org=CUSTOMS),
        )
        values = shown(service, "duibiao_target_value")
        ratios = shown(service, "duibiao_target_attainment_ratio")
        ends = shown(service, "duibiao_target_period_end_timestamp_seconds")

    own = 'duibiao_target_value{org="%s",region="610100",target="T01"}'
    assert values == {city("duibiao_target_value"): 8, own % TAX: 6, own % CUSTOMS: 9}
    assert ratios[city("duibiao_target_attainment_ratio")] == 0.6875  # 5.5 / 8
    # 2021-06-30T23:59:59+08:00
    assert ends[city("duibiao_target_period_end_timestamp_seconds")] == 1_625_068_799


def test_exactly_one_of_nine_statuses_is_one(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(observations("s1", (CITY, "2021Q1", figure("5.5", 23))))
        statuses = shown(service, "duibiao_target_status")

    assert len(statuses) == 2 * 9
    assert sum(statuses.values()) == 2
    assert statuses[city("duibiao_target_status", ',status="met"')] == 1


def test_a_scrape_after_a_commit_shows_it(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(observations("s1", (CITY, "2021Q1", figure("5.5", 23))))
        first = service.metrics()[city("duibiao_target_value")]
        service.post(observations("s2", (CITY, "2021Q1", figure(7, 23)), received=later()))
        second = service.metrics()[city("duibiao_target_value")]

    assert (first, second) == (5.5, 7)


def test_what_a_target_asks_stands_beside_it(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path, register=DUE) as service:
        found = service.metrics()
        thresholds = shown(service, "duibiao_target_threshold")
        dues = shown(service, "duibiao_target_due_timestamp_seconds")

    assert thresholds == {'duibiao_target_threshold{op="<=",target="T01",unit="workday"}': 5.5}
    # 2021-12-31T23:59:59+08:00: the day named is still in time
    assert dues == {'duibiao_target_due_timestamp_seconds{target="T01"}': 1_640_966_399}
    info = (
        'duibiao_target_info{basis="stated",clause="1.1",indicator="days",name="T01",'
        'name_zh="T01",target="T01"}'
    )
    assert found[info] == 1


def test_the_city_of_the_notice_is_named(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path) as service:
        found = service.metrics()

    label = 'name="610100",name_zh="610100",notice="test",region="610100"'
    assert found[f"duibiao_notice_info{{{label}}}"] == 1


def test_duties_show_each_of_their_seven_states(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        duties = shown(service, "duibiao_duty_status")

    assert len(duties) == 8 * 7
    assert sum(duties.values()) == 8
    overdue = 'duibiao_duty_status{duty="1.1/2021Q1",org="tax-bureau",status="overdue"}'
    assert duties[overdue] == 1


class Read:
    """A store that counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0
        self.fails = False

    def __call__(self) -> Present:
        self.times += 1
        if self.fails:
            raise OSError("gone")
        return Present((verdict(),), (), (duty_row(),))


def test_a_scrape_without_news_asks_no_database() -> None:
    read = Read()
    collector = StandingCollector(register(), read)
    first, second = list(collector.collect()), list(collector.collect())
    assert (read.times, first) == (1, second)
    collector.mark_stale()
    list(collector.collect())
    assert read.times == 2


def test_registering_asks_no_database() -> None:
    read = Read()
    assert list(StandingCollector(register(), read).describe()) == []
    assert read.times == 0


def test_while_the_store_cannot_be_read_a_scrape_shows_what_was_read_last() -> None:
    read = Read()
    collector = StandingCollector(register(), read)
    before = list(collector.collect())
    collector.mark_stale()
    read.fails = True
    assert list(collector.collect()) == before
    read.fails = False
    assert list(collector.collect()) == before
    assert read.times == 3


def test_a_fraction_is_shown_with_fifteen_digits() -> None:
    collector = StandingCollector(register(indicators=[indicator()]), Read())
    (value,) = (metric for metric in collector.collect() if metric.name == "duibiao_target_value")
    (sample,) = value.samples
    assert sample.value == 3.66666666666667  # 11/3
    assert sample.labels == {"target": "T01", "org": "", "region": CITY}


@pytest.mark.parametrize("day", [date(2021, 3, 31), date(2021, 12, 31), date(2024, 2, 29)])
def test_a_day_ends_a_second_before_the_next(day: date) -> None:
    midnight = at(date.fromordinal(day.toordinal() + 1).isoformat(), 0)
    assert end_of(day) == midnight.timestamp() - 1
