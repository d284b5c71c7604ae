"""Tables that several stores have, as revisions made them.

What a revision has made is never changed: a later shape is a revision of its own.
"""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, Text

from duibiao.store.columns import LONG


def outbox(metadata: MetaData) -> None:
    """Add what holds events until they are sent."""
    Table(
        "outbox",
        metadata,
        Column("number", LONG, primary_key=True),
        Column("id", String, nullable=False),
        Column("type", String, nullable=False),
        Column("topic", String, nullable=False),
        Column("key", String, nullable=False),
        Column("source", String, nullable=False),
        Column("time", String, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("content_type", String, nullable=False),
        Column("headers", String, nullable=False),
        sqlite_autoincrement=True,
    )


def positions(metadata: MetaData) -> None:
    """Add how far the log is read."""
    Table(
        "positions",
        metadata,
        Column("topic", String, primary_key=True),
        Column("partition", Integer, primary_key=True),
        Column("next_offset", LONG, nullable=False),
    )


def meta(metadata: MetaData) -> None:
    """Add facts of the installation."""
    Table(
        "meta",
        metadata,
        Column("name", String, primary_key=True),
        Column("value", String, nullable=False),
    )


def audit(metadata: MetaData) -> None:
    """Add a chain of audit records and its head."""
    Table(
        "audit",
        metadata,
        Column("sequence", LONG, primary_key=True, autoincrement=False),
        Column("time_us", BigInteger, nullable=False),
        Column("actor", String(200), nullable=False),
        Column("act", String(64), nullable=False),
        Column("subject", String(200), nullable=False),
        Column("details", Text, nullable=False),
        Column("algorithm", String(16), nullable=False),
        Column("previous", LargeBinary(32), nullable=False),
        Column("hash", LargeBinary(32), nullable=False),
    )
    Table(
        "audit_head",
        metadata,
        Column("one", Integer, primary_key=True, autoincrement=False),
        Column("sequence", BigInteger, nullable=False),
        Column("hash", LargeBinary(32), nullable=False),
    )
