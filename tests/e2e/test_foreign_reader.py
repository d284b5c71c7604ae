"""A reader that knows docs/topics.md and none of our code makes sense of the alerts topic.

Once with kafka-python alone, once with the console consumer that comes with Kafka.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import httpx
import pytest
from jsonschema import Draft202012Validator
from kafka import KafkaConsumer
from kafka.consumer.fetcher import ConsumerRecord

from tests.support.product import ROOT, Product, Row
from tests.support.registers import the_register
from tests.support.servers.kafka import Cluster
from tests.support.shapes import with_topics

SCHEMA = ROOT / "proto" / "duibiao" / "contracts" / "v1" / "alert.schema.json"
ACTIONS: Row = {  # what the office does with an alert, one after the other
    "acknowledge": {},
    "reply": {"comment": "已整改", "cause": "x", "measures": "x", "finish_by": "2027-01-01"},
    "return": {"reason": "x", "reply_due": "2027-01-01"},
    "extend": {"reason": "x", "reply_due": "2027-02-01"},
    "assign": {"reason": "x", "org": "justice-bureau"},
    "appeal": {"reason": "x"},
    "reject-appeal": {"reason": "x"},
    "close": {"comment": "x", "reason": "x"},
    "reopen": {"reason": "x"},
    "revoke": {"reason": "x"},
}
ATTRIBUTES = {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"}


@pytest.fixture(scope="module")
def settings(kafka: Cluster) -> dict[str, str]:
    return with_topics(kafka.bootstrap)


@pytest.fixture(scope="module")
def product(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]
) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("kafka") / "state", settings=settings) as product:
        yield product


@pytest.fixture(scope="module")
def alerts(product: Product) -> list[Row]:
    """The alerts of a product that runs, one for each target in working days, as its API tells."""
    register = the_register()
    targets = [t for t in register.targets if t.threshold is not None and t.unit == "workday"]
    for target in targets:
        reporter = register.indicators[target.indicator].reported_by[0]
        figure = {"indicator": target.indicator, "period": "2021Q1", "value": 400}
        answer = product.post("observations", reporter, figure)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    product.settled()
    found = [row for row in product.items("/v1/alerts") if row["target"]]
    assert len(found) == len(targets)
    return found


def topic(settings: dict[str, str]) -> str:
    return f"{settings['DUIBIAO_TOPIC_PREFIX']}alerts.v1"


def read(kafka: Cluster, settings: dict[str, str]) -> list[ConsumerRecord]:
    reader = KafkaConsumer(
        topic(settings),
        bootstrap_servers=kafka.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=5000,
    )
    records = list(reader)
    reader.close()
    return records


def test_kafka_python_alone_reads_headers_and_alerts(
    kafka: Cluster, settings: dict[str, str], alerts: list[Row]
) -> None:
    records = read(kafka, settings)

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
    assert {alert["number"] for alert in alerts} <= {row["alert"]["number"] for row in told}


def test_kafkas_own_console_reads_headers_and_alerts(
    kafka: Cluster, settings: dict[str, str], alerts: list[Row]
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
    assert alerts


def test_the_steps_of_each_alert_come_in_order_and_as_the_schema_says(
    kafka: Cluster, settings: dict[str, str], product: Product, alerts: list[Row]
) -> None:
    cards = [alert for alert in alerts if alert["colour"] != "blue"]
    for action, body in ACTIONS.items():
        for alert in cards:
            url = product.url_of(f"/v1/alerts/{alert['id']}/{action}")
            said = body | ({"from": alert["leads"][0]} if action == "assign" else {})
            answer = product.client.post(url, json=said, headers=product.key("office"))
            assert answer.status_code == httpx.codes.OK, answer.text
    product.settled()

    valid = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    told: dict[bytes, list[Row]] = defaultdict(list)
    partitions: dict[bytes, set[int]] = defaultdict(set)
    for record in read(kafka, settings):
        event = json.loads(record.value)
        assert list(valid.iter_errors(event)) == []
        told[record.key].append(event)
        partitions[record.key].add(record.partition)
    assert len(told) >= len(alerts)
    assert len(set.union(*partitions.values())) > 1
    assert {len(found) for found in partitions.values()} == {1}
    for events in told.values():
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert len(cards) > 1
    for alert in cards:
        history = product.get(f"/v1/alerts/{alert['id']}").json()["history"]
        events = told[f"{alert['target']}//{alert['region']}".encode()]
        assert [event["step"] for event in events] == [step["step"] for step in history]
