"""The tables of the alerts service. Times are whole microseconds since 1970.

A verdict, a duty and an alert are kept as the JSON of the domain's value, `document`; the columns
beside it are those that queries need. Empty text stands for none where a column is part of a key.
Two rules of the domain are constraints here as well: one open alert per identity, no number twice.
"""

from fractions import Fraction
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

from duibiao.audit import AuditTables
from duibiao.bus.outbox import Outbox
from duibiao.bus.positions import Positions
from duibiao.store import Meta
from duibiao.web.files import FileTables
from services.alerts.domain.alert import Alert, Reply
from services.alerts.domain.news import Duty, Verdict
from services.alerts.domain.quiet import AlertFlood, Silence


def _fraction(kind: type, text: str) -> Fraction:
    if kind is not Fraction:
        raise NotImplementedError(kind)
    return Fraction(text)


class Document(TypeDecorator[Any]):
    """A value of the domain as JSON."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, kind: type) -> None:
        super().__init__()
        self.kind = kind
        self._encoder = msgspec.json.Encoder(enc_hook=str)  # of a Fraction
        self._decoder = msgspec.json.Decoder[Any](kind, dec_hook=_fraction)

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ANN401, ARG002 - SQLAlchemy's
        """Encode a value of the domain."""
        return None if value is None else self._encoder.encode(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002 - SQLAlchemy's
        """Decode it."""
        return None if value is None else self._decoder.decode(value)


METADATA = MetaData()
OUTBOX = Outbox(METADATA)
POSITIONS = Positions(METADATA)
WRITTEN = Positions(METADATA, "written")
META = Meta(METADATA)
AUDIT = AuditTables(METADATA, "alerts")
FILES = FileTables(METADATA)

EVENTS_SEEN = Table(
    "events_seen",
    METADATA,
    Column("event_id", String, primary_key=True),
    Column("at_us", BigInteger, nullable=False, index=True),
)

VERDICTS = Table(
    "verdicts",
    METADATA,
    Column("target", String, primary_key=True),
    Column("org", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("period", String, primary_key=True),
    Column("period_last", String, nullable=False),
    Column("held_since_us", BigInteger, index=True),
    Column("document", Document(Verdict), nullable=False),
)

DUTIES = Table(
    "duties",
    METADATA,
    Column("duty", String, primary_key=True),
    Column("org", String, primary_key=True),
    Column("event_id", String, nullable=False),
    Column("held", Boolean, nullable=False, index=True),
    Column("document", Document(Duty), nullable=False),
)

COUNTERS = Table(
    "counters",
    METADATA,
    Column("colour", String, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("id", String, primary_key=True),
    Column("identity", String, nullable=False, index=True),
    Column("target", String),
    Column("org", String),
    Column("leads", String, nullable=False),
    Column("copied", String, nullable=False),
    Column("number", String, nullable=False, unique=True),
    Column("colour", String, nullable=False),
    Column("state", String, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("document", Document(Alert), nullable=False),
    Index("alerts_by_colour_and_state", "colour", "state"),
)
Index(
    "one_open_alert",
    ALERTS.c.identity,
    unique=True,
    sqlite_where=ALERTS.c.open.is_(True),
    postgresql_where=ALERTS.c.open.is_(True),
)

HANDLED = Table(
    "handled",
    METADATA,
    Column("identity", String, primary_key=True),
    Column("period", String, primary_key=True),
    Column("colour", String, nullable=False),
    Column("occasion", String, nullable=False),
)

TRANSITIONS = Table(
    "transitions",
    METADATA,
    Column("id", String, primary_key=True),
    Column("alert_id", String, ForeignKey(ALERTS.c.id), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("was", String),
    Column("state", String, nullable=False),
    Column("colour", String, nullable=False),
    Column("number", String, nullable=False, index=True),
    Column("period", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("person", String),
    Column("cause", String),
    Column("rule", String),
    Column("comment", String),
    Column("reason", String),
    Column("reply", Document(Reply)),
    UniqueConstraint("alert_id", "sequence"),
    Index("transitions_by_step", "step", "at_us"),
)

SILENCES = Table(
    "silences",
    METADATA,
    Column("id", String, primary_key=True),
    Column("ends_us", BigInteger, nullable=False, index=True),
    Column("document", Document(Silence), nullable=False),
)

FLOODS = Table(
    "floods",
    METADATA,
    Column("id", String, primary_key=True),
    Column("ended", String),  # an id of the moment of the decision
    Column("document", Document(AlertFlood), nullable=False),
)

NOTIFICATIONS = Table(
    "notifications",
    METADATA,
    Column("id", String, primary_key=True),
    Column("transition_id", String, ForeignKey(TRANSITIONS.c.id)),
    Column("alert_id", String, ForeignKey(ALERTS.c.id)),
    Column("sequence", Integer),
    Column("receiver", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("batch", String),  # what goes together, where a channel takes several steps
    Column("message_id", String, index=True),  # the notification it went with; null: its own
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
    # Lists are in the order of ids: without it all that a receiver ever had would be sorted.
    Index("notifications_in_state", "state", "id"),
    Index("notifications_of_receiver", "receiver", "id"),
)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("notification_id", String, ForeignKey(NOTIFICATIONS.c.id), primary_key=True),
    Column("nth", Integer, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("status_code", Integer),
    Column("outcome", String, nullable=False),
    Column("detail", String),
)

RECEIVERS = Table(
    "receivers",
    METADATA,
    Column("name", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("failing", Boolean, nullable=False),
    Column("disabled_us", BigInteger),
)

CONTACTS = Table(
    "contacts",
    METADATA,
    Column("org", String, primary_key=True),
    Column("document", LargeBinary, nullable=False),
)
