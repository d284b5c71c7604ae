"""The tables of the ingest service. Rows of agencies are packed inside `payload`, never here.

submissions   one per accepted request: receipt, audit copy and outbox entry; never changed
unsettled     those without final counts, in the order in which they go to the log
settled       final counts, once the verdicts are there; or that the submission is a dead letter
repeats       Idempotency-Keys that were used
drafts        what a unit keeps on the board before it is sent; forgotten after a while
files         evidence files, and file_contents: those of the kit
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

from duibiao.audit import AuditTables
from duibiao.bus.outbox import Outbox
from duibiao.bus.positions import Positions
from duibiao.store.columns import LONG
from duibiao.web.files import FileTables

METADATA: Final = MetaData()

SUBMISSIONS: Final = Table(
    "submissions",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("org", String(64), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("received", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("errors_total", Integer, nullable=False),
    Column("errors", LargeBinary, nullable=False),
    Column("encoding", String(16)),
    Column("warnings_total", Integer, nullable=False),
    Column("warnings", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index("submissions_by_org", "org", "id"),
)

_number = Column("number", LONG, primary_key=True)
_sent_us = Column("sent_us", BigInteger)
UNSETTLED: Final = Table(
    "unsettled",
    METADATA,
    _number,
    Column("id", String(36), nullable=False, unique=True),
    Column("org", String(64), nullable=False),
    # Null: not on the log yet. 0: a later one of the org is settled, so this one may be lost.
    _sent_us,
    Column("times", Integer, nullable=False, server_default="0"),  # published again
    # An outcome marks the earlier ones of its org, however many wait of the others.
    Index("unsettled_by_org", "org", "number"),
    # What is settled goes away, so only what waits for the log needs to be found among many.
    Index("unsent", _number, sqlite_where=_sent_us.is_(None), postgresql_where=_sent_us.is_(None)),
    sqlite_autoincrement=True,  # a number must not come back once its row is gone
)

SETTLED: Final = Table(
    "settled",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("accepted", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("evaluated_us", BigInteger, nullable=False),
    Column("dead_lettered", Boolean, nullable=False),
)

REPEATS: Final = Table(
    "repeats",
    METADATA,
    Column("scope", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("id", String(36), nullable=False),
)

DRAFTS: Final = Table(
    "drafts",
    METADATA,
    Column("id", String(300), primary_key=True),
    Column("org", String(64), nullable=False),
    Column("title", String(300), nullable=False),
    Column("state", String(16), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("saved_us", BigInteger, nullable=False),
    Index("drafts_by_org", "org", "saved_us"),
)

FILES: Final = FileTables(METADATA)

OUTBOX: Final = Outbox(METADATA)
"""For dead letters and audit heads; submissions are their own outbox entries."""

POSITIONS: Final = Positions(METADATA)
WRITTEN: Final = Positions(METADATA, "written")

AUDIT: Final = AuditTables(METADATA, "ingest")
