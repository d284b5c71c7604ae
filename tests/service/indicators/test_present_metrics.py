"""/metrics: every family of contract section 5 that is this service's, and when it is made anew."""

from collections.abc import Container
from datetime import date
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from services.indicators.adapters.metrics import PresentCollector, end_of
from services.indicators.adapters.reading import Present, PresentDuty
from tests.service.indicators.service import IndicatorsService
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import at, figure, later, observations, verdict

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
DUE = register(targets=[target("T01", due=date(2021, 12, 31)), target("T02", "days", op="rise")])


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


def test_a_duty_shows_its_present_state_alone(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        duties = shown(service, "duibiao_duty_status")

    assert len(duties) == 8
    assert set(duties.values()) == {1}
    assert 'duibiao_duty_status{duty="1.1/2021Q1",org="tax-bureau",status="overdue"}' in duties


def test_the_client_librarys_own_parser_reads_both_formats(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path, register=DUE).start() as service:
        service.post(observations("s1", (CITY, "2021Q1", figure("5.5", 23))))
        calls = service.calls()
        plain = calls.get("/metrics").text
        accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
        opened = calls.get("/metrics", headers=accept).text

    families = {family.name: family for family in text_string_to_metric_families(plain)}
    read = openmetrics.text_string_to_metric_families(opened)  # type: ignore[no-untyped-call]
    also = {family.name: family for family in read}
    for name in ("value", "attainment_ratio", "period_end_timestamp_seconds", "status"):
        family = families[f"duibiao_target_{name}"]
        assert family.type == also[family.name].type == "gauge"
        assert family.samples == also[family.name].samples != []
        assert as_the_client_library_writes(family) in plain
    assert as_the_client_library_writes(families["duibiao_duty_status"]) in opened


def as_the_client_library_writes(family: Metric) -> str:
    class One(Collector):
        def collect(self) -> list[Metric]:
            return [family]

    registry = CollectorRegistry()
    registry.register(One())
    return generate_latest(registry).decode()


class Read:
    """A store that counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0
        self.fails = False

    def __call__(self, known: Container[str]) -> Present:
        self.times += 1
        if self.fails:
            raise OSError("gone")
        new = {} if "v1" in known else {"v1": verdict("T01", status="missed")}
        return Present(["v1"], new, [], [PresentDuty("1.1/2021Q1", TAX, "overdue")])


def ended() -> date:
    return date(2022, 1, 4)


def test_a_scrape_without_news_asks_no_database() -> None:
    read = Read()
    collector = PresentCollector(register(), read, ended)
    first, second = collector.text(), collector.text()
    assert (read.times, first) == (1, second)
    collector.mark_stale()
    collector.text()
    assert read.times == 2


def test_registering_asks_no_database() -> None:
    read = Read()
    assert list(PresentCollector(register(), read, ended).describe()) == []
    assert read.times == 0


def test_while_the_store_cannot_be_read_a_scrape_shows_what_was_read_last() -> None:
    read = Read()
    collector = PresentCollector(register(), read, ended)
    before = collector.text()
    collector.mark_stale()
    read.fails = True
    assert collector.text() == before
    read.fails = False
    assert collector.text() == before
    assert read.times == 3


def test_a_fraction_is_shown_with_fifteen_digits() -> None:
    text = PresentCollector(register(indicators=[indicator()]), Read(), ended).text().decode()
    labels = f'{{org="",region="{CITY}",target="T01"}}'
    assert f"duibiao_target_value{labels} 3.66666666666667\n" in text  # 11/3


@pytest.mark.parametrize("day", [date(2021, 3, 31), date(2021, 12, 31), date(2024, 2, 29)])
def test_a_day_ends_a_second_before_the_next(day: date) -> None:
    midnight = at(date.fromordinal(day.toordinal() + 1).isoformat(), 0)
    assert end_of(day) == midnight.timestamp() - 1
