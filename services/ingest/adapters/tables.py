"""The tables of the ingest service. Rows of agencies are packed inside `payload`, never here.

submissions   one per accepted request: receipt, audit copy and outbox entry; never changed
unsettled     those without final counts, in the order in which they go to the log
settled       final counts, once the verdicts are there; or that the submission is a dead letter
repeats       Idempotency-Keys that were used
drafts        what a unit keeps on the board before it is sent; forgotten after a while
files         evidence files, and file_contents: those of the kit
"""

from typing import Final

import sqlalchemy as sa

from duibiao.audit import AuditTables
from duibiao.bus.outbox import Outbox
from duibiao.bus.positions import Positions
from duibiao.store.columns import LONG
from duibiao.web.files import FileTables

METADATA: Final = sa.MetaData()

SUBMISSIONS: Final = sa.Table(
    "submissions",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("org", sa.String(64), nullable=False),
    sa.Column("key_id", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("received_us", sa.BigInteger, nullable=False),
    sa.Column("received", sa.Integer, nullable=False),
    sa.Column("taken", sa.Integer, nullable=False),
    sa.Column("rejected", sa.Integer, nullable=False),
    sa.Column("errors_total", sa.Integer, nullable=False),
    sa.Column("errors", sa.LargeBinary, nullable=False),
    sa.Column("encoding", sa.String(16)),
    sa.Column("warnings_total", sa.Integer, nullable=False),
    sa.Column("warnings", sa.LargeBinary, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Index("submissions_by_org", "org", "id"),
)

_number = sa.Column("number", LONG, primary_key=True)
_sent_us = sa.Column("sent_us", sa.BigInteger)
UNSETTLED: Final = sa.Table(
    "unsettled",
    METADATA,
    _number,
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("org", sa.String(64), nullable=False),
    # Null: not on the log yet. 0: a later one of the org is settled, so this one may be lost.
    _sent_us,
    sa.Column("times", sa.Integer, nullable=False, server_default="0"),  # published again
    # An outcome marks the earlier ones of its org, however many wait of the others.
    sa.Index("unsettled_by_org", "org", "number"),
    # What is settled goes away, so only what waits for the log needs to be found among many.
    sa.Index(
        "unsent", _number, sqlite_where=_sent_us.is_(None), postgresql_where=_sent_us.is_(None)
    ),
    sqlite_autoincrement=True,  # a number must not come back once its row is gone
)

SETTLED: Final = sa.Table(
    "settled",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("duplicate", sa.Integer, nullable=False),
    sa.Column("revised", sa.Integer, nullable=False),
    sa.Column("evaluated_us", sa.BigInteger, nullable=False),
    sa.Column("dead_lettered", sa.Boolean, nullable=False),
)

REPEATS: Final = sa.Table(
    "repeats",
    METADATA,
    sa.Column("scope", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
    sa.Column("id", sa.String(36), nullable=False),
)

DRAFTS: Final = sa.Table(
    "drafts",
    METADATA,
    sa.Column("id", sa.String(300), primary_key=True),
    sa.Column("org", sa.String(64), nullable=False),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("saved_us", sa.BigInteger, nullable=False),
    sa.Index("drafts_by_org", "org", "saved_us"),
)

FILES: Final = FileTables(METADATA)

# For dead letters and audit heads; submissions are their own outbox entries.
OUTBOX: Final = Outbox(METADATA)

POSITIONS: Final = Positions(METADATA)
WRITTEN: Final = Positions(METADATA, "written")

AUDIT: Final = AuditTables(METADATA, "ingest")
