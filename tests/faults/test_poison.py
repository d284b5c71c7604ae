"""A record that can never be applied is put aside, and played again once it can, on both logs.

Case 13 of the catalogue of faults.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from duibiao.bus import Bus, Event, Record, UnprocessableRecord
from duibiao.bus.dead_letters import read
from duibiao.bus.kafka import KafkaBus
from duibiao.bus.kafka_clients import Brokers
from duibiao.bus.opening import open_bus
from duibiao.bus.sqlite import SqliteBus
from duibiao.contracts.topics import SUBMISSIONS
from duibiao.core import Settings, SystemClock
from tests.support.bus import event, events
from tests.support.clock import ManualClock
from tests.support.commands import duibiao
from tests.support.counting import Counting
from tests.support.evidence import check_product
from tests.support.history import History, Place, check
from tests.support.kafka_logs import QUICK, apply, declare, fresh_name, ready
from tests.support.product import Product, Row
from tests.support.registers import the_register
from tests.support.shapes import with_topics
from tests.support.waiting import until
from tests.support.writers import log

HOTLINE = the_register().indicators["hotline-resolution-rate"]
ORG = HOTLINE.reported_by[0]


@pytest.fixture
def topic() -> str:
    return fresh_name()


@pytest.fixture(params=["sqlite", "kafka"])
def bus(request: pytest.FixtureRequest, tmp_path: Path, topic: str) -> Iterator[Bus]:
    made: Bus
    if request.param == "kafka":
        brokers = Brokers(bootstrap=request.getfixturevalue("kafka").bootstrap, pace=QUICK)
        declared = declare(topic)
        apply(brokers, declared)
        made = KafkaBus(brokers, declared)
    else:
        made = SqliteBus(tmp_path / "log.db", ManualClock())
    made.start()
    ready(made)
    yield made
    made.stop(5)


@pytest.fixture
def service(tmp_path: Path, topic: str) -> Iterator[Counting]:
    made = Counting(tmp_path, topic=topic, remembers=True)
    yield made
    made.store.close()


def refuse(record: Record) -> None:
    if record.event.data == b"b":
        raise UnprocessableRecord("there is no b yet")


def letters(service: Counting) -> list[Event]:
    return service.dead()


def test_the_rest_goes_on_and_a_replay_after_the_fix_counts_once(
    bus: Bus, topic: str, service: Counting
) -> None:
    service.act = refuse
    bus.producer().send(events("abc", topic=topic))
    worker = service.worker(bus)
    worker.start()
    until(lambda: service.handled() == ["a", "c"])
    (letter,) = letters(service)
    assert read(letter).event.data == b"b"
    assert read(letter).reason == "there is no b yet"

    service.act = lambda _: None  # the fix
    for _ in range(2):
        bus.producer().send([read(letter).replay()])
    bus.producer().send([event("d", topic=topic)])
    until(lambda: len(service.handled()) == 4)
    worker.stop(5)

    history = History()
    history.say_all("tax-bureau", "abcd")
    # What was put aside has given up its place among the others.
    check(history, Place("the effects", service.handled(), ordered=False))
    assert len(letters(service)) == 1


def test_a_replay_before_the_fix_is_put_aside_again(
    bus: Bus, topic: str, service: Counting
) -> None:
    service.act = refuse
    bus.producer().send(events("b", topic=topic))
    worker = service.worker(bus)
    worker.start()
    until(lambda: len(letters(service)) == 1)

    bus.producer().send([read(letters(service)[0]).replay()])
    until(lambda: len(letters(service)) == 2)
    worker.stop(5)

    assert read(letters(service)[1]).event.headers["replay-of"] == "id-b"


def test_a_flood_stops_the_reader_and_drains_nothing(
    bus: Bus, topic: str, service: Counting
) -> None:
    def bad_deploy(_record: Record) -> None:
        raise UnprocessableRecord("nothing is understood any more")

    service.act = bad_deploy
    bus.producer().send(events((str(n) for n in range(200)), topic=topic))
    worker = service.worker(bus)
    worker.start()
    until(lambda: worker.dead == 50)
    seen = len(service.seen)
    until(lambda: len(service.seen) > seen + 5)  # it stands, and tries the same one again and again

    assert worker.failed is None
    assert len(letters(service)) == 50
    worker.stop(5)

    service.act = lambda _: None
    again = service.worker(bus)
    again.start()
    until(lambda: len(service.handled()) == 150)
    again.stop(5)

    history = History()
    aside = {read(letter).event.data.decode() for letter in letters(service)}
    for number in map(str, range(200)):
        history.say("tax-bureau", number, "fail" if number in aside else "ok")
    check(history, Place("the effects", service.handled()))


@pytest.mark.parametrize("shape", ["sqlite", "kafka"])
def test_the_product_puts_a_submission_aside_that_is_none(
    request: pytest.FixtureRequest, tmp_path: Path, shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"DUIBIAO_DATABASE_URL": f"sqlite:///{tmp_path}/state/duibiao.db"}
    if shape == "kafka":
        settings |= with_topics(request.getfixturevalue("kafka").bootstrap)
    with Product(tmp_path / "state", settings=settings) as product:
        for name, text in settings.items():
            monkeypatch.setenv(name, text)
        send_garbage(Settings())
        history = History()
        figure = {"indicator": HOTLINE.code, "period": "2021Q1", "value": 90, "comment": "good"}
        answer = product.post("observations", ORG, figure)
        log(history, "figures", [figure], answer)
        product.evaluated(answer.json()["submission_id"])
        until(lambda: len(listed(settings)) == 1, what="the garbage is a dead letter")

        (letter,) = listed(settings)
        assert letter["service"] == "indicators"
        assert "not a submission" in letter["reason"]
        assert letter["bytes"] == len(b"\xffgarbage")

        assert duibiao(settings, "dead-letters", "replay", letter["id"]).code == 0
        until(lambda: len(listed(settings)) == 2, what="it is garbage still")
        assert product.metrics()['duibiao_dead_letters_total{service="indicators"}'] == 2
        check_product(product, history)


def send_garbage(settings: Settings) -> None:
    bus = open_bus(settings, SystemClock())
    bus.start()
    ready(bus)
    topic = SUBMISSIONS.name(settings.topic_prefix)
    garbage = Event(
        id="garbage",
        type="duibiao.submission.accepted",
        topic=topic,
        key=ORG,
        source="somebody",
        time=SystemClock().now(),
        data=b"\xffgarbage",
    )
    bus.producer().send([garbage])
    bus.stop(5)


def listed(settings: dict[str, str]) -> list[Row]:
    done = duibiao(settings, "dead-letters", "list", "--json")
    assert done.code == 0, done.err
    rows: list[Row] = json.loads(done.out)
    return rows
