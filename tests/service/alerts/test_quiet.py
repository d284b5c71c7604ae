"""What holds notifications and what lets them go: silences, inhibition, the morning, floods."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from services.alerts.adapters.channels.channel import Result
from services.alerts.adapters.channels.receivers import Route
from services.alerts.domain.news import Duty
from tests.service.alerts.conftest import Build
from tests.service.alerts.quiet_house import TO_ALL
from tests.support.alert_book import a_duty, shanghai
from tests.support.registers import CUSTOMS, TAX

on_both = pytest.mark.usefixtures("each_database")

FAR: dict[str, Any] = {"attainment_ratio": Fraction(1, 2)}
FAILED = Result("status", 500)


def due_soon() -> Duty:
    return Duty("1.1/2021Q1", TAX, "1.1", "2021Q1", "due_soon", date(2021, 4, 20))


@on_both
def test_a_silenced_alert_rings_once_after_the_end_as_it_then_stands(build: Build) -> None:
    house = build()
    house.silence("2021-04-17T12:00", target="T01")
    house.hear(house.row("behind"), house.row("behind", "T02"))
    house.hear(house.row("missed"))

    assert house.sent() == [("desk", "opened T02 blue firing")]
    (alert,) = house.alerts(target="T01")
    assert (alert["colour"], alert["state"]) == ("yellow", "firing")  # its life goes on
    assert alert["silenced_until"] == "2021-04-17T04:00:00Z"
    assert [hold["kind"] for hold in alert["held_by"]] == ["silence"]
    assert house.do("GET", f"alerts/{alert['id']}")["silenced_until"] == "2021-04-17T04:00:00Z"
    house.do("POST", f"alerts/{alert['id']}/acknowledge", json={})
    house.at(2021, 4, 17, 11, 59)
    assert house.sent() == []
    house.at(2021, 4, 17, 12, 0)

    assert house.sent() == [("desk", "escalated T01 yellow acknowledged")]
    house.at(2021, 4, 17, 12, 1)
    assert house.sent() == []
    assert house.states() == {"sent": 2, "superseded": 1}
    assert house.alerts(target="T01")[0]["held_by"] == []


@on_both
def test_a_silence_that_is_ended_early_lets_go_at_once_and_stays_listed(build: Build) -> None:
    house = build()
    silence = house.silence(org=TAX)
    house.hear(house.row("missed"))
    assert house.sent() == []
    house.clock.advance(hours=1)
    ended = house.do("DELETE", f"silences/{silence['id']}")

    assert house.sent() == [("desk", "opened T01 yellow firing")]
    assert (ended["state"], ended["ended_at"]) == ("ended", "2021-04-16T05:00:01Z")
    house.clock.advance(hours=1)
    again = house.do("DELETE", f"silences/{silence['id']}")
    assert again == ended
    assert house.do("GET", "silences")["items"] == [ended]


def test_red_is_silenced_only_by_its_name(build: Build) -> None:
    house = build()
    house.silence(target=["T01", "T02"])
    house.silence(target="T02", colour="red")
    house.hear(*(house.row("missed", name, **FAR) for name in ("T01", "T02")))

    assert house.sent() == [("desk", "opened T01 red firing")]


def test_a_colour_that_is_not_silenced_says_what_was(build: Build) -> None:
    house = build()
    silence = house.silence(target="T01")
    house.hear(house.row("missed"))
    house.hear(house.row("missed", **FAR))
    assert house.sent() == [("desk", "escalated T01 red firing")]

    house.do("DELETE", f"silences/{silence['id']}")
    assert house.sent() == []


@on_both
def test_a_new_silence_holds_what_nobody_has_tried_to_send(build: Build) -> None:
    house = build()
    house.hear(house.row("missed", "T01"))
    house.sent(FAILED)
    house.hear(house.row("missed", "T02"))
    silence = house.silence(org=TAX)
    house.clock.advance(seconds=60)

    assert house.sent() == [("desk", "opened T01 yellow firing")]  # somebody may have it
    house.do("DELETE", f"silences/{silence['id']}")
    assert house.sent() == [("desk", "opened T02 yellow firing")]


def test_what_ends_under_a_silence_says_so_only_where_it_was_told(build: Build) -> None:
    house = build()
    house.hear(house.row("behind", "T01"))
    house.sent()
    silence = house.silence(target=["T01", "T02"])
    house.hear(house.row("behind", "T02"))
    for alert in house.alerts():
        house.do("POST", f"alerts/{alert['id']}/revoke", json={"reason": "误填"})
    house.do("DELETE", f"silences/{silence['id']}")

    assert house.sent() == [("desk", "revoked T01 blue revoked")]
    assert house.states() == {"sent": 2, "superseded": 2}


@on_both
def test_the_citys_alert_inhibits_those_of_its_rows_until_it_ends(build: Build) -> None:
    house = build()
    house.hear(house.row(), house.row(region="610103"), house.row(org=TAX))
    house.hear(house.row("met", "T02"), house.row(region="610103", target_id="T02"))
    assert house.sent() == [
        ("desk", "opened T01 yellow firing"),
        ("desk", "opened T02/610103 yellow firing"),
    ]
    city, *rows = house.alerts(target="T01")[::-1]
    assert [row["held_by"] for row in rows] == [
        [{"kind": "inhibition", "id": city["id"], "until": None}]
    ] * 2
    assert city["held_by"] == []

    closing = {"comment": "属实", "reason": "已约谈"}
    house.do("POST", f"alerts/{city['id']}/close", json=closing)
    house.clock.advance(seconds=5)
    house.tick()
    assert house.sent() == [
        ("desk", "closed T01 yellow closed"),
        ("desk", "opened T01/610103 yellow firing"),
        ("desk", f"opened T01/{TAX} yellow firing"),
    ]


def test_a_row_rings_where_it_is_worse_than_the_citys(build: Build) -> None:
    house = build()
    house.hear(house.row(), house.row(region="610103", **FAR))

    assert house.sent()[1:] == [("desk", "opened T01/610103 red firing")]


def test_who_is_not_told_of_the_city_is_told_of_its_own_row(build: Build) -> None:
    own = Route("customs-desk", frozenset(), frozenset({CUSTOMS}), frozenset())
    house = build(routes=(TO_ALL, own))
    house.hear(house.row(), house.row(org=CUSTOMS))

    assert house.sent() == [
        ("desk", "opened T01 yellow firing"),
        ("customs-desk", f"opened T01/{CUSTOMS} yellow firing"),
    ]


def test_what_the_office_decides_is_no_repetition(build: Build) -> None:
    house = build()
    house.hear(house.row(), house.row(region="610103"))
    house.sent()
    (row,) = house.alerts(target="T01", org="")[:1]
    house.do(
        "POST", f"alerts/{row['id']}/extend", json={"reason": "汛期", "reply_due": "2021-06-01"}
    )

    assert house.sent() == [("desk", "extended T01/610103 yellow firing")]


def test_a_silenced_city_inhibits_nothing(build: Build) -> None:
    house = build()
    house.silence(region="610100")
    house.hear(house.row(), house.row(region="610103"))

    assert house.sent() == [("desk", "opened T01/610103 yellow firing")]


@on_both
def test_an_overdue_duty_replaces_its_own_reminder(build: Build) -> None:
    house = build()
    house.hear(due_soon())
    house.sent(FAILED)
    house.hear(a_duty(effective_due=date(2021, 4, 20)))
    house.clock.advance(seconds=60)

    assert house.sent() == [("desk", "escalated 1.1/2021Q1/tax-bureau yellow firing")]
    assert house.states() == {"sent": 1, "superseded": 1}


def test_a_reminder_that_waits_for_the_morning_does_not_ring_beside_the_card(build: Build) -> None:
    house = build(wait=True)
    house.hear(due_soon())
    house.hear(a_duty(effective_due=date(2021, 4, 20)))
    assert house.sent() == []
    house.at(2021, 4, 19, 9)

    assert house.sent() == [("desk", "fired 1.1/2021Q1/tax-bureau yellow firing")]


def test_blue_of_friday_evening_goes_out_on_the_make_up_working_day(build: Build) -> None:
    house = build(wait=True, now=shanghai(2021, 2, 19, 18))
    house.hear(house.row("behind", period="2021Q1", ended=False))
    house.at(2021, 2, 20, 8, 59)
    assert house.sent() == []
    house.at(2021, 2, 20, 9)

    assert house.sent() == [("desk", "fired T01 blue firing")]


def test_red_goes_out_at_three_in_the_morning(build: Build) -> None:
    house = build(wait=True, now=shanghai(2021, 4, 17, 3))  # a Saturday
    house.hear(house.row("missed", **FAR))

    assert house.sent() == [("desk", "opened T01 red firing")]


STEPS = [
    ("return", {"reason": "不实"}),
    ("extend", {"reason": "汛期", "reply_due": "2021-06-01"}),
    ("assign", {"reason": "职责调整", "org": CUSTOMS}),
    ("revoke", {"reason": "误填"}),
    ("close", {"comment": "属实", "reason": "已约谈"}),
]


@pytest.mark.parametrize(("step", "body"), STEPS)
def test_every_step_below_red_waits_for_the_morning(
    build: Build, step: str, body: dict[str, object]
) -> None:
    house = build(wait=True)
    house.hear(house.row("missed"))
    house.at(2021, 4, 19, 9)
    assert house.sent() == [("desk", "fired T01 yellow firing")]
    (alert,) = house.alerts()
    house.clock.advance(hours=3)
    if step == "return":
        reply = {"comment": "x", "cause": "x", "measures": "x", "finish_by": "2021-05-31"}
        house.do("POST", f"alerts/{alert['id']}/reply", json=reply)
    house.do("POST", f"alerts/{alert['id']}/{step}", json=body)
    assert house.sent() == []
    (row,) = [one for one in house.do("GET", "notifications")["items"] if one["state"] == "queued"]
    assert row["next_try_at"] == "2021-04-20T01:00:00Z"
    house.at(2021, 4, 20, 9)

    ((_, message),) = house.sent()
    assert message.startswith({"assign": "assigned", "close": "closed"}.get(step, step + "ed")[:6])


@on_both
def test_what_the_morning_run_finds_goes_out_with_it(build: Build) -> None:
    house = build(wait=True)
    house.hear(house.row("missed"))
    house.at(2021, 4, 19, 9)
    house.sent()
    house.hear(house.row("met"))
    house.at(2021, 4, 20, 9, 1)  # the second look makes the recovery certain

    assert house.sent() == [("desk", "recovered T01 yellow firing")]


@on_both
def test_red_does_not_wait_behind_what_waits_for_the_morning(build: Build) -> None:
    house = build(wait=True)
    house.hear(house.row("missed"))
    house.at(2021, 4, 19, 9)
    house.sent()
    (alert,) = house.alerts()
    body = {"reason": "汛期", "reply_due": "2021-06-01"}
    house.do("POST", f"alerts/{alert['id']}/extend", json=body)
    house.clock.set(shanghai(2021, 4, 20, 3))
    house.hear(house.row("missed", **FAR))

    assert house.sent() == [
        ("desk", "extended T01 yellow firing"),
        ("desk", "escalated T01 red firing"),
    ]


def test_what_a_silence_held_waits_for_the_morning_too(build: Build) -> None:
    house = build(wait=True)
    house.silence("2021-04-20T03:00", target="T01")
    house.hear(house.row("missed"))
    house.at(2021, 4, 19, 9)
    house.at(2021, 4, 20, 3)
    assert house.sent() == []
    house.at(2021, 4, 20, 9)

    assert house.sent() == [("desk", "fired T01 yellow firing")]


def test_a_run_made_up_at_night_sends_nothing_before_the_hour(build: Build) -> None:
    house = build(wait=True)
    house.hear(house.row("missed"))
    house.at(2021, 4, 19, 9)
    house.sent()
    house.clock.set(shanghai(2021, 4, 21, 2, 59))
    (alert,) = house.alerts()
    body = {"reason": "汛期", "reply_due": "2021-06-01"}
    house.do("POST", f"alerts/{alert['id']}/extend", json=body)
    house.at(2021, 4, 21, 3)
    assert house.sent() == []
    house.at(2021, 4, 21, 9)

    assert house.sent() == [("desk", "extended T01 yellow firing")]
