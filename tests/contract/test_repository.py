"""The behaviour every repository shows: what one transaction saved is found by the next."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from services.indicators.domain.decisions import Decision
from services.indicators.domain.histogram import Duration, Histogram
from services.indicators.domain.rows import Checkpoint, DutyKey, Rollup, RollupKey, Series
from services.indicators.domain.submission import CaseKey, FigureKey, RowCounts, Submission, digest
from services.indicators.domain.submission import KnownStatement as Known
from tests.contract.conftest import Open
from tests.support.registers import CITY, CUSTOMS, TAX
from tests.support.statements import (
    NOON,
    at,
    case,
    case_statement,
    change,
    duty_row,
    figure,
    figure_statement,
    later,
    report_statement,
    verdict,
)


def test_the_checkpoint_is_kept_and_replaced(opened: Open) -> None:
    first = Checkpoint(date(2021, 4, 1), "r1", "c1", {"days": "each/quarter/no/c1"})
    second = Checkpoint(date(2021, 4, 2), "r2", "c2", {})
    with opened() as repository:
        assert repository.checkpoint() is None
        repository.save_checkpoint(first)
    with opened() as repository:
        assert repository.checkpoint() == first
        repository.save_checkpoint(second)
        assert repository.checkpoint() == second


def test_a_submission_is_remembered_with_its_counts(opened: Open) -> None:
    with opened() as repository:
        assert repository.applied("s1") is None
        repository.save_applied(Submission("s1", TAX, NOON), RowCounts(3, 2, 1), NOON)
    with opened() as repository:
        assert repository.applied("s1") == RowCounts(3, 2, 1)
        assert repository.applied("s2") is None


def test_the_mark_is_kept_and_replaced(opened: Open) -> None:
    with opened() as repository:
        assert repository.mark() == ""
        repository.save_mark("one")
    with opened() as repository:
        assert repository.mark() == "one"
        repository.save_mark("two")
        assert repository.mark() == "two"


def test_figures_come_back_under_their_keys(opened: Open) -> None:
    one = figure_statement(figure("5.50", 23))
    two = figure_statement(figure(of=(3, 7)), org=CUSTOMS, period="202101")
    none = figure_statement(figure(not_applicable=True), region="610103")
    with opened() as repository:
        repository.save_figures([one, two, none])
    with opened() as repository:
        missing = FigureKey("days", TAX, CITY, "2021Q2")
        found = repository.figures([one.key, two.key, none.key, missing])
        assert found == {one.key: one, two.key: two, none.key: none}
        assert repository.figures([]) == {}


def test_a_saved_figure_replaces_the_one_that_stood(opened: Open) -> None:
    revised = figure_statement(figure("6.1", 24), stated=later(), submission="s2")
    with opened() as repository:
        repository.save_figures([figure_statement()])
        repository.save_figures([revised])
    with opened() as repository:
        assert repository.figures([revised.key]) == {revised.key: revised}


def test_of_two_figures_saved_at_once_under_a_key_the_later_stands(opened: Open) -> None:
    revised = figure_statement(figure("6.1", 24), stated=later(), submission="s2")
    with opened() as repository:
        repository.save_figures([figure_statement(), revised])
    with opened() as repository:
        assert repository.figures([revised.key]) == {revised.key: revised}


def test_figures_within_two_days_are_of_periods_wholly_inside(opened: Open) -> None:
    inside = [figure_statement(period=code) for code in ("2021Q1", "202101", "20210331")]
    outside = [figure_statement(period=code) for code in ("2021", "2021S1", "202104", "20201231")]
    other = figure_statement(indicator="items")
    with opened() as repository:
        repository.save_figures([*inside, *outside, other])
    with opened() as repository:
        found = repository.figures_within("days", date(2021, 1, 1), date(2021, 3, 31))
        assert sorted(found, key=lambda f: f.key) == sorted(inside, key=lambda f: f.key)


def test_cases_come_back_whole(opened: Open) -> None:
    plain = case_statement("1")
    full = case_statement(
        "西〔2021〕2",
        case(
            "2021-01-20",
            "2021-03-15",
            region="610103",
            outcome="refused",
            resolved=False,
            pauses=(("2021-02-01", "2021-02-03"), ("2021-03-01", None)),
            extension=10,
            labels=(("dept", "城管"), ("kind", "x")),
        ),
    )
    with opened() as repository:
        repository.save_cases([plain, full])
    with opened() as repository:
        found = repository.cases([plain.key, full.key, CaseKey("days", TAX, "3")])
        assert found == {plain.key: plain, full.key: full}
        assert repository.cases([]) == {}


def test_a_saved_case_replaces_the_one_that_stood(opened: Open) -> None:
    done = case_statement("1", case("2021-01-20", "2021-03-15"), stated=later(), submission="s2")
    with opened() as repository:
        repository.save_cases([case_statement("1")])
        repository.save_cases([done])
    with opened() as repository:
        assert repository.cases([done.key]) == {done.key: done}
        assert list(repository.cases_of("days")) == [done]
        assert list(repository.cases_of("items")) == []


def test_many_cases_are_found_in_one_call(opened: Open) -> None:
    every = [case_statement(str(number)) for number in range(3000)]
    with opened() as repository:
        repository.save_cases(every)
    with opened() as repository:
        assert len(repository.cases([statement.key for statement in every])) == 3000


def test_cases_open_at_a_moment(opened: Open) -> None:
    end_of_march = at("2021-04-01", 0)
    cases_ = {
        "open": case("2021-03-31"),
        "completed on the day": case("2021-03-01", "2021-03-31"),
        "completed the day after": case("2021-03-01", "2021-04-01"),
        "accepted the day after": case("2021-04-01"),
        "withdrawn": case("2021-03-01", outcome="withdrawn"),
        "withdrawn later": case("2021-03-01", "2021-05-01", outcome="withdrawn"),
        "refused later": case("2021-03-01", "2021-05-01", outcome="refused"),
    }
    with opened() as repository:
        repository.save_cases([case_statement(name, content) for name, content in cases_.items()])
        repository.save_cases([case_statement("elsewhere", indicator="items")])
    with opened() as repository:
        found = {case.key.case_no for case in repository.cases_open_at("days", end_of_march)}
        assert found == {"open", "completed the day after", "refused later"}


def test_reports_of_a_duty_come_with_every_milestone(opened: Open) -> None:
    whole = report_statement()
    part = report_statement(milestone="1.1-a")
    later = report_statement(milestone="1.1-a", period="2021Q2")
    others = [
        report_statement(period="2021Q2"),
        report_statement(measure="1.2"),
        report_statement(org=CUSTOMS),
    ]
    with opened() as repository:
        repository.save_reports([whole, part, later, *others])
    with opened() as repository:
        found = repository.reports(TAX, [("1.1", "2021Q1")])
        assert sorted(found, key=lambda report: report.key) == [whole, part]
        assert list(repository.reports(TAX, [])) == []
        on = repository.reports_on(TAX, ["1.1-a"])
        assert sorted(on, key=lambda report: report.key) == [part, later]
        assert list(repository.reports_on(TAX, [])) == []


def test_a_saved_report_replaces_the_one_that_stood(opened: Open) -> None:
    with opened() as repository:
        repository.save_reports([report_statement(content=None)])
        repository.save_reports([report_statement()])
        assert len(repository.reports(TAX, [("1.1", "2021Q1")])) == 1


def test_statements_that_do_not_count_are_known_by_content_and_time(opened: Open) -> None:
    old = figure_statement(figure("6", 20))
    again = figure_statement(figure("6", 20), submission="s9")
    later_ = figure_statement(figure("6", 20), stated=later())
    with opened() as repository:
        repository.save_history([old])
        repository.save_history([again, later_])
    with opened() as repository:
        same = digest(figure("6.0", 20))
        both = {Known(same, NOON), Known(same, later())}
        assert repository.known([old, later_]) == {old.key: both}
        assert Known(same, NOON) in repository.known([old])[old.key]
        elsewhere = replace(old, key=FigureKey("days", TAX, CITY, "2021Q4"))
        assert repository.known([elsewhere]) == {}
        assert repository.known([]) == {}


def test_cases_and_reports_are_kept_as_figures_are(opened: Open) -> None:
    old_case, old_report = case_statement(), report_statement()
    with opened() as repository:
        repository.save_history([old_case])
        repository.save_history([old_report])
    with opened() as repository:
        assert repository.known([old_case]) == {
            old_case.key: {Known(digest(old_case.content), NOON)}
        }
        assert repository.known([old_report]) == {
            old_report.key: {Known(digest(old_report.content), NOON)}
        }


def rollup(org: str = TAX, region: str = CITY, period: str = "2021Q1") -> Rollup:
    key = RollupKey("days", period, org, region)
    done = Histogram.of([Duration(35, 0), Duration(35, 0), Duration(40, 10, provisional=True)])
    return Rollup(key, done, Histogram.of([Duration(3, 0)]), accepted=4, resolved=2)


def test_rollups_of_the_periods_asked_for_come_back(opened: Open) -> None:
    first, second, third = rollup(), rollup(CUSTOMS, "610103"), rollup(period="2021Q2")
    with opened() as repository:
        repository.save_rollups([first, second, third])
    with opened() as repository:
        found = repository.rollups("days", ["2021Q1", "2021Q4"])
        assert sorted(found, key=lambda r: r.key) == [second, first]
        assert list(repository.rollups("days", [])) == []
        assert list(repository.rollups("items", ["2021Q1"])) == []


def test_an_empty_rollup_goes(opened: Open) -> None:
    with opened() as repository:
        repository.save_rollups([rollup(), rollup(CUSTOMS)])
        repository.save_rollups([Rollup(rollup().key)])
    with opened() as repository:
        assert list(repository.rollups("days", ["2021Q1"])) == [rollup(CUSTOMS)]
        repository.clear_rollups("items")
        assert list(repository.rollups("days", ["2021Q1"])) == [rollup(CUSTOMS)]
        repository.clear_rollups("days")
        assert list(repository.rollups("days", ["2021Q1"])) == []


def test_periods_with_data_are_those_of_rollups_and_figures(opened: Open) -> None:
    with opened() as repository:
        repository.save_rollups([rollup(), rollup(CUSTOMS)])
        repository.save_figures(
            [figure_statement(period="202104"), figure_statement(indicator="x")]
        )
    with opened() as repository:
        assert set(repository.periods_with_data("days")) == {"2021Q1", "202104"}
        assert set(repository.periods_with_data("items")) == set()


def test_verdicts_come_back_exactly(opened: Open) -> None:
    full = verdict()
    bare = verdict(period="2021Q2", value=None, status="unknown", verdict_id="v2", present=False)
    with opened() as repository:
        repository.save_verdicts([change(full, {"inputs": []}), change(bare, {"inputs": []})])
    with opened() as repository:
        found = repository.verdicts("T01")
        assert sorted(found, key=lambda kept: kept.row.id) == [full, bare]
        assert found[0].row.value in (Fraction(11, 3), None)
        assert set(repository.judged_targets()) == {"T01"}


def test_verdicts_of_some_series_only(opened: Open) -> None:
    city = verdict()
    own = verdict(org=TAX, verdict_id="v2")
    district = verdict(region="610103", verdict_id="v3")
    other = verdict("T02", verdict_id="v4")
    with opened() as repository:
        repository.save_verdicts([change(kept, {}) for kept in (city, own, district, other)])
    with opened() as repository:
        wanted = [Series("T01", None, CITY), Series("T01", TAX, "610103")]
        assert list(repository.verdicts("T01", wanted)) == [city]
        assert list(repository.verdicts("T01", [])) == []
        assert len(repository.verdicts("T01")) == 3
        assert set(repository.judged_targets()) == {"T01", "T02"}


def test_a_new_version_takes_the_place_of_the_old(opened: Open) -> None:
    newer = verdict(verdict_id="v2", status="missed")
    with opened() as repository:
        repository.save_verdicts([change(verdict(), {"lines": ["旧"]})])
        repository.save_verdicts([change(newer, {"lines": ["新"]})])
    with opened() as repository:
        assert list(repository.verdicts("T01")) == [newer]


def test_what_goes_with_a_row_changes_without_a_new_version(opened: Open) -> None:
    with opened() as repository:
        repository.save_verdicts([change(verdict(), {"lines": []})])
        repository.save_verdicts([change(verdict(present=False))])
    with opened() as repository:
        assert [kept.present for kept in repository.verdicts("T01")] == [False]


def test_a_removed_verdict_stands_no_longer(opened: Open) -> None:
    gone = verdict(verdict_id="v2", value=None, status="unknown")
    with opened() as repository:
        repository.save_verdicts([change(verdict(), {})])
        repository.save_verdicts([change(gone, {}, removed=True)])
    with opened() as repository:
        assert list(repository.verdicts("T01")) == []
        assert set(repository.judged_targets()) == set()


def test_duties_come_back_by_key_or_all(opened: Open) -> None:
    owed, met = duty_row(), duty_row(org=CUSTOMS, status="on_time", met=True)
    with opened() as repository:
        repository.save_duties([owed, met])
    with opened() as repository:
        assert repository.duties() == {owed.key: owed, met.key: met}
        assert repository.duties([met.key, DutyKey("1.1/2021Q4", TAX)]) == {met.key: met}
        assert repository.duties([]) == {}


def test_a_duty_is_replaced_and_dropped(opened: Open) -> None:
    late = duty_row(status="late", met=True)
    with opened() as repository:
        repository.save_duties([duty_row(), duty_row(org=CUSTOMS)])
        repository.save_duties([late])
        repository.drop_duties([DutyKey("1.1/2021Q1", CUSTOMS)])
        repository.drop_duties([])
    with opened() as repository:
        assert repository.duties() == {late.key: late}


def test_figures_are_exact_to_the_last_digit(opened: Open) -> None:
    long = figure_statement(figure(Decimal("123456789.012345"), "1000000"))
    precise = verdict(value=Fraction(10**15 + 1, 3**20))
    with opened() as repository:
        repository.save_figures([long])
        repository.save_verdicts([change(precise, {})])
    with opened() as repository:
        assert repository.figures([long.key])[long.key].content == long.content
        assert repository.verdicts("T01")[0].row.value == Fraction(10**15 + 1, 3**20)


def test_moments_keep_their_microseconds(opened: Open) -> None:
    exact = figure_statement(stated=NOON + timedelta(microseconds=1))
    with opened() as repository:
        repository.save_figures([exact])
    with opened() as repository:
        assert repository.figures([exact.key])[exact.key].stated_at == exact.stated_at


def test_decisions_are_kept_once_and_in_order(opened: Open) -> None:
    first = Decision("w1", "waiver.requested", "w1", {"target": "T01"}, "k/office/", NOON)
    then = Decision("w2", "waiver.approved", "w1", {"reason": "同意"}, "k/office/", later())
    closed = Decision("p1", "period.closed", "2021Q1", {"rows": 0}, "k/office/", NOON)
    with opened() as repository:
        for decision in (then, first, closed, first._replace(actor="another")):
            repository.save_decision(decision)
    with opened() as repository:
        assert repository.decisions("waiver") == [first, then]
        assert repository.decisions("period") == [closed]
        assert repository.decisions() == [closed, first, then]


PERIODS = ("2021Q1", "202103", "2021Q2")


def test_freezing_names_the_verdicts_of_the_periods(opened: Open) -> None:
    some = [change(verdict(verdict_id=f"v{n}", period=period)) for n, period in enumerate(PERIODS)]
    with opened() as repository:
        repository.save_verdicts(some)
        assert set(repository.judged_periods()) == set(PERIODS)
        assert sorted(repository.freeze("c1", PERIODS[:2])) == ["v0", "v1"]
