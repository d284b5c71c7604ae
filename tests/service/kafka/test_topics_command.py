"""`duibiao topics` on a real Kafka, and a product that refuses to run on weaker topics."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from duibiao.bus.kafka import KafkaBus
from duibiao.bus.kafka_clients import Brokers
from duibiao.bus.kafka_topics import Declared, TopicAdmin, weaknesses
from duibiao.bus.opening import topics_of
from duibiao.bus.ports import LogError
from duibiao.contracts.topics import SUBMISSIONS, TOPICS
from duibiao.core import Retry, Settings
from tests.support.commands import duibiao
from tests.support.kafka_logs import QUICK, apply, declare, fresh_name, ready
from tests.support.product import Product
from tests.support.servers.kafka import Cluster
from tests.support.shapes import settings_for
from tests.support.waiting import until


@pytest.fixture
def settings(kafka: Cluster) -> dict[str, str]:
    return settings_for(kafka.bootstrap)


def weaken(kafka: Cluster, topic: str, **settings: str) -> None:
    with TopicAdmin(Brokers(bootstrap=kafka.bootstrap)) as admin:
        named = {name.replace("_", "."): value for name, value in settings.items()}
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, named)
        admin._ask("weaken", lambda c: c.alter_configs([resource], raise_on_unknown=False))  # noqa: SLF001 - to do harm


def _is_weak(admin: TopicAdmin, declared: Sequence[Declared]) -> bool:
    return bool(weaknesses(declared, admin.states([topic.name for topic in declared])))


def _gives(bus: KafkaBus) -> bool:
    try:
        bus.producer().close(1)
    except Retry:
        return False
    return True


def test_apply_makes_what_plan_lists_and_then_there_is_nothing_to_do(
    settings: dict[str, str],
) -> None:
    prefix = settings["DUIBIAO_TOPIC_PREFIX"]
    planned = duibiao(settings, "topics", "plan", "--json")
    assert planned.code == 1
    assert [(row["topic"], row["kind"]) for row in json.loads(planned.out)] == [
        (topic.name(prefix), "create") for topic in TOPICS
    ]

    assert duibiao(settings, "topics", "apply").code == 0

    assert duibiao(settings, "topics", "apply").code == 0
    again = duibiao(settings, "topics", "plan", "--json")
    assert (again.code, json.loads(again.out)) == (0, [])
    checked = duibiao(settings, "topics", "check")
    assert checked.code == 0
    assert "All topics are as declared" in checked.out


def test_check_names_what_is_missing_and_what_is_weak(
    kafka: Cluster, settings: dict[str, str]
) -> None:
    missing = duibiao(settings, "topics", "check", "--json")
    assert missing.code == 1
    assert len(json.loads(missing.out)["missing"]) == len(TOPICS)

    duibiao(settings, "topics", "apply")
    name = SUBMISSIONS.name(settings["DUIBIAO_TOPIC_PREFIX"])
    weaken(kafka, name, retention_ms="1000")

    weak = json.loads(duibiao(settings, "topics", "check", "--json").out)["weak"]
    assert weak == [f"{name} has retention.ms=1000, not {400 * 86_400_000}"]
    assert duibiao(settings, "topics", "apply").code == 0
    assert duibiao(settings, "topics", "check").code == 0


def test_what_only_a_person_can_do_is_left_to_one(kafka: Cluster, settings: dict[str, str]) -> None:
    duibiao(settings, "topics", "apply")
    more = settings | {"DUIBIAO_KAFKA_REPLICATION": "3", "DUIBIAO_KAFKA_MIN_INSYNC": "2"}

    applied = duibiao(more, "topics", "apply", "--json")

    assert applied.code == 1
    by_hand = [row for row in json.loads(applied.out) if row["kind"] == "by-hand"]
    assert {row["what"] for row in by_hand} == {"has 1 replicas, not 3"}
    assert kafka.brokers[0].running


def test_without_kafka_the_command_says_that_there_is_none() -> None:
    done = duibiao({}, "topics", "check")

    assert done.code == 2
    assert "No Kafka is set" in done.err


def test_a_kafka_that_does_not_answer_is_told_in_words() -> None:
    done = duibiao({"DUIBIAO_KAFKA_BOOTSTRAP": "127.0.0.1:1"}, "topics", "check")

    assert done.code == 2
    assert "Kafka does not answer" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("min_insync_replicas", "1"),
        ("retention_bytes", "1000000"),
        ("cleanup_policy", "compact"),
        ("unclean_leader_election_enable", "true"),
        ("max_message_bytes", "1000000"),
    ],
)
def test_the_log_refuses_topics_that_promise_less(
    three_brokers: Cluster, setting: str, value: str
) -> None:
    brokers = Brokers(bootstrap=three_brokers.bootstrap, pace=QUICK)
    declared = declare(fresh_name(), copies=3)
    apply(brokers, declared)
    weaken(three_brokers, declared[0].name, **{setting: value})
    # Each broker may answer for a moment from what it knew before, and so may a log that starts.
    for broker in three_brokers.brokers:
        with TopicAdmin(Brokers(bootstrap=broker.address, pace=QUICK)) as admin:
            until(lambda: _is_weak(admin, declared), seconds=30)

    bus = KafkaBus(brokers, declared)
    bus.start()
    until(lambda: bus.failed is not None or _gives(bus), seconds=30)

    assert isinstance(bus.failed, LogError)
    assert setting.replace("_", ".") in str(bus.failed)
    with pytest.raises(Retry):
        bus.producer()
    bus.stop(5)


def test_the_log_waits_for_topics_that_are_not_there_yet(kafka: Cluster) -> None:
    brokers = Brokers(bootstrap=kafka.bootstrap, pace=QUICK)
    declared = declare(fresh_name())
    bus = KafkaBus(brokers, declared)
    bus.start()
    with pytest.raises(Retry, match="not been seen"):
        bus.consumer("group", [declared[0].name], lambda *_: 0)

    apply(brokers, declared)

    ready(bus)
    bus.stop(5)


def test_the_product_ends_with_words_on_what_is_weak(
    kafka: Cluster, settings: dict[str, str], tmp_path: Path
) -> None:
    duibiao(settings, "topics", "apply")
    name = SUBMISSIONS.name(settings["DUIBIAO_TOPIC_PREFIX"])
    weaken(kafka, name, retention_ms="1000")
    product = Product(tmp_path / "state", settings=settings)

    product.start(wait=False)

    assert product.process.wait(60) == 1
    assert f"{name} has retention.ms=1000" in product.output.read_text()
    product.client.close()


def test_the_declared_topics_are_those_of_the_contract() -> None:
    declared = topics_of(Settings(kafka_replication=3, kafka_min_insync=2))

    assert [topic.name for topic in declared] == [topic.name() for topic in TOPICS]
    assert {topic.replication for topic in declared} == {3}
    assert {topic.settings["min.insync.replicas"] for topic in declared} == {"2"}
