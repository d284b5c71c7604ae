"""The whole product while Kafka is away: it accepts, answers, tells its age, and catches up.

Cases 6, 7 and 8 of the catalogue of faults. Each ends with the history checker.
"""

import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.support.evidence import check_product
from tests.support.history import History
from tests.support.product import NO_LIMITS, Product, Row
from tests.support.registers import the_register
from tests.support.servers.kafka import Cluster
from tests.support.servers.proxy import FaultProxy
from tests.support.shapes import with_topics
from tests.support.waiting import until
from tests.support.writers import log

HOTLINE = the_register().indicators["hotline-resolution-rate"]
ORG = HOTLINE.reported_by[0]
AGE = 'duibiao_outbox_age_seconds{service="ingest"}'
LIVEZ_AT_MOST = 1.0


@pytest.fixture
def product(
    tmp_path: Path, restless_kafka: Cluster, proxy: FaultProxy, request: pytest.FixtureRequest
) -> Iterator[Product]:
    """The product behind the proxy; `request.param` are further settings."""
    assert proxy.accepted >= 0
    settings = with_topics(restless_kafka.bootstrap) | NO_LIMITS | getattr(request, "param", {})
    settings["DUIBIAO_KAFKA_BOOTSTRAP"] = restless_kafka.proxied_bootstrap
    with Product(tmp_path / "state", settings=settings) as product:
        yield product


def case(number: int) -> Row:
    return {
        "case_no": f"case-{number:05}",
        "indicator": HOTLINE.code,
        "accepted_at": "2021-02-03T09:00:00+08:00",
        "completed_at": "2021-02-04T09:00:00+08:00",
        "outcome": "completed",
        "resolved": True,
    }


@dataclass
class Agency:
    """Posts a case at a time and logs what it hears."""

    product: Product
    history: History = field(default_factory=History)

    def post(self, number: int) -> httpx.Response:
        answer = self.product.post("cases", ORG, case(number))
        log(self.history, "cases", [case(number)], answer)
        return answer


@pytest.fixture
def agency(product: Product) -> Agency:
    return Agency(product)


def counted(product: Product) -> int:
    size: int = product.verdict("T12", "2021Q1")["sample_size"]
    return size


class Pulse:
    """Asks /livez again and again, and keeps how long each answer took."""

    def __init__(self, product: Product) -> None:
        self.seconds: list[float] = []
        self._url = f"{product.url}/livez"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Pulse":  # noqa: PYI034 - not to be subclassed
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=30) as client:
            while not self._over.wait(0.02):
                began = time.monotonic()
                assert client.get(self._url).status_code == httpx.codes.OK
                self.seconds.append(time.monotonic() - began)


@pytest.mark.parametrize("seconds", [6, pytest.param(600, marks=pytest.mark.soak)])
def test_a_broker_that_is_down_costs_nothing_but_time(
    product: Product, agency: Agency, restless_kafka: Cluster, seconds: int
) -> None:
    broker = restless_kafka.brokers[0]
    assert agency.post(0).status_code == httpx.codes.ACCEPTED
    product.settled()
    broker.kill()

    numbers = range(1, 10_000_000)
    until_when = time.monotonic() + seconds
    accepted = 0
    for number in numbers:
        if time.monotonic() > until_when:
            break
        answer = agency.post(number)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        accepted += 1
        assert product.client.get("/readyz").status_code == httpx.codes.OK
        time.sleep(0.02)
    assert product.metrics()[AGE] > seconds / 2
    assert counted(product) == 1

    broker.start()
    check_product(product, agency.history, seconds=120 + seconds)
    assert agency.history.outcomes() == {"ok": accepted + 1}
    assert counted(product) == accepted + 1
    assert product.metrics()[AGE] == 0


@pytest.mark.parametrize("product", [{"DUIBIAO_MAX_UNSENT": "20"}], indirect=True)
def test_at_the_cap_requests_are_refused_before_they_are_taken(
    product: Product, agency: Agency, proxy: FaultProxy
) -> None:
    assert agency.post(0).status_code == httpx.codes.ACCEPTED
    product.settled()
    proxy.refuse()

    answers = [agency.post(number) for number in range(1, 31)]
    taken = [n for n, a in enumerate(answers, start=1) if a.status_code == httpx.codes.ACCEPTED]
    refused = [a for a in answers if a.status_code != httpx.codes.ACCEPTED]
    assert 20 <= len(taken) < 30
    for answer in refused:
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert answer.json()["type"].endswith("/backlog-full")
        assert int(answer.headers["Retry-After"]) >= 1
    assert counted(product) == 1  # reading goes on

    proxy.heal()
    later = count(31)
    until(lambda: agency.post(next(later)).status_code == httpx.codes.ACCEPTED, seconds=30)
    check_product(product, agency.history)
    assert agency.history.outcomes()["ok"] == 1 + len(taken) + 1


def test_a_black_hole_does_not_stop_the_process_from_answering(
    product: Product, agency: Agency, proxy: FaultProxy
) -> None:
    assert agency.post(0).status_code == httpx.codes.ACCEPTED
    product.settled()
    proxy.black_hole()

    with Pulse(product) as pulse:
        for number in range(1, 101):
            assert agency.post(number).status_code == httpx.codes.ACCEPTED
            time.sleep(0.05)
        time.sleep(3)
    assert max(pulse.seconds) < LIVEZ_AT_MOST
    assert statistics.median(pulse.seconds) < 0.1
    assert product.metrics()[AGE] > 3

    proxy.heal()
    check_product(product, agency.history)
    assert counted(product) == 101


def test_it_starts_and_accepts_without_a_broker(
    product: Product, agency: Agency, proxy: FaultProxy
) -> None:
    product.stop()
    proxy.refuse()

    product.start()
    assert agency.post(1).status_code == httpx.codes.ACCEPTED
    assert product.client.get("/readyz").status_code == httpx.codes.OK

    proxy.heal()
    check_product(product, agency.history)
    assert counted(product) == 1


def test_it_stops_in_time_while_the_broker_swallows_everything(
    product: Product, agency: Agency, proxy: FaultProxy
) -> None:
    product.settled()
    proxy.black_hole()
    assert agency.post(1).status_code == httpx.codes.ACCEPTED
    time.sleep(1)

    began = time.monotonic()
    assert product.stop() == 0
    assert time.monotonic() - began < 20

    proxy.heal()
    product.start()
    check_product(product, agency.history)
    assert counted(product) == 1
