"""Positions: how far a service has read, kept in its own database beside what it made of it."""

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    update,
)

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
        query = select(self._table.c.next_offset).where(*self._at(topic, partition))
        return connection.execute(query).scalar_one_or_none() or 0

    def expect(self, tx: Connection, record: Record) -> None:
        """Make sure that `record` was not handled yet and that nobody else handles it now.

        Raises:
            Overtaken: it was; roll back and read again.

        """
        self._standing(tx, record)

    def save(self, tx: Connection, record: Record) -> None:
        """Note in the transaction of its effect that `record`, and all before it, is handled.

        Raises:
            Overtaken: it was handled before; roll the effect back and read again.

        """
        topic, partition = record.event.topic, record.partition
        after = record.offset + 1
        if self._standing(tx, record) is None:
            new = {"topic": topic, "partition": partition, "next_offset": after}
            tx.execute(insert(self._table).values(new))
        else:
            place = self._at(topic, partition)
            tx.execute(update(self._table).where(*place).values(next_offset=after))

    def _standing(self, tx: Connection, record: Record) -> int | None:
        topic, partition = record.event.topic, record.partition
        # SQLite leaves FOR UPDATE out: there the writer holds the whole file anyway.
        query = select(self._table.c.next_offset).where(*self._at(topic, partition))
        standing = tx.execute(query.with_for_update()).scalar_one_or_none()
        if standing is not None and standing > record.offset:
            raise Overtaken(f"{topic}/{partition} stands at {standing}, not at {record.offset}")
        return standing

    def _at(self, topic: str, partition: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return self._table.c.topic == topic, self._table.c.partition == partition
