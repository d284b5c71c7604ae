"""预警及其历史、通知。Alerts, their history and what was told of them.

These tables were made before revisions had numbers: each is made where it is missing.
"""

from typing import Final

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from duibiao.store import shared_tables

revision = "0001_since_0001"
down_revision = None

_TABLES: Final = MetaData()
shared_tables.outbox(_TABLES)
shared_tables.positions(_TABLES)
shared_tables.meta(_TABLES)
Table(
    "heard",
    _TABLES,
    Column("event_id", String, primary_key=True),
    Column("at_us", BigInteger, nullable=False, index=True),
)
Table(
    "verdicts",
    _TABLES,
    Column("target", String, primary_key=True),
    Column("org", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("period", String, primary_key=True),
    Column("period_last", String, nullable=False),
    Column("id", String, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", String),
    Column("attainment_ratio", String),
    Column("near_threshold", Boolean, nullable=False),
    Column("present", Boolean, nullable=False),
    Column("inputs_digest", String, nullable=False),
    Column("previous_status", String),
    Column("evaluated_us", BigInteger, nullable=False),
    Column("held_since_us", BigInteger, index=True),
)
Table(
    "duties",
    _TABLES,
    Column("duty", String, primary_key=True),
    Column("org", String, primary_key=True),
    Column("measure", String, nullable=False),
    Column("period", String, nullable=False),
    Column("status", String, nullable=False),
    Column("effective_due", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("held", Boolean, nullable=False, index=True),
)
Table(
    "counters",
    _TABLES,
    Column("colour", String, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)
_ALERTS: Final = Table(
    "alerts",
    _TABLES,
    Column("id", String, primary_key=True),
    Column("identity", String, nullable=False, index=True),
    Column("target", String),
    Column("duty", String),
    Column("org", String),
    Column("region", String),
    Column("measure", String),
    Column("leads", String, nullable=False),
    Column("copied", String, nullable=False),
    Column("number", String, nullable=False, unique=True),
    Column("colour", String, nullable=False),
    Column("state", String, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("opened_us", BigInteger, nullable=False),
    Column("fired_us", BigInteger),
    Column("reply_due", String),
    Column("rule", String, nullable=False),
    Column("occasion", String, nullable=False),
    Column("period", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("verdict_id", String),
    Column("appealed", Boolean, nullable=False),
    Column("recovering", String),
    Column("steps", Integer, nullable=False),
    Index("alerts_by_colour_and_state", "colour", "state"),
)
Index(
    "one_open_alert",
    _ALERTS.c.identity,
    unique=True,
    sqlite_where=_ALERTS.c.open.is_(True),
    postgresql_where=_ALERTS.c.open.is_(True),
)
Table(
    "transitions",
    _TABLES,
    Column("id", String, primary_key=True),
    Column("alert_id", String, ForeignKey("alerts.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("was", String),
    Column("state", String, nullable=False),
    Column("colour", String, nullable=False),
    Column("number", String, nullable=False),
    Column("period", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("cause", String),
    Column("rule", String),
    Column("comment", String),
    Column("reason", String),
    UniqueConstraint("alert_id", "sequence"),
)
Table(
    "notifications",
    _TABLES,
    Column("id", String, primary_key=True),
    Column("transition_id", String, ForeignKey("transitions.id"), nullable=False),
    Column("alert_id", String, ForeignKey("alerts.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("receiver", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("next_us", BigInteger),
    Column("sent_us", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("status_code", Integer),
    Column("outcome", String),
    UniqueConstraint("transition_id", "receiver"),
    Index("notifications_waiting", "receiver", "state", "next_us"),
    Index("notifications_of_alert", "alert_id", "receiver"),
)
Table(
    "attempts",
    _TABLES,
    Column("notification_id", String, ForeignKey("notifications.id"), primary_key=True),
    Column("nth", Integer, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("status_code", Integer),
    Column("outcome", String, nullable=False),
)


def upgrade() -> None:
    """Make what is missing."""
    _TABLES.create_all(op.get_bind())
