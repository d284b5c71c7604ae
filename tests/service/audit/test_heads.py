"""Published heads: to the log by way of the outbox, now and then and at the end; and read back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from duibiao.audit import Checkpoint
from duibiao.audit.checkpoints import CheckpointPublisher, UnreadableHeadError, published_heads
from duibiao.audit.metrics import AuditCollector
from duibiao.audit.verify import Bad, Published
from duibiao.bus import Event
from duibiao.bus.relay import Relay
from duibiao.bus.sqlite import SqliteBus
from duibiao.contracts.v1 import audit_pb2
from tests.support.audit import AuditedStore
from tests.support.bus import MemoryBus
from tests.support.clock import NOON, ManualClock
from tests.support.waiting import until

TOPIC = "duibiao.audit-heads.v1"


def publisher(audited: AuditedStore, **every: float) -> CheckpointPublisher:
    return CheckpointPublisher(
        "ingest",
        [audited.log],
        store=audited.store,
        outbox=audited.outbox,
        topic_prefix="duibiao.",
        clock=audited.clock,
        **every,
    )


def waiting(audited: AuditedStore) -> list[Event]:
    return [event for _, event in audited.outbox.source(audited.store).pending(100)]


def told(event: Event) -> audit_pb2.AuditHead:
    return audit_pb2.AuditHead.FromString(event.data)


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def relay(audited: AuditedStore, bus: MemoryBus) -> Iterator[Relay]:
    relay = Relay("relay", audited.outbox.source(audited.store), bus, idle=0.01)
    yield relay
    relay.stop(5)


def test_heads_are_published_every_hour(
    audited: AuditedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = publisher(audited)
    waited: list[float] = []
    monkeypatch.setattr(part, "wait", waited.append)
    part.turn()
    assert waited == [60 * 60]


def test_the_head_is_published_at_the_start_and_every_interval(audited: AuditedStore) -> None:
    audited.fill(2)
    part = publisher(audited, every=0.02)
    part.start()
    until(lambda: len(waiting(audited)) >= 2)
    audited.fill(1)
    until(lambda: told(waiting(audited)[-1]).sequence == 3)
    part.stop(5)
    assert part.failed is None
    event = waiting(audited)[0]
    assert (event.topic, event.key, event.source) == (TOPIC, "ingest", "ingest")
    assert (event.type, event.content_type) == ("duibiao.audit.head", "application/protobuf")
    assert told(event) == audit_pb2.AuditHead(
        chain="ingest",
        sequence=2,
        hash=audited.rows()[1][8],  # type: ignore[arg-type]
        published_us=1_622_520_000_000_000,
    )


def test_a_chain_without_records_has_no_head_to_publish(audited: AuditedStore) -> None:
    part = publisher(audited)
    part.start()
    part.stop(5)
    assert waiting(audited) == []


def test_what_came_last_is_on_the_log_after_an_orderly_end(
    audited: AuditedStore, bus: MemoryBus, relay: Relay
) -> None:
    relay.start()
    part = publisher(audited)
    part.start()
    audited.fill(4)
    part.stop(5)  # before the relay, as a process does
    relay.stop(5)
    assert told(bus.events[-1]).sequence == 4
    assert waiting(audited) == []


def test_an_end_without_a_log_waits_a_moment_and_keeps_the_heads(audited: AuditedStore) -> None:
    audited.fill(1)
    part = publisher(audited)
    part.start()
    part.stop(5)
    assert part.failed is None
    assert told(waiting(audited)[-1]).sequence == 1


def test_published_heads_are_read_back_by_chain(
    audited: AuditedStore, tmp_path: Path, clock: ManualClock
) -> None:
    log = SqliteBus(tmp_path / "log.db", clock)
    relay = Relay("relay", audited.outbox.source(audited.store), log, idle=0.01)
    relay.start()
    expected: list[Published] = []
    for _ in range(3):
        audited.fill(2)
        expected.append(Published(audited.log.checkpoint(), clock.now()))
        part = publisher(audited)
        part.start()
        part.stop(5)
        clock.advance(hours=1)
    relay.stop(5)
    found = published_heads(log, TOPIC)
    log.stop(5)
    assert set(found) == {"ingest"}
    assert list(dict.fromkeys(found["ingest"])) == expected
    assert audited.walked(*found["ingest"]).bad is None
    audited.by_hand("DELETE FROM audit WHERE sequence > 3")
    last = NOON + timedelta(hours=2)
    assert audited.walked(*found["ingest"]).bad == Bad(4, "missing", last)


def test_no_heads_are_none(bus: MemoryBus) -> None:
    assert published_heads(bus, TOPIC) == {}


def test_more_heads_than_one_reading_holds_are_all_read(bus: MemoryBus, clock: ManualClock) -> None:
    bus.append(*(event(number, clock) for number in range(1, 2502)))
    assert [one.head.sequence for one in published_heads(bus, TOPIC)["alerts"]] == [*range(1, 2502)]


@pytest.mark.parametrize(
    "data",
    [
        b"no message",
        b"",
        audit_pb2.AuditHead(chain="x", sequence=0, hash=bytes(32)).SerializeToString(),
        audit_pb2.AuditHead(chain="x", sequence=1, hash=b"short").SerializeToString(),
        audit_pb2.AuditHead(
            chain="x", sequence=1, hash=bytes(32), published_us=2**62
        ).SerializeToString(),
    ],
    ids=["no message", "empty", "no number", "no hash", "no time"],
)
def test_what_is_no_head_is_said(bus: MemoryBus, clock: ManualClock, data: bytes) -> None:
    bus.append(event(1, clock), event(2, clock, data))
    with pytest.raises(UnreadableHeadError, match="offset 1"):
        published_heads(bus, TOPIC)


def event(number: int, clock: ManualClock, data: bytes | None = None) -> Event:
    head = Checkpoint(number, bytes(32))
    told = audit_pb2.AuditHead(
        chain="alerts", sequence=head.sequence, hash=head.hash, published_us=1
    )
    return Event(
        id=f"head-{number}",
        type="duibiao.audit.head",
        topic=TOPIC,
        key="alerts",
        source="alerts",
        time=clock.now(),
        data=told.SerializeToString() if data is None else data,
    )


def test_a_process_shows_how_long_its_chains_are(audited: AuditedStore) -> None:
    audited.fill(3)
    part = publisher(audited)
    (family,) = AuditCollector([part]).collect()
    assert family.name == "duibiao_audit_records"
    assert [(one.labels, one.value) for one in family.samples] == [({"chain": "ingest"}, 3.0)]
