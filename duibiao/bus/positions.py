"""Positions: how far a service has read, kept in its own database beside what it made of it.

They are also the fence between workers: an effect is committed only where the position still
stands where its reader stood. An owner that was held up while its partition went to another
writes nothing.

Each position names the log that it was taken on. Whether that is still the log that is there,
`duibiao/bus/log_watch.py` compares.
"""

from collections.abc import Collection, Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from duibiao.bus.ports import End, Place, Record
from duibiao.core.retry import Retry
from duibiao.store.columns import LONG

_NOWHERE: Final = End("", 0)


class FencedOut(Retry):
    """Another worker of the same service has moved the position: read again from there."""


class Positions:
    """The table `positions` of one service: the next offset per topic and partition.

    `written` is another one of the kind: the end of what a service has written. `restarts` counts
    how often a partition was found to be another log, or to have lost its end.
    """

    def __init__(self, metadata: sa.MetaData, name: str = "positions") -> None:
        self._table = sa.Table(
            name,
            metadata,
            sa.Column("topic", sa.String, primary_key=True),
            sa.Column("partition", sa.Integer, primary_key=True),
            sa.Column("next_offset", LONG, nullable=False),
            sa.Column("log", sa.String, nullable=False, server_default=sa.text("''")),
            sa.Column("restarts", sa.Integer, nullable=False, server_default="0"),
        )
        # Built once: building them costs more than running them.
        columns = self._table.c
        at = (
            columns.topic == sa.bindparam("of_topic"),
            columns.partition == sa.bindparam("of_partition"),
        )
        self._of = sa.select(columns.next_offset).where(*at)
        # SQLite leaves FOR UPDATE out: there the writer holds the whole file anyway.
        self._held = self._of.with_for_update()
        self._move = sa.update(self._table).where(*at).values(next_offset=sa.bindparam("to"))
        self._put = self._move.values(
            log=sa.bindparam("on"),
            restarts=columns.restarts + sa.bindparam("more", type_=sa.Integer),
        )
        on_topics = columns.topic.in_(sa.bindparam("topics", expanding=True))
        self._ends = sa.select(self._table).where(on_topics)
        by_place = self._ends.order_by(columns.topic, columns.partition)
        self._held_ends = by_place.with_for_update()

    def of(self, connection: sa.Connection, topic: str, partition: int) -> int:
        """Return the next offset to read, 0 when nothing was read yet."""
        return connection.execute(self._of, _at(topic, partition)).scalar_one_or_none() or 0

    def on(self, connection: sa.Connection, topic: str, *, hold: bool = False) -> dict[int, int]:
        """Return the next offset of every partition of a topic that was begun.

        With `hold` no worker gets on in these partitions before the transaction has ended.
        """
        query = sa.select(self._table.c.partition, self._table.c.next_offset)
        query = query.where(self._table.c.topic == topic).order_by(self._table.c.partition)
        if hold:
            query = query.with_for_update()
        return {row.partition: row.next_offset for row in connection.execute(query)}

    def expect(self, tx: sa.Connection, record: Record) -> None:
        """Make sure that the position is where the reader of `record` stood, and hold it there.

        Until the end of the transaction no other worker gets past this line for the partition.

        Raises:
            FencedOut: it is elsewhere; roll back and read again.

        """
        topic, partition = record.event.topic, record.partition
        standing = tx.execute(self._held, _at(topic, partition)).scalar_one_or_none()
        if standing is None:
            self._begin(tx, topic, partition)
            standing = 0
        if _is_elsewhere(standing, record):
            raise FencedOut(f"{topic}/{partition} stands at {standing}, not at {_stood(record)}")

    def save(self, tx: sa.Connection, record: Record) -> None:
        """Note in the transaction of its effect that a record is handled; `expect` comes first."""
        place = _at(record.event.topic, record.partition)
        tx.execute(self._move, {**place, "to": record.offset + 1})

    def ends(
        self, connection: sa.Connection, topics: Collection[str], *, hold: bool = False
    ) -> Mapping[Place, End]:
        """Return all positions on some topics, with `hold` until the transaction ends."""
        query = self._held_ends if hold else self._ends
        return {
            (row.topic, row.partition): End(row.log, row.next_offset)
            for row in connection.execute(query, {"topics": list(topics)})
        }

    def put(self, tx: sa.Connection, place: Place, end: End, *, restarts: int = 0) -> None:
        """Set a position whatever it was, and count `restarts`.

        Raises:
            FencedOut: another process has just begun it.

        """
        new = {"to": end.next_offset, "on": end.log, "more": restarts}
        if not tx.execute(self._put, _at(*place) | new).rowcount:
            self._begin(tx, *place, end)

    def restarts(self, connection: sa.Connection, topics: Collection[str]) -> Mapping[str, int]:
        """Return per topic how often a partition of it was begun again."""
        query = sa.select(self._table.c.topic, sa.func.max(self._table.c.restarts))
        query = query.where(self._table.c.topic.in_(topics)).group_by(self._table.c.topic)
        return {row[0]: row[1] for row in connection.execute(query)}

    def _begin(self, tx: sa.Connection, topic: str, partition: int, end: End = _NOWHERE) -> None:
        # There is no row to lock yet: whoever inserts it first has the partition.
        row = {
            "topic": topic,
            "partition": partition,
            "next_offset": end.next_offset,
            "log": end.log,
        }
        try:
            with tx.begin_nested():
                tx.execute(sa.insert(self._table).values(row))
        except IntegrityError as error:
            raise FencedOut(f"{topic}/{partition} was begun by another worker") from error


def _at(topic: str, partition: int) -> dict[str, object]:
    return {"of_topic": topic, "of_partition": partition}


def _stood(record: Record) -> int:
    return record.offset if record.follows is None else record.follows


def _is_elsewhere(standing: int, record: Record) -> bool:
    if record.follows is None:
        return standing > record.offset
    return standing != record.follows
