"""Of several statements of one identity, which counts, and how each is answered."""

from datetime import date, timedelta

from services.indicators.domain.statements import first_receipt, settle
from services.indicators.domain.submission import FigureStatement, KnownStatement, Receipt, digest
from tests.support.statements import NOON, figure, figure_statement, later, report_statement


def said(value: str, hours: int, submission: str = "s1") -> FigureStatement:
    return figure_statement(figure(value, 23), stated=later(hours), submission=submission)


def test_the_first_statement_is_accepted_and_counts() -> None:
    settled = settle(None, (), said("5.5", 1))
    assert (settled.outcome, settled.moved, settled.touched) == ("accepted", True, True)
    assert settled.standing == said("5.5", 1)
    assert settled.kept is None


def test_the_same_content_at_the_same_time_is_a_duplicate_and_changes_nothing() -> None:
    settled = settle(said("5.5", 1), (), said("5.50", 1, "s9"))
    assert (settled.outcome, settled.moved, settled.touched) == ("duplicate", False, False)
    assert settled.standing == said("5.5", 1)


def test_the_same_content_later_is_a_duplicate_that_moves_the_standing_one_on() -> None:
    settled = settle(said("5.5", 1), (), said("5.5", 3, "s2"))
    assert (settled.outcome, settled.moved, settled.touched) == ("duplicate", False, True)
    assert (settled.standing.stated_at, settled.standing.submission_id) == (later(3), "s2")
    assert settled.kept == said("5.5", 1)


def test_the_same_content_with_an_earlier_time_is_a_duplicate_kept_as_known() -> None:
    settled = settle(said("5.5", 3), (), said("5.5", 1))
    assert (settled.outcome, settled.touched) == ("duplicate", False)
    assert settled.kept == said("5.5", 1)


def test_another_content_stated_later_is_a_revision_and_counts() -> None:
    settled = settle(said("5.5", 1), (), said("6", 2))
    assert (settled.outcome, settled.moved) == ("revised", True)
    assert settled.standing == said("6", 2)
    assert settled.kept == said("5.5", 1)


def test_another_content_stated_earlier_is_a_revision_kept_as_history() -> None:
    settled = settle(said("5.5", 2), (), said("6", 1))
    assert (settled.outcome, settled.moved, settled.touched) == ("revised", False, False)
    assert settled.standing == said("5.5", 2)
    assert settled.kept == said("6", 1)


def test_a_tie_goes_to_the_later_submission() -> None:
    wins = settle(said("5.5", 1, "s1"), (), said("6", 1, "s2"))
    loses = settle(said("6", 1, "s2"), (), said("5.5", 1, "s1"))
    assert wins.standing.content == loses.standing.content == figure("6", 23)


def test_a_return_to_an_earlier_content_is_a_revision() -> None:
    known = {KnownStatement(digest(figure("5.5", 23)), later(1))}
    settled = settle(said("6", 2), known, said("5.5", 3))
    assert (settled.outcome, settled.moved) == ("revised", True)


def test_a_statement_known_with_its_time_is_a_duplicate_even_when_another_counts() -> None:
    known = {KnownStatement(digest(figure("5.5", 23)), later(1))}
    settled = settle(said("6", 2), known, said("5.5", 1, "s9"))
    assert (settled.outcome, settled.moved, settled.touched) == ("duplicate", False, False)
    assert settled.kept is None


def test_a_comment_is_part_of_the_content() -> None:
    settled = settle(
        figure_statement(figure(1)), (), figure_statement(figure(1, comment="更正"), stated=later())
    )
    assert settled.outcome == "revised"


def test_zero_and_not_applicable_are_different_contents() -> None:
    settled = settle(
        figure_statement(figure(0)),
        (),
        figure_statement(figure(not_applicable=True), stated=later()),
    )
    assert settled.outcome == "revised"


def test_the_first_receipt_of_a_report_is_kept_through_revisions() -> None:
    in_time = report_statement(first=Receipt(date(2021, 3, 24), NOON, "s1"))
    again = report_statement(first=Receipt(date(2021, 4, 2), later(200), "s2"))
    assert first_receipt(in_time, again).first.day == date(2021, 3, 24)
    assert first_receipt(again, in_time).first.day == date(2021, 3, 24)
    assert first_receipt(None, again) == again


def test_of_receipts_on_one_day_the_earlier_moment_is_the_first() -> None:
    early = Receipt(date(2021, 3, 24), NOON, "s2")
    late = early._replace(received_at=NOON + timedelta(minutes=1), submission_id="s1")
    merged = first_receipt(report_statement(first=late), report_statement(first=early))
    assert merged.first == early
