"""How Kafka's clients are made and kept from waiting for ever; what their errors mean to us.

The only settings that are not the library's own defaults stand here, with the reason. Clients
are made on the thread that uses them, never at import, and start with Kafka down.
"""

import importlib.util
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import IllegalStateError, KafkaConfigurationError, KafkaError
from kafka.net.compat import KafkaNetClient

from duibiao.bus.ports import LogError
from duibiao.contracts.topics import LARGEST
from duibiao.core.retry import Retry

T = TypeVar("T")

SPARE: Final = 5.0  # seconds that a call gets beyond its own limit before it is given up
WAVE_BYTES: Final = 1024 * 1024
_FRAME: Final = LARGEST + 4 * 1024 * 1024  # the largest batch, and what is around it


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long things may take, in seconds.

    Attributes:
        connect: until the cluster has answered a new client.
        request: one request to one broker.
        send: a send, with all its retries.
        session: after which a consumer that is gone is missed.
        heartbeat: between signs of life of a consumer.
        handling: between two polls, after which a consumer is taken to be stuck.

    """

    connect: float = 5.0
    request: float = 5.0
    send: float = 20.0
    session: float = 10.0
    heartbeat: float = 3.0
    handling: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brokers:
    """Where the cluster is and how one gets in. The password is read anew for every client."""

    bootstrap: str
    protocol: str = "PLAINTEXT"
    mechanism: str | None = None
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    pace: Pace = Pace()

    def producer(self) -> Any:  # noqa: ANN401 - the library has no types
        """Return a producer that loses nothing and keeps the order."""
        return _made(
            KafkaProducer,
            **self._common(),
            # A conflicting setting turns the default off in silence; said aloud it is an error.
            enable_idempotence=True,
            acks="all",
            # Given up by us first: no batch may expire while a later one is still sent.
            delivery_timeout_ms=_ms(self.pace.send * 3),
            max_block_ms=_ms(self.pace.connect),
            allow_auto_create_topics=False,
            compression_type="lz4",
            # All that one wave has for a partition is one batch.
            linger_ms=5,
            batch_size=WAVE_BYTES * 2,
            max_request_size=_FRAME,
        )

    def consumer(self, group: str, topics: tuple[str, ...]) -> Any:  # noqa: ANN401 - the same
        """Return a consumer that never commits by itself and reads from the beginning."""
        client = _made(
            KafkaConsumer,
            **self._common(),
            group_id=group or None,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            # Eager and plain: the sticky ones have looped, and a rebalance here is short.
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=_ms(self.pace.session),
            heartbeat_interval_ms=_ms(self.pace.heartbeat),
            max_poll_interval_ms=_ms(self.pace.handling),
            # A batch that is larger comes all the same, alone.
            fetch_max_bytes=16 * 1024 * 1024,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            receive_message_max_bytes=_FRAME,
        )
        try:
            client.subscribe(topics=topics)
            # Known before the group shares them out; else the first share is of nothing.
            for topic in topics:
                client.partitions_for_topic(topic)
        except BaseException:
            client.close(autocommit=False, timeout_ms=1000)
            raise
        return client

    def admin(self) -> Any:  # noqa: ANN401 - the same
        """Return a client for topics."""
        return _made(KafkaAdminClient, **self._common())

    def _common(self) -> dict[str, Any]:
        common: dict[str, Any] = {
            "bootstrap_servers": [place.strip() for place in self.bootstrap.split(",")],
            "client_id": "duibiao",
            "security_protocol": self.protocol,
            "bootstrap_timeout_ms": _ms(self.pace.connect),
            "request_timeout_ms": _ms(self.pace.request),
            # Half a minute, the default, would be half a minute without a log that is back.
            "reconnect_backoff_max_ms": 2000,
            "retry_backoff_ms": 100,
        }
        if self.ca_file is not None:
            common |= {"ssl_cafile": str(self.ca_file), "ssl_check_hostname": True}
        if self.mechanism is not None:
            assert self.password_file is not None  # noqa: S101 - the settings see to it
            common |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password_file.read_text(encoding="utf-8").strip(),
            }
        return common


def require_checksums() -> None:
    """Refuse to work without the compiled checksum.

    Raises:
        LogError: it is missing; the one in Python is thirty times slower, and says nothing.

    """
    if importlib.util.find_spec("crc32c") is None:
        raise LogError(
            "Kafka needs the package crc32c, which is not installed: "
            "install the locked requirements (kafka-python[crc32c,lz4,zstd])"
        )


@contextmanager
def translate_errors(what: str, kind: type[Retry] = Retry) -> Iterator[None]:
    """Turn what a later try can get past into `kind`; `what` was being done."""
    try:
        yield
    except (KafkaConfigurationError, IllegalStateError):
        raise
    except (KafkaError, OSError) as error:
        raise kind(f"{what}: {type(error).__name__}: {error}") from error


def within(seconds: float, what: str, work: Callable[[], T]) -> T:
    """Do `work` on a thread of its own, and give it up when it does not come back.

    A second clock beside the library's own: several of its releases had calls that outlived
    their time limit.

    Raises:
        Retry: it did not come back.

    """
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again on the thread that waits
            failed.append(error)

    thread = threading.Thread(target=run, name=f"kafka {what}", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise Retry(f"{what} did not come back within {seconds} s")
    return done[0]


def let_go(client: Any, seconds: float, **limit: float) -> None:  # noqa: ANN401 - any client
    """Close a client, however it takes it."""
    with suppress(KafkaError, OSError, Retry):
        within(seconds + SPARE, "closing", lambda: client.close(**limit))


def _made(make: Callable[..., Any], **settings: Any) -> Any:  # noqa: ANN401 - the library's own
    # A client whose cluster does not answer raises in its constructor and leaves its thread and
    # sockets behind; so we keep hold of the inside.
    inside: list[KafkaNetClient] = []

    def net(**given: Any) -> KafkaNetClient:  # noqa: ANN401 - the same
        inside.append(KafkaNetClient(**given))
        return inside[-1]

    try:
        return make(kafka_client=net, **settings)
    except BaseException:
        for client in inside:
            client.close()
        raise


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
