"""Kafka over TLS with SCRAM, as the settings name it: in with the right words, and only then."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

from duibiao.bus import Event
from duibiao.bus.kafka import KafkaBus
from duibiao.bus.kafka_clients import Brokers
from duibiao.bus.kafka_topics import TopicAdmin
from duibiao.bus.opening import brokers_of
from duibiao.bus.reading import everything
from duibiao.core import Retry, Settings
from tests.support.bus import events, names
from tests.support.counting import QUICK as LIMITS
from tests.support.counting import Counting
from tests.support.kafka_logs import QUICK, apply, declare, fresh_name, opened, password_file
from tests.support.servers.kafka import Broker, cluster
from tests.support.servers.kafka_secure import MECHANISM, Secure
from tests.support.waiting import until

# The library drops the sockets of handshakes that failed without closing them, and the plain one
# of a connection that was still being made when the client was closed.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning"),
]


@pytest.fixture(autouse=True)
def dropped_here() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def guarded(servers_folder: Path) -> Iterator[tuple[Broker, Secure]]:
    """A broker with a guarded listener, and what opens it."""
    secure = Secure.made(servers_folder / "secure-files")
    with cluster(servers_folder / "kafka-secure", secure=secure) as running:
        yield running.brokers[0], secure


@pytest.fixture
def brokers(guarded: tuple[Broker, Secure], tmp_path: Path) -> Brokers:
    broker, secure = guarded
    settings = Settings(
        kafka_bootstrap=f"127.0.0.1:{broker.ports.secure}",
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_mechanism=MECHANISM,
        kafka_username=secure.username,
        kafka_password_file=password_file(tmp_path, secure.password),
        kafka_ca_file=secure.ca_file,
    )
    found = brokers_of(settings)
    assert found is not None
    return replace(found, pace=QUICK)


def asks(brokers: Brokers) -> None:
    with TopicAdmin(brokers) as admin:
        admin.states(["nothing"])


def test_events_go_out_and_come_back(brokers: Brokers) -> None:
    topic = fresh_name()
    declared = declare(topic)
    apply(brokers, declared)
    bus = opened(brokers, declared)

    bus.producer().send(events("abc", topic=topic))

    assert names(list(everything(bus, topic))) == ["a", "b", "c"]
    bus.stop(5)


def test_a_wrong_password_is_told_and_not_taken(brokers: Brokers, tmp_path: Path) -> None:
    wrong = replace(brokers, password_file=password_file(tmp_path, "wrong"))

    with pytest.raises(Retry) as raised:
        asks(wrong)
    assert "wrong" not in str(raised.value)


def test_a_new_password_in_the_file_is_enough(brokers: Brokers, tmp_path: Path) -> None:
    right = brokers.password_file
    assert right is not None
    words = right.read_text()
    mended = replace(brokers, password_file=password_file(tmp_path, "wrong"))
    with pytest.raises(Retry):
        asks(mended)

    assert mended.password_file is not None
    mended.password_file.write_text(words)

    asks(mended)


def test_a_reader_goes_on_after_a_change_of_passwords(
    guarded: tuple[Broker, Secure], brokers: Brokers, tmp_path: Path
) -> None:
    broker, secure = guarded
    topic = fresh_name()
    declared = declare(topic, partitions=1)
    apply(brokers, declared)
    bus = opened(brokers, declared)
    bus.producer().send(events("a", topic=topic))
    service = Counting(tmp_path, topic=topic, remembers=True)
    worker = service.worker(bus, limits=replace(LIMITS, stale=5.0))
    worker.start()
    until(lambda: service.handled() == ["a"], seconds=30)

    change_password(brokers, "another one")
    try:
        broker.stop()  # who had come in must sign in again
        broker.start()
        until(lambda: sent(bus, events("b", topic=topic)), seconds=60)
        until(lambda: service.handled() == ["a", "b"], seconds=60)
    finally:
        change_password(brokers, secure.password)
        worker.stop(10)
        bus.stop(5)
        service.store.close()
    assert worker.failed is None


def change_password(brokers: Brokers, password: str) -> None:
    new = UserScramCredentialUpsertion(
        user=brokers.username,
        mechanism=ScramMechanism.SCRAM_SHA_512,
        iterations=4096,
        password=password,
    )
    with TopicAdmin(brokers) as admin:
        admin._ask("change", lambda c: c.alter_user_scram_credentials([new]))  # noqa: SLF001 - no command of ours does it
    assert brokers.password_file is not None
    brokers.password_file.write_text(password)


def sent(bus: KafkaBus, some: list[Event]) -> bool:
    try:
        bus.producer().send(some)
    except Retry:
        return False
    return True


def test_a_broker_that_cannot_prove_its_name_is_not_spoken_to(brokers: Brokers) -> None:
    with pytest.raises(Retry):
        asks(replace(brokers, ca_file=None))


def test_nobody_comes_in_without_signing_in(brokers: Brokers) -> None:
    with pytest.raises(Retry):
        asks(replace(brokers, protocol="SSL", mechanism=None))


def test_a_password_that_is_not_there_yet_is_waited_for(brokers: Brokers, tmp_path: Path) -> None:
    with pytest.raises(Retry, match="not-there"):
        asks(replace(brokers, password_file=tmp_path / "not-there"))
