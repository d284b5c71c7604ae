"""Applying a submission: counts, repeats, history, several indicators, what nobody asks for."""

from services.indicators.domain.submission import KnownStatement, RowCounts
from tests.support.indicators import Indicators, told
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import case, cases, figure, later, observations, reports


def service(today: str = "2021-10-20") -> Indicators:
    days, items = indicator("days"), indicator("items", unit="item", statistic="latest")
    return Indicators(
        register(
            indicators=[days, items, indicator("idle")],
            targets=[target("T01", days), target("T02", items, op=">=", threshold=5)],
        ),
        today,
    )


def test_rows_are_counted_as_they_were_taken() -> None:
    it = service()
    it.post(observations("s1", (CITY, "2021Q1", figure(5, 10)), (CITY, "2021Q2", figure(5, 10))))
    applied = it.post(
        observations(
            "s2",
            (CITY, "2021Q1", figure("5.0", 10)),
            (CITY, "2021Q2", figure(6, 10)),
            (CITY, "2021Q3", figure(7, 10)),
            stated=later(),
        )
    )
    assert applied.counts == RowCounts(accepted=1, duplicate=1, revised=1)
    assert not applied.repeated


def test_the_same_submission_again_changes_nothing_and_says_the_same_counts() -> None:
    it = service()
    first = it.post(observations("s1", (CITY, "2021Q1", figure(5, 10))))
    before = dict(it.repository.verdict_table)
    again = it.post(observations("s1", (CITY, "2021Q1", figure(5, 10))))
    assert (again.repeated, again.counts) == (True, first.counts)
    assert again.changes.verdicts == ()
    assert it.repository.verdict_table == before


def test_what_does_not_count_is_kept_as_history() -> None:
    it = service()
    it.post(
        observations("s1", (CITY, "2021Q1", figure(5, 10)), stated=later(1)),
        observations("s2", (CITY, "2021Q1", figure(6, 10)), stated=later(3)),
        observations("s3", (CITY, "2021Q1", figure(7, 10)), stated=later(2)),
    )
    (kept,) = it.repository.kept.values()
    assert sorted((said.stated_at, str(old.content)) for said, old in kept.items()) == [
        (later(1), str(figure(5, 10))),
        (later(2), str(figure(7, 10))),
    ]
    assert it.row("T01", "2021Q1").value == 6
    assert all(isinstance(said, KnownStatement) for said in kept)


def test_a_known_case_posted_again_is_a_duplicate_and_the_older_news_too() -> None:
    it = service()
    it.post(
        cases("s1", ("1", case("2021-02-01")), stated=later(1)),
        cases("s2", ("1", case("2021-02-01", "2021-02-03")), stated=later(2)),
    )
    again = it.post(cases("s3", ("1", case("2021-02-01")), stated=later(1)))
    assert again.counts == RowCounts(duplicate=1)
    assert it.row("T01", "2021Q1").value == 2


def test_a_revision_that_changes_no_duration_moves_no_verdict() -> None:
    it = service()
    it.post(cases("s1", ("1", case("2021-02-01", "2021-02-03"))))
    applied = it.post(
        cases("s2", ("1", case("2021-02-01", "2021-02-03", labels=(("a", "b"),))), stated=later())
    )
    assert applied.counts == RowCounts(revised=1)
    assert applied.changes.verdicts == ()


def test_one_submission_may_speak_of_several_indicators() -> None:
    it = service()
    both = observations("s1", (CITY, "2021Q1", figure(5, 10)))
    items = observations("s1", (CITY, "2021Q1", figure(5)), indicator="items")
    it.post(type(both)("s1", TAX, both.received_at, (*both.observations, *items.observations)))
    assert it.row("T01", "2021Q1").status == "met"
    assert it.row("T02", "2021Q1").status == "met"


def test_an_indicator_without_a_target_is_kept_and_not_judged() -> None:
    it = service()
    applied = it.post(
        observations("s1", (CITY, "2021Q1", figure(5, 10)), indicator="idle"),
        cases("s2", ("1", case("2021-02-01", "2021-02-03")), indicator="idle"),
    )
    assert applied.changes.verdicts == ()
    assert {key.indicator for key in it.repository.rollup_table} == {"idle"}


def test_an_indicator_the_register_dropped_is_kept_and_not_judged() -> None:
    it = service()
    applied = it.post(
        observations("s1", (CITY, "2021Q1", figure(5, 10)), indicator="dropped"),
        cases("s2", ("1", case("2021-02-01", "2021-02-03")), indicator="dropped"),
    )
    assert applied.counts == RowCounts(accepted=1)
    assert applied.changes.verdicts == ()
    assert len(it.repository.case_table) == 1


def test_an_empty_repository_gets_all_its_rows_with_the_first_submission() -> None:
    it = service()
    applied = it.post(observations("s1", (CITY, "2021Q1", figure(5, 10))))
    assert len(applied.changes.verdicts) == 8 + 3  # two targets, four quarters; then Q1, Q4, org
    assert len(applied.changes.duties) == 8


def test_a_submission_on_a_new_day_lets_the_day_pass_first() -> None:
    it = service("2021-10-20")
    it.post(cases("s1", ("1", case("2021-09-01", "2021-09-03"))))
    it.today = "2022-01-05"
    applied = it.post(reports("s2", "1.1"))
    assert told(it.row("T02", "2021Q4"), "status") == ("unknown",)
    assert it.verdict("T02", "2021Q4").ended
    assert {row.status for row in applied.changes.duties} >= {"overdue"}


def test_every_version_has_its_own_id_and_proof() -> None:
    it = service()
    it.post(
        observations("s1", (CITY, "2021Q1", figure(5, 10))),
        observations("s2", (CITY, "2021Q1", figure(4, 10)), org=CUSTOMS),
    )
    ids = [kept.row.id for kept in it.repository.verdict_table.values()]
    assert len(set(ids)) == len(ids)
    assert set(ids) <= it.repository.proofs.keys()


def test_two_rows_of_one_identity_are_taken_one_after_the_other() -> None:
    it = service()
    applied = it.post(
        cases(
            "s1", ("1", case("2021-02-01", "2021-02-03")), ("1", case("2021-02-01", "2021-02-03"))
        )
    )
    assert applied.counts == RowCounts(accepted=1, duplicate=1)
    assert it.row("T01", "2021Q1").sample_size == 1
