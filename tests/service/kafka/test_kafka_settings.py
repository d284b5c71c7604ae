"""Settings of Kafka: which log they choose, and which of them do not go together."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from duibiao.bus.kafka import KafkaBus
from duibiao.bus.opening import brokers_of, open_bus, topics_of
from duibiao.bus.sqlite import SqliteBus
from duibiao.core import Settings, SystemClock


def test_without_brokers_the_log_is_the_embedded_one(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/duibiao.db")

    bus = open_bus(settings, SystemClock())

    assert isinstance(bus, SqliteBus)
    assert brokers_of(settings) is None
    bus.stop(1)


def test_with_brokers_it_is_kafka_and_nothing_is_asked_of_them_yet() -> None:
    bus = open_bus(Settings(kafka_bootstrap="example.invalid:9092"), SystemClock())

    assert isinstance(bus, KafkaBus)
    assert bus.failed is None


def test_what_is_set_reaches_the_clients(tmp_path: Path) -> None:
    settings = Settings(
        kafka_bootstrap="a.example.invalid:9092, b.example.invalid:9092",
        kafka_security_protocol="SASL_SSL",
        kafka_username="duibiao",
        kafka_password_file=tmp_path / "password",
        kafka_ca_file=tmp_path / "ca.crt",
    )

    brokers = brokers_of(settings)

    assert brokers is not None
    assert brokers.bootstrap == "a.example.invalid:9092, b.example.invalid:9092"
    assert (brokers.protocol, brokers.mechanism) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (brokers.username, brokers.ca_file) == ("duibiao", tmp_path / "ca.crt")
    assert brokers.password_file == tmp_path / "password"


def test_a_mechanism_is_of_no_account_where_nobody_signs_in() -> None:
    brokers = brokers_of(Settings(kafka_bootstrap="example.invalid:9092"))

    assert brokers is not None
    assert brokers.mechanism is None


@pytest.mark.parametrize("protocol", ["SASL_SSL", "SASL_PLAINTEXT"])
@pytest.mark.parametrize("lacking", ["kafka_username", "kafka_password_file"])
def test_signing_in_needs_a_name_and_a_password(protocol: str, lacking: str) -> None:
    given = {"kafka_username": "duibiao", "kafka_password_file": "password"}

    with pytest.raises(ValidationError, match="SASL needs KAFKA_USERNAME"):
        Settings.model_validate(
            {"kafka_security_protocol": protocol} | {n: v for n, v in given.items() if n != lacking}
        )


def test_no_more_copies_can_be_needed_than_there_are() -> None:
    with pytest.raises(ValidationError, match="KAFKA_MIN_INSYNC is more"):
        Settings(kafka_replication=1)

    one = Settings(kafka_replication=1, kafka_min_insync=1)
    assert {topic.replication for topic in topics_of(one)} == {1}


def test_by_default_losing_one_broker_of_three_loses_nothing() -> None:
    for topic in topics_of(Settings()):
        assert topic.replication == 3
        assert topic.settings["min.insync.replicas"] == "2"
