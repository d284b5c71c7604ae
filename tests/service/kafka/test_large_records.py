"""The largest record that ingest takes goes through Kafka, and so does its dead letter."""

import os
from dataclasses import replace

from duibiao.bus.dead_letters import DeadLetters, read
from duibiao.bus.kafka_clients import Brokers
from duibiao.bus.opening import topics_of
from duibiao.bus.reading import everything
from duibiao.contracts.topics import DEAD_LETTERS, SUBMISSIONS
from duibiao.core import Settings
from tests.support.bus import event
from tests.support.clock import ManualClock
from tests.support.kafka_logs import apply, fresh_name, opened
from tests.support.servers.kafka import Cluster


def test_the_largest_record_and_its_dead_letter_pass(kafka: Cluster) -> None:
    prefix = fresh_name("")
    settings = Settings(topic_prefix=prefix, kafka_replication=1, kafka_min_insync=1)
    declared = topics_of(settings)
    brokers = Brokers(bootstrap=kafka.bootstrap)
    apply(brokers, declared)
    bus = opened(brokers, declared)
    producer = bus.producer()
    data = os.urandom(SUBMISSIONS.max_data)  # nothing in it can be packed any smaller
    largest = replace(event("largest", topic=SUBMISSIONS.name(prefix)), data=data)

    producer.send([event("before", topic=SUBMISSIONS.name(prefix)), largest])
    found = list(everything(bus, SUBMISSIONS.name(prefix)))
    letter = DeadLetters("indicators", ManualClock(), prefix).letter_of(found[1], "r" * 500)
    producer.send([letter])
    (buried,) = everything(bus, DEAD_LETTERS.name(prefix))

    assert [len(record.event.data) for record in found] == [len(b"before"), len(data)]
    assert found[1].event == largest
    assert read(buried.event).event == largest
    producer.close(5)
    bus.stop(5)
