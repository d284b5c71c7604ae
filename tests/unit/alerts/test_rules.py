"""The colours of domain.md section 7, read from the register's rules."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from duibiao.register import AlertRules, Window, parse
from services.alerts.domain import rules
from services.alerts.domain.alert import Colour, Trigger, number
from tests.support.alert_book import WORKDAYS, a_duty, city_row, shanghai
from tests.support.registers import alert_rule, alert_rules

RULES = alert_rules()


def colour(found: Trigger | None) -> str | None:
    return None if found is None else found.colour.value


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("unknown", None),
        ("on_track", None),
        ("at_risk", "blue"),
        ("behind", "blue"),
        ("met", None),
        ("missed", "yellow"),
        ("sustained", None),
        ("regressed", "yellow"),
        ("waived", None),
    ],
)
def test_each_status_has_its_colour(status: str, expected: str | None) -> None:
    assert colour(rules.of_verdict(RULES, None, city_row(status), [])) == expected


@pytest.mark.parametrize(
    ("status", "before", "expected"),
    [
        ("missed", "missed", "red"),
        ("missed", "regressed", "red"),
        ("regressed", "missed", "red"),
        ("missed", "behind", "yellow"),
        ("missed", "met", "yellow"),
        ("behind", "missed", "blue"),
    ],
)
def test_two_breaches_running_are_red(status: str, before: str, expected: str) -> None:
    assert colour(rules.of_verdict(RULES, None, city_row(status), [before])) == expected


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (Fraction(2, 3), "yellow"),
        (Fraction(2, 3) - Fraction(1, 10**12), "red"),
        (Fraction(0), "red"),
        (None, "yellow"),
    ],
)
def test_a_breach_below_two_thirds_is_red(ratio: Fraction | None, expected: str) -> None:
    verdict = city_row("missed", attainment_ratio=ratio)

    assert colour(rules.of_verdict(RULES, "ensure", verdict, [])) == expected


@pytest.mark.parametrize("verb", ["strive", "promote"])
def test_what_is_only_striven_for_never_goes_beyond_yellow(verb: str) -> None:
    far_off = city_row("missed", attainment_ratio=Fraction(1, 10))

    found = rules.of_verdict(RULES, verb, far_off, ["missed"])  # type: ignore[arg-type]

    assert found is not None
    assert found.colour is Colour.YELLOW
    # The rule named is the one that gives yellow by itself, not a capped red.
    assert found.rule == "yellow-breach"


def test_a_far_off_figure_that_is_not_yet_due_is_no_red() -> None:
    verdict = city_row("behind", attainment_ratio=Fraction(1, 10))

    assert colour(rules.of_verdict(RULES, None, verdict, ["behind"])) == "blue"


def test_near_the_threshold_speaks_only_when_switched_on() -> None:
    near = city_row("met", near_threshold=True)
    switched_on = alert_rules(alert_rule("near", "blue", "near_threshold"))

    assert rules.of_verdict(RULES, None, near, []) is None
    assert colour(rules.of_verdict(switched_on, None, near, [])) == "blue"
    assert rules.of_verdict(switched_on, None, replace(near, near_threshold=False), []) is None


def test_a_finding_names_rule_period_and_verdict() -> None:
    verdict = city_row("regressed", id="v77", period="2021Q3")

    assert rules.of_verdict(RULES, None, verdict, []) == Trigger(
        Colour.YELLOW, "yellow-breach", "verdict", "2021Q3", "v77", "v77", figure="6.1", breach=True
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("not_due", None),
        ("due_soon", "blue"),
        ("overdue", "yellow"),
        ("on_time", None),
        ("late", None),
        ("zero_report", None),
        ("exempt", None),
    ],
)
def test_a_duty_is_blue_when_due_soon_and_yellow_when_overdue(
    status: str, expected: str | None
) -> None:
    assert colour(rules.of_duty(RULES, a_duty(status), "event")) == expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        # Ten working days after Wednesday 2021-03-31, with Qingming on 3 to 5 April:
        # 1, 2, 6, 7, 8, 9, 12, 13, 14, 15 April. Five more: 16, 19, 20, 21, 22.
        (date(2021, 4, 15), None),
        (date(2021, 4, 16), "blue"),
        (date(2021, 4, 22), "blue"),
        (date(2021, 4, 23), "yellow"),
        (date(2022, 1, 1), "yellow"),
    ],
)
def test_a_figure_is_owed_ten_working_days_after_its_period(
    today: date, expected: str | None
) -> None:
    found = rules.of_missing_figure(
        RULES, None, parse("2021Q1"), report_within=10, today=today, workdays=WORKDAYS
    )

    assert colour(found) == expected
    assert found is None or found.cause == "figure 2021Q1"


@pytest.mark.parametrize(
    ("today", "verb", "expected"),
    [
        (date(2021, 4, 12), None, None),
        (date(2021, 4, 13), None, Colour.RED),
        (date(2021, 4, 13), "ensure", Colour.RED),
        (date(2021, 4, 13), "promote", Colour.YELLOW),
    ],
)
def test_a_yellow_without_a_reply_becomes_red_the_day_after(
    today: date, verb: str | None, expected: Colour | None
) -> None:
    found = rules.of_missing_reply(
        RULES,
        verb,  # type: ignore[arg-type]
        date(2021, 4, 12),
        today=today,
        workdays=WORKDAYS,
    )

    assert (found and found[1]) == expected


@pytest.mark.parametrize(
    ("shade", "sent", "expected"),
    [
        # From Friday 30 April, May Day to the 5th, Saturday 8 May a make-up day: 6, 7, 8, 10, 11.
        (Colour.YELLOW, date(2021, 4, 30), date(2021, 5, 11)),
        (Colour.RED, date(2021, 4, 30), date(2021, 5, 8)),
        (Colour.BLUE, date(2021, 4, 30), None),
    ],
)
def test_a_reply_is_asked_for_in_working_days(
    shade: Colour, sent: date, expected: date | None
) -> None:
    assert rules.reply_due(RULES, shade, sent, WORKDAYS) == expected


def test_a_rule_that_is_switched_off_says_nothing() -> None:
    off = alert_rules(
        alert_rule("off", "red", statuses=("missed",), periods=3, enabled=False),
        alert_rule("on", "blue", statuses=("missed",), periods=2),
    )

    assert colour(rules.of_verdict(off, None, city_row(), ["missed", "missed"])) == "blue"
    assert rules.periods_asked(off) == 2


def test_no_rule_at_all_finds_nothing() -> None:
    none = AlertRules((), {}, {}, 3, shanghai(2021, 1, 1, 9).time(), wait_for_morning=False)

    assert rules.of_verdict(none, None, city_row(), []) is None
    assert rules.of_duty(none, a_duty(), "event") is None
    assert rules.periods_asked(none) == 1


def test_the_window_holds_the_periods_that_begin_in_it() -> None:
    window = Window(date(2021, 1, 15), date(2021, 7, 1))

    codes = [period.code for period in rules.periods_begun(window, "quarter")]

    assert codes == ["2021Q2", "2021Q3"]


def test_numbers_carry_colour_year_and_place() -> None:
    assert number(Colour.YELLOW, 2021, 7) == "黄-2021-0007"
    assert number(Colour.BLUE, 2022, 1) == "蓝-2022-0001"
    assert number(Colour.RED, 2021, 12345) == "红-2021-12345"
