"""Two replicas of each service on Kafka and PostgreSQL: they share the work and agree.

What holds for one process holds for both together: one effect of one request wherever it is sent,
one alert and one notification of one breach, and no loss when replicas are killed in turn.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.support.evidence import check_product
from tests.support.history import History
from tests.support.product import NO_LIMITS, Product, Row
from tests.support.receiver import LocalReceiver
from tests.support.registers import the_register
from tests.support.shapes import SERVICES, TWO_OF_EACH, Shape, running
from tests.support.waiting import until
from tests.support.writers import breach_and_recover, mortgage_cases, run, three_writers

pytestmark = pytest.mark.soak  # in `make test` two replicas live through test_scenario.py

REBATES = the_register().indicators["export-rebate-days"]
MORTGAGES = the_register().indicators["mortgage-registration-days"]
AT_ONCE = 50
ROWS = 3
TAKEN_OVER = 90.0  # seconds; a reader that died is missed after its session on Kafka


@pytest.fixture
def receiver() -> Iterator[LocalReceiver]:
    with LocalReceiver() as receiver:
        yield receiver


@pytest.fixture
def shape(
    request: pytest.FixtureRequest, tmp_path: Path, receiver: LocalReceiver
) -> Iterator[Shape]:
    settings = {
        "DUIBIAO_RECEIVERS": str(receiver.file(tmp_path)),
        "DUIBIAO_RECEIVER_ALLOW": "127.0.0.1",
        **NO_LIMITS,
    }
    with running(TWO_OF_EACH, tmp_path / "state", request.getfixturevalue, settings) as shape:
        yield shape


def registered(writer: str) -> list[Row]:
    return next(mortgage_cases(writer, ROWS, MORTGAGES.code))


def post_at_once(shape: Shape, rows: list[Row], headers: dict[str, str]) -> list[httpx.Response]:
    """Post the same body so many times at one moment, half to each replica of ingest."""
    urls = [shape.url_of("/v1/cases") for _ in range(AT_ONCE)]
    assert len(set(urls)) == len(shape.serving("ingest"))
    headers = {**shape.key(MORTGAGES.reported_by[0]), **headers}
    with httpx.Client(timeout=60, limits=httpx.Limits(max_connections=AT_ONCE)) as client:

        def post(url: str) -> httpx.Response:
            return client.post(url, json=rows, headers=headers)

        with ThreadPoolExecutor(AT_ONCE) as hands:
            return list(hands.map(post, urls))


def test_they_share_the_work_and_agree(shape: Shape, receiver: LocalReceiver) -> None:
    one_request_sent_to_both_has_one_effect(shape)
    the_same_rows_without_a_key_count_once(shape)
    a_breach_is_told_once_and_both_show_it(shape, receiver)


def one_request_sent_to_both_has_one_effect(shape: Shape) -> None:
    rows = registered("keyed")

    answers = post_at_once(shape, rows, {"Idempotency-Key": str(uuid4())})

    codes = Counter(answer.status_code for answer in answers)
    assert set(codes) <= {httpx.codes.ACCEPTED, httpx.codes.CONFLICT}, codes
    taken = [answer for answer in answers if answer.status_code == httpx.codes.ACCEPTED]
    assert len({answer.json()["submission_id"] for answer in taken}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in taken) == 1
    assert shape.evaluated(taken[0].json()["submission_id"])["accepted"] == ROWS
    assert len(shape.items("/v1/submissions?limit=1000")) == 1


def the_same_rows_without_a_key_count_once(shape: Shape) -> None:
    answers = post_at_once(shape, registered("keyless"), {})

    assert {answer.status_code for answer in answers} == {httpx.codes.ACCEPTED}
    receipts = [shape.evaluated(answer.json()["submission_id"]) for answer in answers]
    assert sum(receipt["accepted"] for receipt in receipts) == ROWS
    assert sum(receipt["duplicate"] for receipt in receipts) == ROWS * (AT_ONCE - 1)
    assert shape.verdict("T13", "2021Q4")["sample_size"] == 2 * ROWS


def a_breach_is_told_once_and_both_show_it(shape: Shape, receiver: LocalReceiver) -> None:
    breach = next(breach_and_recover("twin", REBATES.code))
    answer = shape.post("observations", REBATES.reported_by[0], breach)
    shape.evaluated(answer.json()["submission_id"])
    receiver.wait_for(1)
    shape.settled()

    for replica in shape.serving("indicators"):
        assert replica.verdict("T16", "2021Q4")["status"] == "missed"
        until(partial(shows_the_breach, replica), what="its metrics show the breach")
    for replica in shape.serving("alerts"):
        assert len(replica.items("/v1/alerts?target=T16")) == 1
    # Every other step of the hand-over is over: what would be told twice would have been by now.
    assert [got.content["type"] for got in receiver.wait_for(1)] == ["alert.opened"]
    assert sorted(map(brought, shape.serving("alerts"))) == [0.0, 1.0]


def shows_the_breach(replica: Product) -> bool:
    series = 'duibiao_target_status{org="",region="610100",status="missed",target="T16"}'
    return replica.metrics().get(series) == 1.0


def brought(replica: Product) -> float:
    """Return how many notifications this process has brought."""
    found = replica.metrics().items()
    return sum(
        value
        for series, value in found
        if series.startswith("duibiao_notifications_total") and 'result="sent"' in series
    )


def test_each_is_killed_in_turn_and_its_twin_goes_on(shape: Shape) -> None:
    history = History()
    writers = three_writers(shape, history, batch=50, pause=0.2)

    run(list(writers), lambda: kill_in_turn(shape))

    check_product(shape, history)
    assert {line.outcome for line in history} == {"ok"}


def kill_in_turn(shape: Shape) -> None:
    until(lambda: shape.items("/v1/submissions?limit=1") or None, what="the writers write")
    for service in SERVICES:
        dying, twin = shape.serving(service)
        dying.kill()
        goes_on(
            ingest=twin if service == "ingest" else shape.serving("ingest")[0],
            alerts=twin if service == "alerts" else shape.serving("alerts")[0],
        )
        dying.start()


def goes_on(*, ingest: Product, alerts: Product) -> None:
    """Wait until what came last is judged, and the alert has taken another step since."""
    before = steps(alerts)
    newest = ingest.get("/v1/submissions?limit=1").json()["items"][0]["submission_id"]
    ingest.evaluated(newest, seconds=TAKEN_OVER)
    until(lambda: steps(alerts) > before, seconds=TAKEN_OVER, what="alerts go on")


def steps(replica: Product) -> int:
    alerts = replica.items("/v1/alerts?target=T16")
    return sum(len(replica.get(f"/v1/alerts/{a['id']}").json()["history"]) for a in alerts)
