"""Whatever holds notifications, every open alert has been told or is held by something listed."""

from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.alerts.adapters.channels.receivers import Route
from services.alerts.adapters.quiet import read_quiet
from services.alerts.adapters.tables import ALERTS, NOTIFICATIONS
from services.alerts.domain.alert import State
from tests.service.alerts.quiet_house import TO_ALL, House
from tests.support.alert_book import shanghai
from tests.support.clock import ManualClock
from tests.support.registers import CITY, CUSTOMS

NONE = frozenset[str]()
ROUTES = (
    TO_ALL,
    Route("red-desk", frozenset({"red"}), NONE, NONE),
    Route("customs-desk", NONE, frozenset({CUSTOMS}), NONE),
)
CHANNELS = {"desk": "webhook", "red-desk": "wecom", "customs-desk": "email"}
rows = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["behind", "missed", "met", "regressed"]),
        "target_id": st.sampled_from(["T01", "T02", "T03"]),
        "period": st.sampled_from(["2021Q1", "2021Q2"]),
    },
    optional={"org": st.just(CUSTOMS), "region": st.just("610103")},
)
matchers = st.sampled_from(
    [{"target": "T01"}, {"target": "T02", "colour": "red"}, {"org": CUSTOMS}, {"colour": "yellow"}]
)
events = st.one_of(
    st.tuples(st.just("hear"), st.lists(rows, min_size=1, max_size=5)),
    st.tuples(st.just("silence"), matchers),
    st.tuples(st.sampled_from(["end", "release", "withdraw", "close", "send"]), st.none()),
    st.tuples(st.just("wait"), st.sampled_from([10, 3600, 86_400])),
)


def act(house: House, kind: str) -> None:
    """End the newest silence, decide on the open flood, or close the newest alert."""
    if kind == "end":
        for one in house.do("GET", "silences")["items"][:1]:
            house.do("DELETE", f"silences/{one['id']}")
    elif kind == "close":
        for alert in house.alerts(state="firing", limit="1"):
            body = {"comment": "属实", "reason": "已约谈"}
            house.do("POST", f"alerts/{alert['id']}/close", json=body)
    else:
        body = {"reason": "文件有误"} if kind == "withdraw" else {}
        for one in house.do("GET", "floods")["items"][:1]:
            if one["state"] == "open":
                house.do("POST", f"floods/{one['id']}/{kind}", json=body)


def do(house: House, event: tuple[str, Any]) -> None:
    kind, what = event
    if kind == "hear":
        house.hear(*(house.row(**one) for one in what))
    elif kind == "silence":
        house.silence((house.clock.now() + timedelta(hours=30)).isoformat(), **what)
    elif kind == "wait":
        house.clock.advance(seconds=what)
    elif kind == "send":
        house.sent()
    else:
        act(house, kind)
    house.tick()


def check(house: House) -> None:
    """Each open alert that has begun is told to each receiver of its routes, or held and listed."""
    with house.store.read() as connection:
        alerts = connection.execute(select(ALERTS.c.document)).scalars().all()
        found = connection.execute(select(NOTIFICATIONS)).all()
        quiet = read_quiet(connection, CITY, house.clock.now)
    states: dict[tuple[str, str], Counter[str]] = {}
    for row in found:
        states.setdefault((row.alert_id, row.receiver), Counter())[row.state] += 1
    for alert in alerts:
        if not alert.open or alert.state is State.PENDING:
            continue
        for name in {route.receiver for route in ROUTES if route.takes(alert)}:
            known = states[alert.id, name]
            assert known["queued"] + known["sent"] or (known["held"] and quiet.holds(alert))


def run(folder: Path, given_events: list[tuple[str, Any]], *, wait: bool) -> None:
    house = House(
        folder,
        ManualClock(shanghai(2021, 7, 5)),
        wait=wait,
        flood=4,
        routes=ROUTES,
        channels=CHANNELS,
    )
    with closing(house.store):
        house.tick()
        for event in given_events:
            do(house, event)
            check(house)
        do(house, ("release", None))
        house.clock.advance(hours=96)
        house.tick()
        house.sent()
        with house.store.read() as connection:
            rung = connection.execute(
                select(
                    NOTIFICATIONS.c.receiver, NOTIFICATIONS.c.transition_id, NOTIFICATIONS.c.tries
                )
            ).all()
        assert all(row.tries <= 1 for row in rung)
        assert len({row[:2] for row in rung}) == len(rung)
        check(house)


@settings(max_examples=10, deadline=None)
@given(given_events=st.lists(events, max_size=8), wait=st.booleans())
def test_every_open_alert_is_told_or_held(given_events: list[tuple[str, Any]], wait: bool) -> None:  # noqa: FBT001 - hypothesis calls it
    with TemporaryDirectory() as folder:
        run(Path(folder), given_events, wait=wait)
