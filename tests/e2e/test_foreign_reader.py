"""A reader that knows docs/topics.md and none of our code makes sense of the alerts topic.

Once with kafka-python alone, once with the console consumer that comes with Kafka.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from kafka import KafkaConsumer

from tests.support.product import Product, Row
from tests.support.registers import the_register
from tests.support.servers.kafka import Cluster
from tests.support.shapes import with_topics

ATTRIBUTES = {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"}


@pytest.fixture
def settings(kafka: Cluster) -> dict[str, str]:
    return with_topics(kafka.bootstrap)


@pytest.fixture
def alert(tmp_path: Path, settings: dict[str, str]) -> Iterator[Row]:
    """An alert of a product that runs, as its API tells it."""
    register = the_register()
    target = next(t for t in register.targets if t.threshold is not None and t.unit == "workday")
    reporter = register.indicators[target.indicator].reported_by[0]
    figure = {"indicator": target.indicator, "period": "2021Q1", "value": 400}
    with Product(tmp_path / "state", settings=settings) as product:
        answer = product.post("observations", reporter, figure)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        product.evaluated(answer.json()["submission_id"])
        product.settled()
        yield product.items("/v1/alerts")[0]


def topic(settings: dict[str, str]) -> str:
    return f"{settings['DUIBIAO_TOPIC_PREFIX']}alerts.v1"


def test_kafka_python_alone_reads_headers_and_alerts(
    kafka: Cluster, settings: dict[str, str], alert: Row
) -> None:
    reader = KafkaConsumer(
        topic(settings),
        bootstrap_servers=kafka.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=5000,
    )
    records = list(reader)
    reader.close()

    assert records
    for record in records:
        headers = {name: value.decode() for name, value in record.headers}
        assert headers.keys() >= ATTRIBUTES
        assert headers["ce_specversion"] == "1.0"
        assert headers["ce_source"] == "alerts"
        assert headers["content-type"] == "application/json"
        assert UUID(headers["ce_id"]).version == 7
        assert datetime.fromisoformat(headers["ce_time"]).tzinfo is not None
    told = [json.loads(record.value) for record in records]
    assert alert["number"] in {row["alert"]["number"] for row in told}


def test_kafkas_own_console_reads_headers_and_alerts(
    kafka: Cluster, settings: dict[str, str], alert: Row
) -> None:
    lines = kafka.tool(
        "consumer.ConsoleConsumer",
        *("--topic", topic(settings), "--from-beginning", "--max-messages", "1"),
        *("--formatter-property", "print.headers=true", "--timeout-ms", "20000"),
    ).splitlines()

    headers, value = lines[0].split("\t", 1)
    names = {part.split(":", 1)[0] for part in headers.split(",")}
    assert names >= ATTRIBUTES
    assert json.loads(value)["alert"]["number"]
    assert alert["id"]
