"""The tables of the alerts service. Times are whole microseconds since 1970.

A verdict, a duty and an alert are kept as the JSON of the domain's value, `document`; the columns
beside it are those that queries need. Empty text stands for none where a column is part of a key.
Two rules of the domain are constraints here as well: one open alert per identity, no number twice.
"""

from fractions import Fraction
from typing import Any

import msgspec
import sqlalchemy as sa

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


class Document(sa.TypeDecorator[Any]):
    """A value of the domain as JSON."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, kind: type) -> None:
        super().__init__()
        self.kind = kind
        self._encoder = msgspec.json.Encoder(enc_hook=str)  # of a Fraction
        self._decoder = msgspec.json.Decoder[Any](kind, dec_hook=_fraction)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> bytes | None:  # noqa: ANN401, ARG002 - SQLAlchemy's
        """Encode a value of the domain."""
        return None if value is None else self._encoder.encode(value)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> Any:  # noqa: ANN401, ARG002 - SQLAlchemy's
        """Decode it."""
        return None if value is None else self._decoder.decode(value)


METADATA = sa.MetaData()
OUTBOX = Outbox(METADATA)
POSITIONS = Positions(METADATA)
WRITTEN = Positions(METADATA, "written")
META = Meta(METADATA)
AUDIT = AuditTables(METADATA, "alerts")
FILES = FileTables(METADATA)

EVENTS_SEEN = sa.Table(
    "events_seen",
    METADATA,
    sa.Column("event_id", sa.String, primary_key=True),
    sa.Column("at_us", sa.BigInteger, nullable=False, index=True),
)

VERDICTS = sa.Table(
    "verdicts",
    METADATA,
    sa.Column("target", sa.String, primary_key=True),
    sa.Column("org", sa.String, primary_key=True),
    sa.Column("region", sa.String, primary_key=True),
    sa.Column("period", sa.String, primary_key=True),
    sa.Column("held_since_us", sa.BigInteger, index=True),
    sa.Column("document", Document(Verdict), nullable=False),
)

DUTIES = sa.Table(
    "duties",
    METADATA,
    sa.Column("duty", sa.String, primary_key=True),
    sa.Column("org", sa.String, primary_key=True),
    sa.Column("event_id", sa.String, nullable=False),
    sa.Column("held", sa.Boolean, nullable=False, index=True),
    sa.Column("document", Document(Duty), nullable=False),
)

COUNTERS = sa.Table(
    "counters",
    METADATA,
    sa.Column("colour", sa.String, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)

ALERTS = sa.Table(
    "alerts",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("identity", sa.String, nullable=False, index=True),
    sa.Column("target", sa.String),
    sa.Column("org", sa.String),
    sa.Column("leads", sa.String, nullable=False),
    sa.Column("copied", sa.String, nullable=False),
    sa.Column("number", sa.String, nullable=False, unique=True),
    sa.Column("colour", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("steps", sa.Integer, nullable=False),
    sa.Column("document", Document(Alert), nullable=False),
    sa.Index("alerts_by_colour_and_state", "colour", "state"),
)
sa.Index(
    "one_open_alert",
    ALERTS.c.identity,
    unique=True,
    sqlite_where=ALERTS.c.open.is_(True),
    postgresql_where=ALERTS.c.open.is_(True),
)

HANDLED = sa.Table(
    "handled",
    METADATA,
    sa.Column("identity", sa.String, primary_key=True),
    sa.Column("period", sa.String, primary_key=True),
    sa.Column("colour", sa.String, nullable=False),
    sa.Column("occasion", sa.String, nullable=False),
)

TRANSITIONS = sa.Table(
    "transitions",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("alert_id", sa.String, sa.ForeignKey(ALERTS.c.id), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("step", sa.String, nullable=False),
    sa.Column("was", sa.String),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("colour", sa.String, nullable=False),
    sa.Column("number", sa.String, nullable=False, index=True),
    sa.Column("period", sa.String, nullable=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("person", sa.String),
    sa.Column("cause", sa.String),
    sa.Column("rule", sa.String),
    sa.Column("comment", sa.String),
    sa.Column("reason", sa.String),
    sa.Column("reply", Document(Reply)),
    sa.UniqueConstraint("alert_id", "sequence"),
    sa.Index("transitions_by_step", "step", "at_us"),
)

SILENCES = sa.Table(
    "silences",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("ends_us", sa.BigInteger, nullable=False, index=True),
    sa.Column("document", Document(Silence), nullable=False),
)

FLOODS = sa.Table(
    "floods",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("ended", sa.String),  # an id of the moment of the decision
    sa.Column("document", Document(AlertFlood), nullable=False),
)

NOTIFICATIONS = sa.Table(
    "notifications",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("transition_id", sa.String, sa.ForeignKey(TRANSITIONS.c.id)),
    sa.Column("alert_id", sa.String, sa.ForeignKey(ALERTS.c.id)),
    sa.Column("sequence", sa.Integer),
    sa.Column("receiver", sa.String, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("batch", sa.String),  # what goes together, where a channel takes several steps
    sa.Column("message_id", sa.String, index=True),  # the notification it went with; null: its own
    sa.Column("state", sa.String, nullable=False),
    sa.Column("created_us", sa.BigInteger, nullable=False),
    sa.Column("next_us", sa.BigInteger),
    sa.Column("sent_us", sa.BigInteger),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("status_code", sa.Integer),
    sa.Column("outcome", sa.String),
    sa.UniqueConstraint("transition_id", "receiver"),
    sa.Index("notifications_waiting", "receiver", "state", "next_us", "id"),
    sa.Index("notifications_of_alert", "alert_id", "receiver"),
    sa.Index("notifications_of_batch", "batch", "receiver", "state"),
    # Lists are in the order of ids: without it all that a receiver ever had would be sorted.
    sa.Index("notifications_in_state", "state", "id"),
    sa.Index("notifications_of_receiver", "receiver", "id"),
)

ATTEMPTS = sa.Table(
    "attempts",
    METADATA,
    sa.Column("notification_id", sa.String, sa.ForeignKey(NOTIFICATIONS.c.id), primary_key=True),
    sa.Column("nth", sa.Integer, primary_key=True),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("took_ms", sa.Integer, nullable=False),
    sa.Column("status_code", sa.Integer),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("detail", sa.String),
)

RECEIVERS = sa.Table(
    "receivers",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("failing", sa.Boolean, nullable=False),
    sa.Column("disabled_us", sa.BigInteger),
)

CONTACTS = sa.Table(
    "contacts",
    METADATA,
    sa.Column("org", sa.String, primary_key=True),
    sa.Column("document", sa.LargeBinary, nullable=False),
)
