"""What goes out together, and what the office decides on when too much opens at once."""

from fractions import Fraction
from typing import Any

import pytest

from services.alerts.adapters.channels.channel import Result
from services.alerts.adapters.channels.receivers import Route
from tests.service.alerts.conftest import Build
from tests.service.alerts.quiet_house import TO_ALL, House
from tests.support.alert_book import shanghai
from tests.support.registers import CUSTOMS

on_both = pytest.mark.usefixtures("each_database")

FAR: dict[str, Any] = {"attainment_ratio": Fraction(1, 2)}
FAILED = Result("status", 500)
CHAT = {"desk": "webhook", "chat": "wecom"}
TO_BOTH = (TO_ALL, Route("chat", *[frozenset[str]()] * 3))


def test_a_submission_is_one_message_per_unit_for_people(build: Build) -> None:
    house = build(routes=TO_BOTH, channels=CHAT)
    house.hear(*(house.row("missed", name) for name in ("T01", "T02")), batch="first")
    house.hear(
        house.row("missed", org=CUSTOMS, target_id="T03"), house.row("met", "T03"), batch="first"
    )
    house.hear(house.row("missed", "T04"), batch="second")
    found = house.sent()

    assert found[:4] == [
        ("desk", f"opened {what} yellow firing") for what in ("T01", "T02", f"T03/{CUSTOMS}", "T04")
    ]
    assert found[4:] == [
        ("chat", "opened T01 yellow firing", "opened T02 yellow firing"),
        ("chat", f"opened T03/{CUSTOMS} yellow firing"),
        ("chat", "opened T04 yellow firing"),
    ]


@on_both
def test_a_message_is_tried_again_as_it_was(build: Build) -> None:
    house = build(routes=TO_BOTH[1:], channels={"chat": "wecom"})
    house.hear(*(house.row("missed", name) for name in ("T01", "T02")), batch="first")
    whole = ("chat", "opened T01 yellow firing", "opened T02 yellow firing")
    assert house.sent(FAILED) == [whole]
    house.hear(house.row("missed", "T03"), batch="first")
    assert house.sent() == [("chat", "opened T03 yellow firing")]  # it waits for no one
    house.clock.advance(seconds=60)
    assert house.sent() == [whole]

    rows = house.do("GET", "notifications")["items"][::-1]
    assert [row["tries"] for row in rows] == [2, 2, 1]
    assert [len(row["attempts"]) for row in rows] == [2, 2, 1]
    assert rows[0]["message"] == rows[1]["message"] == rows[0]["id"]


@on_both
def test_the_steps_of_one_alert_stay_in_order(build: Build) -> None:
    house = build(routes=TO_BOTH[1:], channels={"chat": "wecom"})
    house.hear(house.row("behind"), house.row("missed"), house.row("missed", "T02"), batch="one")

    assert house.sent() == [
        ("chat", "opened T01 blue firing", "opened T02 yellow firing"),
        ("chat", "escalated T01 yellow firing"),
    ]


def test_the_morning_is_one_message_per_unit(build: Build) -> None:
    house = build(wait=True, routes=TO_BOTH[1:], channels={"chat": "wecom"})
    house.hear(house.row("missed"), batch="one")
    house.hear(house.row("missed", "T02"), batch="other")
    house.at(2021, 4, 19, 9)

    assert house.sent() == [("chat", "fired T01 yellow firing", "fired T02 yellow firing")]


OFFICE = {"flood": 3, "routes": TO_BOTH[1:], "channels": {"chat": "wecom", "office": "webhook"}}


def flooded(build: Build) -> House:
    house = build(**OFFICE)
    house.hear(*(house.row("missed", f"T{n:02}") for n in range(1, 7)), batch="decree")
    return house


@on_both
def test_a_flood_is_held_and_the_office_is_asked_once(build: Build) -> None:
    house = flooded(build)
    first = [f"opened T{n:02} yellow firing" for n in range(1, 4)]

    assert house.sent() == [("chat", *first), ("office", "notice.flood")]
    house.clock.advance(hours=8)
    house.hear(house.row("missed", "T07", **FAR))
    house.tick()
    assert house.sent() == []
    assert len(house.alerts()) == 7  # none is lost
    (flood,) = house.do("GET", "floods")["items"]
    assert (flood["state"], flood["alerts"], flood["open_alerts"]) == ("open", 4, 4)
    held = house.alerts(target="T07")[0]["held_by"]
    assert held == [{"kind": "flood", "id": flood["id"], "until": None}]
    assert house.states() == {"held": 4, "sent": 4}


def test_a_flood_that_is_released_goes_out_together(build: Build) -> None:
    house = flooded(build)
    house.sent()
    (flood,) = house.do("GET", "floods")["items"]
    released = house.do("POST", f"floods/{flood['id']}/release", json={"comment": "属实"})

    assert (released["state"], released["reason"]) == ("released", "属实")
    assert house.sent() == [("chat", *(f"opened T{n:02} yellow firing" for n in range(4, 7)))]
    house.hear(house.row("missed", "T08"))  # those before the decision are not counted again
    assert house.sent() == [("chat", "opened T08 yellow firing")]
    again = house.call("POST", f"floods/{flood['id']}/withdraw", json={"reason": "x"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "wrong-decision")


@on_both
def test_a_flood_that_is_withdrawn_revokes_what_it_held(build: Build) -> None:
    house = flooded(build)
    house.sent()
    (flood,) = house.do("GET", "floods")["items"]
    withdrawn = house.do("POST", f"floods/{flood['id']}/withdraw", json={"reason": "文件有误"})
    house.tick()

    assert (withdrawn["alerts"], withdrawn["open_alerts"]) == (3, 0)
    assert house.sent() == []
    assert [one["target"] for one in house.alerts(state="revoked")] == ["T06", "T05", "T04"]
    steps = house.do("GET", f"alerts/{house.alerts(state='revoked')[0]['id']}")["history"]
    assert (steps[-1]["step"], steps[-1]["reason"]) == ("revoked", "文件有误")
    assert len(house.alerts(state="firing")) == 3


def test_a_flood_outlives_the_process(build: Build) -> None:
    flooded(build).store.close()
    again = build(**OFFICE, now=shanghai(2021, 4, 16, 13))
    again.hear(again.row("missed", "T08"))

    assert [one["alerts"] for one in again.do("GET", "floods")["items"]] == [4]


def test_alerts_that_come_slowly_are_no_flood(build: Build) -> None:
    house = build(**OFFICE)
    for n in range(1, 8):
        house.clock.advance(seconds=19)  # and one: three a minute
        house.hear(house.row("missed", f"T{n:02}"))

    assert house.do("GET", "floods")["items"] == []
    assert len(house.sent()) == 7


@on_both
def test_a_city_held_by_a_flood_inhibits_nothing(build: Build) -> None:
    house = build(flood=2, routes=(TO_ALL,))
    house.hear(house.row("met"), house.row(region="610103"))
    house.hear(house.row(target_id="T02"))
    house.hear(house.row(**FAR))  # one too many
    house.sent()
    house.clock.advance(seconds=120)
    house.hear(house.row(**FAR), house.row("regressed", region="610103", **FAR))

    assert house.sent() == [("desk", "escalated T01/610103 red firing")]
