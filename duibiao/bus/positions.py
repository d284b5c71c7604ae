"""Positions: how far a service has read, kept in its own database beside what it made of it."""

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select, update

from duibiao.bus.ports import Record
from duibiao.runtime.retry import Retry


class Overtaken(Retry):
    """Another worker of the same service has already handled this record: read again."""


class Positions:
    """The table `positions` of one service: the next offset per topic and partition."""

    def __init__(self, metadata: MetaData) -> None:
        self._table = Table(
            "positions",
            metadata,
            Column("topic", String, primary_key=True),
            Column("partition", Integer, primary_key=True),
            Column("next_offset", Integer, nullable=False),
        )

    def of(self, connection: Connection, topic: str, partition: int) -> int:
        """Return the next offset to read, 0 when nothing was read yet."""
        standing = self._standing(connection, topic, partition)
        return 0 if standing is None else standing

    def save(self, tx: Connection, record: Record) -> None:
        """Note in the transaction of its effect that `record` is handled.

        Raises:
            Overtaken: it was handled before; roll the effect back.

        """
        topic, partition = record.event.topic, record.partition
        standing = self._standing(tx, topic, partition)
        if standing is None:
            tx.execute(
                insert(self._table).values(
                    topic=topic, partition=partition, next_offset=record.offset + 1
                )
            )
            return
        if standing > record.offset:
            raise Overtaken(f"{topic}/{partition} stands at {standing}, not at {record.offset}")
        tx.execute(
            update(self._table)
            .where(self._table.c.topic == topic, self._table.c.partition == partition)
            .values(next_offset=record.offset + 1)
        )

    def _standing(self, connection: Connection, topic: str, partition: int) -> int | None:
        # FOR UPDATE is left out by SQLite, where the writer holds the whole file anyway.
        query = (
            select(self._table.c.next_offset)
            .where(self._table.c.topic == topic, self._table.c.partition == partition)
            .with_for_update()
        )
        return connection.execute(query).scalar_one_or_none()
