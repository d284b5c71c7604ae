"""Silences over HTTP: what is refused, what is previewed, who may, what the audit chain says."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.service.alerts.over_http import codes
from tests.service.alerts.quiet_house import TARGETS, House
from tests.support.alert_book import shanghai
from tests.support.clock import ManualClock
from tests.support.registers import TAX

on_both = pytest.mark.usefixtures("each_database")

DUTIES = [f"1.1/2021Q{n}" for n in range(1, 5)]
WELL: dict[str, Any] = {"matchers": {"target": "T01"}, "reason": "系统切换", "until": "2021-05-01"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, ManualClock(shanghai(2021, 4, 16)))
    yield house
    house.store.close()


EVERYTHING = [
    {"colour": ["blue", "yellow", "red"]},
    {"colour": ["blue", "yellow"]},
    {"target": list(TARGETS), "duty": DUTIES},
    {"target": list(TARGETS), "duty": DUTIES, "region": []},
]


@pytest.mark.parametrize("matchers", EVERYTHING)
def test_a_silence_over_everything_is_refused(house: House, matchers: dict[str, object]) -> None:
    answer = house.call("POST", "silences", json=WELL | {"matchers": matchers})

    assert (answer.status_code, codes(answer)) == (422, ["silence-too-broad"])
    assert house.do("GET", "silences")["items"] == []


@pytest.mark.parametrize(
    "matchers", [{"colour": "blue"}, {"target": list(TARGETS)}, {"org": TAX}, {"region": "610100"}]
)
def test_a_silence_over_much_is_taken(house: House, matchers: dict[str, object]) -> None:
    assert house.call("POST", "silences", json=WELL | {"matchers": matchers}).status_code == 201


WRONG: list[tuple[dict[str, object], list[str]]] = [
    ({"matchers": {}}, ["silence-empty"]),
    ({"matchers": {"org": []}}, ["silence-empty"]),
    ({"until": "2021-04-16T12:00:00"}, ["silence-until-past"]),
    ({"until": "2021-07-17T12:00:01"}, ["silence-until-too-far"]),
    ({"until": "soon"}, ["bad-time"]),
    ({"matchers": {}, "until": "2020-01-01"}, ["silence-empty", "silence-until-past"]),
    ({"reason": " "}, ["empty"]),
    ({"matchers": {"colour": "green"}}, ["not-one-of"]),
    ({"matchers": {"indicator": "days"}}, ["unknown-field"]),
    (
        {"matchers": {"org": "x", "target": ["T01", "T99"], "duty": "9.9/2021Q1", "region": "1"}},
        ["unknown-org", "unknown-target", "unknown-duty", "unknown-region"],
    ),
]


@pytest.mark.parametrize(("changes", "found"), WRONG)
def test_each_fault_has_its_code(
    house: House, changes: dict[str, object], found: list[str]
) -> None:
    for params in ({}, {"dry_run": "true"}):
        answer = house.call("POST", "silences", json=WELL | changes, params=params)
        assert (answer.status_code, codes(answer)) == (422, found)


def test_its_longest_is_92_days(house: House) -> None:
    body = WELL | {"until": "2021-07-17T12:00:00"}
    assert house.call("POST", "silences", json=body).status_code == 201


@on_both
def test_the_preview_shows_what_would_be_hidden_and_changes_nothing(house: House) -> None:
    house.hear(house.row("missed"), house.row("missed", "T02"))
    house.hear(house.row("missed", "T03", attainment_ratio=Fraction(1, 2)))
    body = WELL | {"matchers": {"target": ["T01", "T03"]}}
    answer = house.call("POST", "silences", json=body, params={"dry_run": "true"})

    assert answer.status_code == 200
    preview = answer.json()
    assert [alert["target"] for alert in preview["alerts"]] == ["T01"]  # that of T03 is red
    # Nine targets: the city, two regions, two reporting units each; two units owe four reports.
    shown = preview["open_alerts"], preview["identities"], preview["identities_total"]
    assert shown == (1, 2 * 5, 9 * 5 + 8)
    assert house.do("GET", "silences")["items"] == []
    assert house.alerts(target="T01")[0]["held_by"] == []


@on_both
def test_a_silence_is_shown_as_it_was_asked_for(house: House) -> None:
    made = house.silence(target=["T02", "T01", "T01"], colour="red")

    assert made == {
        "id": made["id"],
        "state": "active",
        "matchers": {
            "org": [],
            "target": ["T01", "T02"],
            "duty": [],
            "region": [],
            "colour": ["red"],
        },
        "reason": "系统切换",
        "until": "2021-04-30T16:00:00Z",
        "owner": "office000001/office/",
        "created_at": "2021-04-16T04:00:00Z",
        "ended_at": None,
        "ended_by": None,
    }
    other = house.silence(target="T03")
    first = house.do("GET", "silences", params={"limit": "1"})
    rest = house.do("GET", "silences", params={"cursor": first["next_cursor"]})
    assert (first["items"], rest["items"]) == ([other], [made])
    house.clock.set(shanghai(2021, 5, 1, 0))
    assert [one["state"] for one in house.do("GET", "silences")["items"]] == ["ended", "ended"]


def test_units_and_the_auditor_change_nothing(house: House) -> None:
    silence = house.silence(target="T01")
    for key in ("tax", "auditor"):
        refused = [
            house.call("POST", "silences", key, json=WELL),
            house.call("DELETE", f"silences/{silence['id']}", key),
            house.call("POST", "floods/x/release", key),
            house.call("POST", "floods/x/withdraw", key, json={"reason": "x"}),
        ]
        assert {answer.status_code for answer in refused} == {403}
    for path in ("silences", "floods"):
        assert house.call("GET", path, "auditor").status_code == 200
        assert house.call("GET", path, "tax").status_code == 403
    assert house.call("GET", "silences", params={"owner": "x"}).status_code == 422
    assert house.call("POST", "silences", json=WELL, params={"dryrun": "1"}).status_code == 422


def test_what_is_not_there_is_not_found(house: House) -> None:
    answers = [
        house.call("DELETE", "silences/nowhere"),
        house.call("POST", "floods/nowhere/release"),
        house.call("POST", "floods/nowhere/withdraw", json={"reason": "x"}),
    ]
    assert [(one.status_code, codes(one)) for one in answers] == [(404, ["not-found"])] * 3


@on_both
def test_silences_and_floods_are_audited(tmp_path: Path) -> None:
    house = House(tmp_path, ManualClock(shanghai(2021, 4, 16)), flood=1)
    silence = house.silence(target="T01")
    house.do("DELETE", f"silences/{silence['id']}")
    house.hear(*(house.row("missed", name) for name in TARGETS[:3]))
    (flood,) = house.do("GET", "floods")["items"]
    house.do("POST", f"floods/{flood['id']}/withdraw", json={"reason": "文件有误"})
    acts = house.do("GET", "audit/alerts")["items"]
    house.store.close()

    assert [(one["act"], one["subject"]) for one in acts] == [
        ("silence.created", silence["id"]),
        ("silence.ended", silence["id"]),
        ("flood.withdrawn", flood["id"]),
    ]
    assert acts[0]["details"] == {
        "matchers": {"org": [], "target": ["T01"], "duty": [], "region": [], "colour": []},
        "reason": "系统切换",
        "until": "2021-04-30T16:00:00Z",
    }
    assert acts[2]["details"] == {"reason": "文件有误"}
    assert {one["actor"] for one in acts} == {"office000001/office/"}
