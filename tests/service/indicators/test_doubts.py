"""`/v1/doubts`: each planted doubt is asked once and only once, and changes no verdict."""

import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import delete

from duibiao.bus.sqlite import SqliteBus
from duibiao.register import DoubtRules
from duibiao.store import Store
from services.indicators import wiring
from services.indicators.adapters.events import read_decision
from services.indicators.adapters.repository import tables
from services.indicators.domain.submission import CaseContent, FigureContent, Submission
from services.indicators.settings import IndicatorsSettings
from tests.service.indicators.service import SUBMISSIONS, WORKDAYS, IndicatorsService, Row, packed
from tests.support.clock import ManualClock
from tests.support.registers import CITY, CUSTOMS, FINANCE, TAX, indicator, org, register, target
from tests.support.servers.databases import url_in
from tests.support.statements import at, case, cases, figure, observations, submitted

pytestmark = pytest.mark.usefixtures("each_database")

DECISIONS, ANSWERED = "duibiao.decisions.v1", "duibiao.doubt.answered"
WATER, ROADS = "water-bureau", "roads-bureau"
Q1, Q2 = at("2021-04-06"), at("2021-07-06")
LAST_MINUTE = at("2021-07-14", 23) + timedelta(minutes=45)  # ten working days after June
DAYS = indicator()
EACH = indicator("each", statistic="each")
HOTLINE = indicator("hotline", unit="percent", statistic="share", direction="up", maximum=100)
RATE = replace(HOTLINE, code="rate", name="rate", doubts=DoubtRules(agrees_with="hotline"))
ITEMS = indicator("items", unit="item", statistic="latest", direction="up")
REGISTER = register(
    orgs=[org(code) for code in (TAX, CUSTOMS, FINANCE, WATER, ROADS)],
    indicators=[DAYS, EACH, HOTLINE, RATE, ITEMS],
    targets=[
        target("T01", DAYS),
        target("T02", EACH, threshold=10),
        target("T03", RATE, op=">=", threshold=90),
        target("T04", HOTLINE, op=">=", threshold=None),
        target("T05", ITEMS, op=">=", threshold=100),
        target("T06", DAYS, threshold=6),  # a second one, which asks nothing twice
    ],
)


def said(
    content: FigureContent, code: str = "days", org: str = TAX, period: str = "2021Q2"
) -> Submission:
    received = Q1 if period == "2021Q1" else Q2
    # What a unit reports for a district alone stands in two rows.
    row = ("610103" if (code, org) == ("days", CUSTOMS) else CITY, period, content)
    return observations(f"{code}-{org}-{period}", row, indicator=code, org=org, received=received)


def sent(number: str, content: CaseContent, org: str, day: str) -> Submission:
    name = f"{number}-{org}-{day}"
    return cases(name, (number, content), indicator="each", org=org, received=at(day))


def handled(
    number: str, accepted: str, completed: str, *, org: str = TAX, code: str = "each"
) -> Submission:
    """Return a case sent on the day of its completion."""
    content = case(accepted, completed)
    received = at(completed, 18)
    return cases(f"{number}-{org}", (number, content), indicator=code, org=org, received=received)


def asked_again(submission: Submission, content: FigureContent, when: datetime) -> Submission:
    """Return another content of the one figure of a submission."""
    (row,) = submission.observations
    rows = (row.key.region, row.key.period, content)
    name, indicator = f"{submission.id}-{when.isoformat()}", row.key.indicator
    return observations(name, rows, org=submission.org, indicator=indicator, received=when)


def share(percent: int) -> FigureContent:
    return figure(of=(percent, 100))


# Working days of 2021: 12 to 25 April without the 17th, 18th, 24th; the 25th is a make-up day.
CLEAN = [
    *(said(figure(v, 40), period=q) for q, v in (("2021Q1", 5), ("2021Q2", "4.8"))),
    *(said(figure(v, 30), org=CUSTOMS, period=q) for q, v in (("2021Q1", 4), ("2021Q2", "4.1"))),
    *(said(figure(v, 9), org=FINANCE, period=q) for q, v in (("2021Q1", 3), ("2021Q2", "3.1"))),
    *(said(share(v), "rate", period=q) for q, v in (("2021Q1", 92), ("2021Q2", 93))),
    *(said(share(v), "rate", CUSTOMS, q) for q, v in (("2021Q1", 91), ("2021Q2", 92))),
    said(share(90), "hotline", period="2021Q1"),
    observations(
        "last of several", (CITY, "2021Q2", share(91)), indicator="hotline", received=LAST_MINUTE
    ),
    *(said(share(v), "hotline", CUSTOMS, q) for q, v in (("2021Q1", 92), ("2021Q2", 90))),
    *(said(figure(v), "items", period=q) for q, v in (("2021Q1", 30), ("2021Q2", 45))),
    *(handled(f"C-{n}", "2021-04-12", f"2021-04-{n}") for n in (13, 14, 15, 16, 19, 20)),
    *(handled(f"F-{n}", "2021-04-12", f"2021-04-{n}", org=FINANCE) for n in (19, 20)),
    # Handled late and keyed late; completed before the installation; a number given up again.
    sent("H-1", case("2021-04-12", "2021-05-20"), ROADS, "2021-07-06"),
    sent("B-1", case("2020-12-10", "2020-12-21"), WATER, "2021-01-08"),
    sent("C-13", case("2021-04-12", outcome="withdrawn"), CUSTOMS, "2021-04-13"),
]
PAUSED = case("2021-05-10", "2021-06-10", pauses=(("2021-05-11", "2021-06-08"),))
PLANTED: dict[str, Sequence[Submission]] = {
    "paused_share": [sent("P-1", PAUSED, FINANCE, "2021-06-11")],
    "jump": [asked_again(said(figure("4.1", 30), org=CUSTOMS), figure(9, 30), at("2021-07-07"))],
    "contradiction": [
        handled("X-1", "2021-04-12", "2021-04-15", org=FINANCE, code="days"),  # 3 days
        handled("X-2", "2021-04-12", "2021-04-19", org=FINANCE, code="days"),  # 5 days
    ],
    "restated": [
        asked_again(said(figure("4.8", 40)), figure(value, 40), at(day))
        for value, day in (("7", "2021-07-07"), ("5.2", "2021-07-08"))
    ],
    "last_minute": [
        observations(
            "w1", (CITY, "2021Q2", figure(40)), indicator="items", org=WATER, received=LAST_MINUTE
        )
    ],
    "at_limit": [said(figure(100), "items", ROADS)],
    "revised_after_closing": [
        asked_again(said(share(92), "rate", period="2021Q1"), share(94), at("2021-08-01"))
    ],
    "double_case": [
        handled("D-1", "2021-05-10", "2021-05-14"),
        handled("D-1", "2021-05-11", "2021-05-17", org=CUSTOMS),
    ],
    "late_keying": [sent("L-1", case("2021-04-12", "2021-04-20"), CUSTOMS, "2021-06-01")],
    "late_figure": [
        observations(
            "late",
            (CITY, "2021Q2", share(91)),
            indicator="hotline",
            org=FINANCE,
            received=at("2021-07-20"),
        )
    ],
    "unusual_age": [sent("U-1", case("2018-06-01", outcome="open"), ROADS, "2021-05-10")],
    "disagreement": [asked_again(said(share(90), "hotline", CUSTOMS), share(75), at("2021-07-07"))],
}
EXPECTED = {
    "paused_share": ("each", [FINANCE]),
    "jump": ("days", [CUSTOMS]),
    "contradiction": ("days", [FINANCE]),
    "restated": ("days", [TAX]),
    "last_minute": (None, [WATER]),
    "at_limit": ("items", [ROADS]),
    "revised_after_closing": ("rate", [TAX]),
    "double_case": ("each", [CUSTOMS, TAX]),
    "late_keying": ("each", [CUSTOMS]),
    "late_figure": ("hotline", [FINANCE]),
    "unusual_age": ("each", [ROADS]),
    "disagreement": ("rate", [CUSTOMS]),
}


def doubts(service: IndicatorsService, key: str = "office", **given: str) -> list[Row]:
    answer = service.calls(key).get("/v1/doubts", params={"period": "2021S1"} | given)
    assert answer.status_code == 200, answer.text
    rows: list[Row] = answer.json()["items"]
    return rows


def begun(folder: Path) -> IndicatorsService:
    """Return a service that was installed in January, with clean data and a closed quarter."""
    clock = ManualClock(at("2021-01-04", 12))
    made = IndicatorsService(folder, clock, register=REGISTER).start()
    clock.set(at("2021-08-02", 12))
    made.post(*CLEAN)
    closed = made.calls("office").request("POST", "/v1/closings", json={"period": "2021Q1"})
    assert closed.status_code == 201, closed.text
    return made


@pytest.fixture(scope="module")
def service(shared_folder: Path) -> Iterator[IndicatorsService]:
    with begun(shared_folder) as made:
        assert doubts(made) == doubts(made, period="2020") == []
        made.post(*(one for some in PLANTED.values() for one in some))
        yield made.quiet()


def test_each_planted_doubt_is_asked_once_and_only_once(service: IndicatorsService) -> None:
    found = doubts(service)
    assert {row["kind"]: (row["indicator"], row["orgs"]) for row in found} == EXPECTED
    assert len(found) == len(EXPECTED)


def test_facts_are_exact_and_asked_in_both_languages(service: IndicatorsService) -> None:
    found = {row["kind"]: row for row in doubts(service)}
    # Of FINANCE: 5 and 6 days; from 10 May to 10 June 23 days (Dragon Boat is the 14th), of
    # which from 11 May to 8 June 20 are paused.
    paused = {"paused_share": "1000/17", "extended_share": "0", "alarm": "30"}
    assert found["paused_share"]["facts"] == paused
    assert found["jump"]["facts"] == {"value": "9", "lowest": "4", "highest": "4"}
    assert found["contradiction"]["facts"] == {"value": "3.1", "cases": "4"}
    assert found["restated"]["facts"] == {"before": "7", "value": "5.2", "threshold": "5.5"}
    assert found["last_minute"]["facts"] == {"figures": 1}
    assert found["at_limit"]["facts"] == {"value": "100", "share": "100", "cases": None}
    assert found["revised_after_closing"]["facts"] == {"reported": "92", "value": "94"}
    assert found["disagreement"]["facts"] == {
        "value": "92",
        "other": "hotline",
        "other_value": "75",
    }
    # From the 15th, the day after the tenth working day of July, to the 20th.
    assert found["late_figure"]["facts"] == {"figures": 1, "days": 6}
    named = (("double_case", "D-1"), ("late_keying", "L-1"), ("unusual_age", "U-1"))
    for kind, number in named:
        assert found[kind]["facts"] == {"cases": 1, "examples": [number]}
    assert (found["jump"]["period"], found["jump"]["region"]) == ("2021Q2", CITY)
    assert found["revised_after_closing"]["period"] == "2021Q1"
    for row in found.values():
        assert "{" not in row["question_zh"] + row["question"]
        assert row["question_zh"].endswith("？")
        assert row["question"].endswith("?")
    assert found["jump"]["question_zh"].endswith(
        "本期为9个工作日，此前各期为4个工作日：变化是否属实？"
    )
    restated = "期满后为7个工作日，未达标，后更正为5.2个工作日而达标：更正有何依据？"
    assert restated in found["restated"]["question_zh"]
    assert "stood at 7 working days" in found["restated"]["question"]
    assert "占约58.8235%，延期办件占0%，高于30%" in found["paused_share"]["question_zh"]
    assert "about 58.8235% of the days" in found["paused_share"]["question"]
    assert "有100%恰好等于目标值100项" in found["at_limit"]["question_zh"]
    assert all(names(row["indicator"], row["question_zh"]) for row in found.values())
    assert names("hotline", found["disagreement"]["question"])
    assert "D-1" in found["double_case"]["question"]


def names(code: str | None, question: str) -> bool:
    known = REGISTER.indicators
    return code is None or known[code].name_zh in question or known[code].name in question


def test_filters_pages_and_who_may_read(service: IndicatorsService) -> None:
    every = doubts(service)
    assert [row["id"] for row in every] == sorted(row["id"] for row in every)
    assert doubts(service, "auditor") == every
    own = [row for row in every if TAX in row["orgs"]]
    assert doubts(service, "tax") == doubts(service, org=TAX) == own
    assert 0 < len(own) < len(every)
    assert doubts(service, indicator="each", kind="double_case") == [
        row for row in every if row["kind"] == "double_case"
    ]
    assert doubts(service, period="2021Q1") == [row for row in every if row["period"] == "2021Q1"]
    assert doubts(service, period="202104") == []  # of quarters nothing is asked by the month
    pages, cursor = [], None
    while True:
        given = {"period": "2021S1", "limit": "3"} | ({"cursor": cursor} if cursor else {})
        answer = service.calls("office").get("/v1/doubts", params=given).json()
        pages += answer["items"]
        if (cursor := answer["next_cursor"]) is None:
            break
    assert pages == every
    denied = service.calls("tax").get("/v1/doubts", params={"period": "2021Q1", "org": CUSTOMS})
    assert denied.status_code == 403
    assert service.calls("admin").get("/v1/doubts", params={"period": "2021Q1"}).status_code == 403
    assert service.calls(None).get("/v1/doubts", params={"period": "2021Q1"}).status_code == 401


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"period": "2021Q5"}, "bad-period"),
        ({"period": "2021Q1", "kind": "hunch"}, "not-one-of"),
        ({"period": "2021Q1", "state": "closed"}, "not-one-of"),
        ({"period": "2021Q1", "cursor": "WzFd"}, "bad-cursor"),
    ],
)
def test_a_wrong_question(service: IndicatorsService, given: dict[str, str], code: str) -> None:
    answer = service.calls("office").get("/v1/doubts", params=given)
    assert answer.status_code == 422
    assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_this_year_is_meant_unless_another_period_is_given(service: IndicatorsService) -> None:
    assert service.calls("office").get("/v1/doubts").json()["items"] == doubts(service)


@pytest.mark.parametrize("period", ["0001", "2021Q3", "9999", "19000101"])
def test_any_period_can_be_asked_for(service: IndicatorsService, period: str) -> None:
    assert [row for row in doubts(service, period=period) if row["period"] != "2021Q3"] == []


def test_in_another_order_posted_again_and_replayed_they_are_the_same(
    service: IndicatorsService, tmp_path: Path
) -> None:
    expected, groups = doubts(service), [*PLANTED.values()]
    Random(4).shuffle(groups)
    with begun(tmp_path) as other:
        other.post(*(one for group in groups for one in group))
        assert doubts(other) == expected
        again = [one for group in groups[::-1] for one in group]
        other.append(SUBMISSIONS, *map(packed, again))  # delivered a second time
        other.post(
            *(submitted(f"{one.id}-2", one.org, one.received_at, *one.cases) for one in again)
        )
        assert doubts(other) == expected
    with closing(Store(url_in(tmp_path), "indicators")) as store, store.begin() as tx:
        tx.execute(delete(tables.figures))
        tx.execute(delete(tables.cases))
    settings = IndicatorsSettings(database_url=url_in(tmp_path), max_clock_skew=math.inf)
    with wiring.replaying(
        settings,
        register=REGISTER,
        workdays=WORKDAYS,
        bus=SqliteBus(tmp_path / "log.db", other.clock),
        clock=other.clock,
        kept=None,
    ) as replay:
        assert replay.run("earliest", check=False, by={}).swapped
    with IndicatorsService(tmp_path, other.clock, register=REGISTER).start() as other:
        assert doubts(other) == expected


def test_what_is_answered_is_asked_again_only_where_its_facts_change(tmp_path: Path) -> None:
    with begun(tmp_path) as made:
        made.post(*PLANTED["jump"], *PLANTED["double_case"])
        verdicts, changes = made.items("/v1/verdicts", limit=1000), len(made.changed())
        double, jump = doubts(made)
        assert (jump["kind"], jump["state"], jump["answer"]) == ("jump", "open", None)
        office, path = made.calls("office"), f"/v1/doubts/{jump['id']}/answer"
        assert made.calls("tax").request("POST", path, json={"reason": "x"}).status_code == 403
        answer = office.request("POST", path, json={"reason": "系统升级期间积压，已核实"})
        assert answer.status_code == 200, answer.text
        answered = answer.json()
        assert (answered["id"], answered["state"]) == (jump["id"], "answered")
        assert answered["answer"] == {
            "reason": "系统升级期间积压，已核实",
            "by": "office000001/office/",
            "at": "2021-08-02T04:00:00Z",
        }
        assert doubts(made) == [double, answered]
        assert (doubts(made, state="open"), doubts(made, state="answered")) == (
            [double],
            [answered],
        )
        again = office.request("POST", path, json={"reason": "x"})
        assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "wrong-decision")

        record = made.calls("auditor").get("/v1/audit/indicators").json()["items"][-1]
        assert (record["act"], record["subject"]) == ("doubt.answered", jump["id"])
        (event,) = [one for one in made.quiet().events(DECISIONS) if one.type == ANSWERED]
        decision = read_decision(event.data, event.key)
        assert (decision.kind, decision.subject) == ("doubt.answered", jump["id"])
        assert decision.said["doubt"] == jump

        # Neither doubts nor answers are anything to a verdict.
        made.post(said(figure(45), "items", ROADS, "2021Q1"))
        untouched = made.items("/v1/verdicts", limit=1000)
        assert [row for row in untouched if row["indicator"] != "items"] == [
            row for row in verdicts if row["indicator"] != "items"
        ]
        told = made.changed()[changes:]
        assert {change.verdict.indicator for change in told} == {"items"}

        made.post(asked_again(said(figure(9, 30), org=CUSTOMS), figure(11, 30), at("2021-07-09")))
        (anew,) = doubts(made, kind="jump")
        assert (anew["state"], anew["facts"]["value"]) == ("open", "11")
        assert anew["id"] != jump["id"]
        gone = office.request("POST", path, json={"reason": "x"})
        assert gone.status_code == 404
        made.post(asked_again(said(figure(9, 30), org=CUSTOMS), figure(9, 30), at("2021-07-10")))
        assert doubts(made, kind="jump") == [answered]


@pytest.mark.parametrize("ident", ["jump.2021Q2.0", "jump", "jump.2021Q9.0", "..", "%00"])
def test_what_is_no_doubt_cannot_be_answered(service: IndicatorsService, ident: str) -> None:
    office = service.calls("office")
    answer = office.request("POST", f"/v1/doubts/{ident}/answer", json={"reason": "x"})
    assert answer.status_code == 404
