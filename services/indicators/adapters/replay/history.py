"""The submissions that the standing state was made from, in the order in which they came.

The topic has them in order. What it has no longer, ingest may still keep: such a submission is put
before the first one of the same org on the topic that was received later. Order matters within an
org only, since an identity belongs to one, and ids rise with the time of receipt.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from duibiao.bus import Bus, Event, Record
from duibiao.bus.reading import everything
from services.indicators.adapters.messages import whose

AT_ONCE: Final = 20  # submissions asked of ingest at a time; each may be a few MB

Since = datetime | Literal["earliest", "ingest"]
"""Where on the topic a replay begins: what came before is taken from ingest. "ingest": all is."""


class StoredSubmissions(Protocol):
    """The submissions that ingest keeps."""

    def sent(self) -> Iterable[tuple[str, str]]:
        """Return (org, id) of every submission that was put on the log, by id."""
        ...

    def payloads(self, ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the records of some submissions as they were put on the log."""
        ...


@dataclass(frozen=True, slots=True)
class ReplayedSubmission:
    """One submission as it is told again. `id` is "" where the record is none.

    `key` is that of the record on the topic.
    """

    id: str
    data: bytes
    source: Literal["topic", "ingest"]
    key: str | None = None


class History:
    """What was read of the topic, and what ingest keeps besides. To be gone through once."""

    def __init__(
        self,
        bus: Bus,
        topic: str,
        kept: StoredSubmissions | None,
        since: Since,
        *,
        was_read: Callable[[Record], bool],
        was_applied: Callable[[str], bool],
    ) -> None:
        """Look through the topic for what is missing there. May raise `Retry`.

        `was_read`: the service has gone past a record of the topic. `was_applied`: it has applied a
        submission, wherever its position stands now.
        """
        self._bus = bus
        self._topic = topic
        self._kept = kept
        self._since = since
        self._was_read = was_read
        self._was_applied = was_applied
        # Asked first: whatever was sent by now is on the topic when that is read, or is lost.
        sent = [] if kept is None else list(kept.sent())
        taken, unread = self._survey()
        self._missing: dict[str, deque[str]] = {}
        for org, ident in sent:
            if ident not in taken and ident not in unread:
                self._missing.setdefault(org, deque()).append(ident)

    def __iter__(self) -> Iterator[ReplayedSubmission]:
        """Yield every submission in order; one that was sent twice comes twice."""
        if self._since != "ingest":
            for record in everything(self._bus, self._topic):
                identity = whose(record.event.data)
                if self._counts(record, identity):
                    yield from self._before(identity)
                    ident = "" if identity is None else identity[0]
                    yield ReplayedSubmission(ident, record.event.data, "topic", record.event.key)
        rest = sorted(ident for idents in self._missing.values() for ident in idents)
        self._missing.clear()
        yield from self._from_ingest(rest)

    def _survey(self) -> tuple[set[str], set[str]]:
        """Return the ids that the topic gives, and those that the service has yet to read."""
        taken: set[str] = set()
        unread: set[str] = set()
        for record in everything(self._bus, self._topic):
            identity = whose(record.event.data)
            if identity is None:
                continue
            if self._counts(record, identity):
                taken.add(identity[0])
            elif not self._was_read(record):
                unread.add(identity[0])
        return taken, unread

    def _counts(self, record: Record, identity: tuple[str, str] | None) -> bool:
        if not _is_since(record.event, self._since):
            return False
        known = identity is not None and self._was_applied(identity[0])
        return self._was_read(record) or known

    def _before(self, identity: tuple[str, str] | None) -> Iterator[ReplayedSubmission]:
        if identity is None:
            return
        ident, org = identity
        waiting = self._missing.get(org, deque())
        earlier = []
        while waiting and waiting[0] < ident:
            earlier.append(waiting.popleft())
        yield from self._from_ingest(earlier)

    def _from_ingest(self, idents: list[str]) -> Iterator[ReplayedSubmission]:
        for start in range(0, len(idents), AT_ONCE):
            some = idents[start : start + AT_ONCE]
            payloads = {} if self._kept is None else self._kept.payloads(some)
            for ident in some:
                if ident in payloads:
                    yield ReplayedSubmission(ident, payloads[ident], "ingest")


def _is_since(event: Event, since: Since) -> bool:
    return since == "earliest" or (since != "ingest" and event.time >= since)
