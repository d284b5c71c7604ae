"""Ingest on a server whose clock is wrong: nothing is taken in, and no row is judged by it."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from duibiao.store import Store
from services.ingest.adapters.migrations import SCHEMA
from tests.service.ingest.service import Desk, assert_problem
from tests.support.ingest import figure
from tests.support.waiting import until


def test_it_refuses_before_it_looks_at_a_row_and_goes_on_once_the_clock_is_right(
    postgres_url: str, tmp_path: Path
) -> None:
    with closing(Store(postgres_url, "ingest")) as store:
        SCHEMA.migrate(store)
    now = datetime.now(UTC)
    with Desk(tmp_path, url=postgres_url, now=now, max_clock_skew=30) as desk:
        desk.clock.set(now - timedelta(hours=1))
        until(lambda: bool(desk.service.not_ready()))
        (reason,) = desk.service.not_ready()
        assert reason[0] == "the clock differs from the database's"
        for body, query in (
            (figure(), ""),
            (figure(), "?dry_run=true"),
            (figure(period="2099"), ""),  # a period that has not begun: by which clock?
        ):
            refused = desk.post("observation", body, query=query)
            assert [e["code"] for e in assert_problem(refused, 503)] == ["clock-skewed"]
            assert int(refused.headers["Retry-After"]) > 0
        assert desk.get("/v1/submissions").json()["items"] == []

        desk.clock.set(datetime.now(UTC))
        until(lambda: not desk.service.not_ready())
        assert desk.post("observation", figure()).status_code == httpx.codes.ACCEPTED
        assert_problem(desk.post("observation", figure(period="2099")), 422)
        (receipt,) = desk.get("/v1/submissions").json()["items"]

    received = datetime.fromisoformat(receipt["received_at"])
    assert abs((datetime.now(UTC) - received).total_seconds()) < 60
