"""When a row exists, when it gets a new version, which row is the present one, and what is told."""

from duibiao.register import Statistic
from services.indicators.domain.rows import Applied, Changes
from tests.support.indicators import Indicators, told
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import case, cases, figure, later, observations

YANTA = "610113"


def service(today: str = "2021-10-20", statistic: Statistic = "mean") -> Indicators:
    kind = indicator(statistic=statistic)
    it = Indicators(register(indicators=[kind], targets=[target(indicator=kind)]), today)
    it.pass_to(today)
    return it


def heard(changes: Changes | Applied) -> list[tuple[str | None, str, str, str, bool]]:
    """Return what was told: org, region, period, status, whether present."""
    told_ = changes.changes if isinstance(changes, Applied) else changes
    return [
        (row.org, row.region, row.period, row.status, change.verdict.present)
        for change in told_.verdicts
        for row in (change.verdict.row,)
    ]


def test_the_city_has_a_row_for_every_period_begun_in_the_window() -> None:
    it = service("2021-08-01")
    assert {code for _, code in it.repository.verdict_table} == {"2021Q1", "2021Q2", "2021Q3"}
    it.pass_to("2021-10-01")
    assert it.has("T01", "2021Q4")
    it.pass_to("2022-01-01")
    assert not it.has("T01", "2022Q1")


def test_before_the_window_there_is_no_row() -> None:
    assert service("2020-12-31").repository.verdict_table == {}


def test_data_outside_the_window_make_a_row() -> None:
    it = service()
    it.post(observations("s1", (CITY, "2020Q4", figure(5, 10))))
    assert it.row("T01", "2020Q4").status == "met"


def test_without_figures_the_present_row_is_the_last_begun_in_the_window() -> None:
    it = service("2022-03-01")
    present = [code for (_, code), kept in it.repository.verdict_table.items() if kept.present]
    assert present == ["2021Q4"]


def test_a_figure_makes_its_row_the_present_one_and_both_changes_are_told() -> None:
    it = service()
    applied = it.post(observations("s1", (CITY, "2021Q2", figure(5, 10))))
    assert heard(applied) == [
        (None, CITY, "2021Q2", "met", True),
        (None, CITY, "2021Q4", "unknown", False),
        (TAX, CITY, "2021Q2", "met", True),
    ]


def test_a_newer_figure_takes_the_present_away_from_the_older_row() -> None:
    it = service()
    it.post(observations("s1", (CITY, "2021Q2", figure(5, 10))))
    before = it.row("T01", "2021Q2")
    applied = it.post(observations("s2", (CITY, "2021Q3", figure(6, 10))))
    assert heard(applied) == [
        (None, CITY, "2021Q2", "met", False),
        (None, CITY, "2021Q3", "missed", True),
        (TAX, CITY, "2021Q2", "met", False),
        (TAX, CITY, "2021Q3", "missed", True),
    ]
    assert it.row("T01", "2021Q2") == before  # the version stands
    assert [change.proof is None for change in applied.changes.verdicts] == [True, False] * 2


def test_an_older_figure_never_takes_the_present() -> None:
    it = service()
    it.post(observations("s1", (CITY, "2021Q3", figure(5, 10))))
    it.post(observations("s2", (CITY, "2021Q1", figure(9, 10))))
    assert it.verdict("T01", "2021Q3").present
    assert not it.verdict("T01", "2021Q1").present


def test_the_status_of_the_period_before_goes_along() -> None:
    it = service()
    it.post(observations("s1", (CITY, "2021Q2", figure(6, 10)), (CITY, "2021Q3", figure(7, 10))))
    assert it.verdict("T01", "2021Q3").previous_status == "missed"
    assert it.verdict("T01", "2021Q2").previous_status == "unknown"
    assert it.verdict("T01", "2021Q1").previous_status is None


def test_what_does_not_change_is_silent_and_keeps_its_id() -> None:
    it = service()
    it.post(observations("s1", (CITY, "2021Q3", figure(5, 10))))
    before = it.row("T01", "2021Q3")
    applied = it.post(
        observations("s2", (CITY, "2021Q3", figure("5.0", 10)), stated=later(2)),
        observations("s3", (CITY, "2021Q3", figure("5.0", 10)), stated=later(1)),
    )
    assert heard(applied) == []
    assert it.row("T01", "2021Q3") == before


def test_the_same_row_from_other_inputs_is_a_new_version() -> None:
    it = service()
    it.post(observations("s1", (YANTA, "2021Q3", figure(5, 10))))
    before = it.verdict("T01", "2021Q3")
    applied = it.post(observations("s2", (CITY, "2021Q3", figure(5, 10))))
    after = it.verdict("T01", "2021Q3")
    assert before.row.id != after.row.id
    assert before.inputs_digest != after.inputs_digest
    assert after.row.id in {change.verdict.row.id for change in applied.changes.verdicts}


def test_inputs_of_an_org_alone_are_those_of_the_city() -> None:
    it = service()
    it.post(observations("s1", (YANTA, "2021Q3", figure(5, 10))))
    rows = [it.verdict("T01", "2021Q3", *place) for place in ((), (TAX,), (TAX, YANTA))]
    assert len({kept.inputs_digest for kept in rows}) == 1
    it.post(observations("s2", (YANTA, "2021Q3", figure(5, 10)), org=CUSTOMS))
    assert (
        it.verdict("T01", "2021Q3").inputs_digest != it.verdict("T01", "2021Q3", TAX).inputs_digest
    )


def test_inputs_differ_where_only_the_distribution_does() -> None:
    it = service()
    day = case("2021-07-05", "2021-07-08")
    it.post(cases("s1", ("a", day), ("b", day)))
    before = it.verdict("T01", "2021Q3").inputs_digest
    shorter, longer = case("2021-07-05", "2021-07-07"), case("2021-07-05", "2021-07-09")
    it.post(cases("s2", ("a", shorter), ("b", longer), stated=later()))
    assert told(it.row("T01", "2021Q3"), "mean", "sample_size") == (3, 2)
    assert it.verdict("T01", "2021Q3").inputs_digest != before


def test_a_row_whose_data_are_gone_is_told_as_unknown_and_removed() -> None:
    it = service()
    it.post(cases("s1", ("1", case("2020-11-02", "2020-11-04", region=YANTA))))
    assert it.has("T01", "2020Q4")
    applied = it.post(
        cases("s2", ("1", case("2020-11-02", outcome="withdrawn", region=YANTA)), stated=later())
    )
    removed = [change for change in applied.changes.verdicts if change.removed]
    assert heard(Changes(tuple(removed))) == [
        (None, CITY, "2020Q4", "unknown", False),
        (TAX, CITY, "2020Q4", "unknown", False),
        (TAX, YANTA, "2020Q4", "unknown", False),
    ]
    assert all(change.proof is not None for change in removed)
    assert not any(code == "2020Q4" for _, code in it.repository.verdict_table)
    assert it.verdict("T01", "2021Q4").present


def test_a_region_row_over_orgs_goes_when_one_org_is_left() -> None:
    it = service()
    it.post(
        observations("s1", (YANTA, "2021Q3", figure(5, 10))),
        cases("s2", ("1", case("2021-07-05", "2021-07-07", region=YANTA)), org=CUSTOMS),
    )
    assert it.has("T01", "2021Q3", None, YANTA)
    withdrawn = case("2021-07-05", outcome="withdrawn", region=YANTA)
    it.post(cases("s3", ("1", withdrawn), org=CUSTOMS, stated=later()))
    assert not it.has("T01", "2021Q3", None, YANTA)


def test_ending_is_told_even_where_the_row_stays_the_same() -> None:
    it = service("2021-12-31")
    assert not it.verdict("T01", "2021Q4").ended
    changes = it.pass_to("2022-01-01")
    assert heard(changes) == [(None, CITY, "2021Q4", "unknown", True)]
    assert it.verdict("T01", "2021Q4").ended


def test_a_day_that_changes_nothing_tells_nothing() -> None:
    it = service("2021-10-20")
    it.post(observations("s1", (CITY, "2021Q4", figure(5, 10))))
    before = it.verdict("T01", "2021Q4")
    assert heard(it.pass_to("2021-10-21")) == []
    assert it.verdict("T01", "2021Q4") == before
    assert heard(it.pass_to("2021-10-21")) == []


def test_a_day_already_passed_never_comes_back() -> None:
    it = service("2021-10-20")
    assert heard(it.pass_to("2021-10-19")) == []
    checkpoint = it.repository.checkpoint()
    assert checkpoint is not None
    assert checkpoint.judged_day.isoformat() == "2021-10-20"
