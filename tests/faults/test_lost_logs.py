"""The log loses what it had: topics deleted and made anew, a last segment cut off.

Everything answered 202 is judged all the same, and every breach has its alert. Each case ends with
the history checker; the log holds then only what was published since, so it is not looked at.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from duibiao.bus.kafka_clients import Brokers
from duibiao.bus.opening import topics_of
from tests.support.evidence import check_product, settings_from
from tests.support.history import History
from tests.support.kafka_logs import apply, delete
from tests.support.product import NO_LIMITS, Installation, Product, Row
from tests.support.registers import the_register
from tests.support.servers.kafka import Broker, Cluster
from tests.support.shapes import THREE_ON_POSTGRES, Shape, made, make_keys, settings_of, started
from tests.support.waiting import until
from tests.support.writers import BREACH, Writer, log, mortgage_cases, run

MORTGAGES = the_register().indicators["mortgage-registration-days"]
HOTLINE = the_register().indicators["hotline-resolution-rate"]
REBATES = the_register().indicators["export-rebate-days"]
CUT = 10  # bytes
AGE = 'duibiao_outbox_age_seconds{{service="{}"}}'


@pytest.fixture
def shape(request: pytest.FixtureRequest, tmp_path: Path, restless_kafka: Cluster) -> Shape:
    """Three processes on Kafka and PostgreSQL, with keys, not yet started."""

    def server(name: str) -> object:
        return restless_kafka if name == "kafka" else request.getfixturevalue(name)

    settings = settings_of(THREE_ON_POSTGRES, server) | NO_LIMITS
    settings["DUIBIAO_SETTLE_SECONDS"] = "3"
    return made(THREE_ON_POSTGRES, tmp_path / "state", settings)


@pytest.fixture
def running(shape: Shape) -> Iterator[Shape]:
    with started(shape):
        yield shape


def restart(processes: Sequence[Product]) -> None:
    """Kill processes and start them again, as a supervisor does."""
    for process in processes:
        process.kill()
        process.start(wait=False)


def hotline_cases(writer: str) -> Iterator[list[Row]]:
    for number in count(1):
        yield [
            {
                "case_no": f"{writer}-{number}",
                "indicator": HOTLINE.code,
                "accepted_at": "2021-02-03T09:00:00+08:00",
                "completed_at": "2021-02-04T09:00:00+08:00",
                "outcome": "completed",
                "resolved": True,
            }
        ]


def two_writers(product: Installation, history: History) -> list[Writer]:
    org, code = MORTGAGES.reported_by[0], MORTGAGES.code
    return [
        Writer("mortgages", product, org, "cases", mortgage_cases("m", 1, code), history, 0.05),
        Writer(
            "hotline", product, HOTLINE.reported_by[0], "cases", hotline_cases("h"), history, 0.05
        ),
    ]


def more(writers: list[Writer], posts: int) -> Callable[[], bool]:
    wanted = [(writer, writer.posts + posts) for writer in writers]

    def posted() -> bool:
        assert not any(writer.faults for writer in writers), [one.faults for one in writers]
        return all(writer.posts >= number for writer, number in wanted)

    return posted


def recreate_topics(product: Installation) -> None:
    settings = settings_from(product.environment)
    brokers = Brokers(bootstrap=settings.kafka_bootstrap or "")
    declared = topics_of(settings)
    delete(brokers, [topic.name for topic in declared])
    apply(brokers, declared)


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_topics_recreated_under_load(running: Shape, rounds: int) -> None:
    history = History()

    def disturb() -> None:
        until(more(writers, 20), what="both have posted")
        for _ in range(rounds):
            recreate_topics(running)
            restart(running.processes)
            until(more(writers, 20), seconds=60, what="both go on posting")

    writers = two_writers(running, history)
    run(writers, disturb)

    check_product(running, history, seconds=40 + 8 * rounds, log_lost=True)
    assert seen(running, "duibiao_log_mismatches_total") > 0
    assert seen(running, "duibiao_receipts_unsettled") == 0


def seen(product: Installation, metric: str) -> float:
    return sum(value for name, value in product.metrics().items() if name.startswith(metric))


def cut(broker: Broker, prefix: str) -> None:
    """Take the last bytes of every partition, as a power cut does: the last batch is lost."""
    for partition in (broker.folder / "log").glob(f"{prefix}*-*"):
        segment = max(partition.glob("*.log"))
        size = segment.stat().st_size
        if size:
            os.truncate(segment, size - CUT)


@pytest.mark.soak
def test_last_segments_cut_off_under_load(running: Shape, restless_kafka: Cluster) -> None:
    history = History()
    broker = restless_kafka.brokers[0]

    def disturb() -> None:
        until(more(writers, 20), what="both have posted")
        for number in range(10):
            broker.kill()
            cut(broker, running.environment["DUIBIAO_TOPIC_PREFIX"])
            broker.start()
            if number % 2:
                restart(running.processes)
            until(more(writers, 20), seconds=60, what="both go on posting")

    writers = two_writers(running, history)
    run(writers, disturb)

    # Every cut has the partitions read from their beginning, with all that was published again.
    check_product(running, history, seconds=600, log_lost=True)
    assert seen(running, "duibiao_log_mismatches_total") > 0
    assert seen(running, "duibiao_receipts_unsettled") == 0


def test_last_segments_cut_off(shape: Shape, restless_kafka: Cluster) -> None:
    """Lost are records that were read, records that were not, a verdict that nobody has heard."""
    history = History()
    ingest, indicators, alerts = shape.processes
    mortgages = mortgage_cases("m", 1, MORTGAGES.code)
    hotline = hotline_cases("h")
    breach = {
        "indicator": REBATES.code,
        "period": "2021Q4",
        "value": BREACH,
        "sample_size": 7,
        "comment": "breach",
    }

    def post(kind: str, org: str, rows: list[Row]) -> str:
        answer = shape.post(kind, org, rows)
        log(history, org, rows, answer)
        submission: str = answer.json()["submission_id"]
        return submission

    with ExitStack() as stack:
        for process in shape.processes:
            stack.callback(process.close)
        stack.callback(shape.client.close)
        make_keys(shape)
        ingest.start()
        indicators.start()
        post("cases", MORTGAGES.reported_by[0], next(mortgages))
        ingest.evaluated(post("cases", MORTGAGES.reported_by[0], next(mortgages)))
        ingest.evaluated(post("observations", REBATES.reported_by[0], [breach]))
        until(lambda: indicators.metrics()[AGE.format("indicators")] == 0)
        assert indicators.stop() == 0
        post("cases", HOTLINE.reported_by[0], next(hotline))
        post("cases", HOTLINE.reported_by[0], next(hotline))
        until(lambda: ingest.metrics()[AGE.format("ingest")] == 0)

        broker = restless_kafka.brokers[0]
        broker.kill()
        cut(broker, ingest.environment["DUIBIAO_TOPIC_PREFIX"])
        broker.start()
        indicators.start(wait=False)
        alerts.start(wait=False)
        for _ in range(3):
            post("cases", MORTGAGES.reported_by[0], next(mortgages))
            post("cases", HOTLINE.reported_by[0], next(hotline))
        for process in (indicators, alerts):
            process.wait_until_ready()
        check_product(shape, history, seconds=40, log_lost=True)
        assert seen(shape, "duibiao_log_mismatches_total") > 0
        assert seen(shape, "duibiao_republished_total") > 0
