"""The alerts as the alerts topic last told them: kept for the board, decided elsewhere.

Owns the reading of that topic and the table `alerts_seen`. A step told late changes nothing.
"""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Final

from google.protobuf.json_format import Parse, ParseError
from sqlalchemy import Connection, select

from duibiao.bus import Poison, Record
from duibiao.contracts.keys import expect_key
from duibiao.contracts.v1 import alert_pb2
from services.indicators.adapters.encoding import from_document, to_document
from services.indicators.adapters.ledger import tables
from services.indicators.adapters.ledger.batches import upsert
from services.indicators.board.data import OpenAlert

_OVER: Final = ("closed", "resolved", "revoked")


def take_alert(tx: Connection, record: Record) -> bool:
    """Keep the alert of a record of the alerts topic, unless it or a later step is known.

    Returns whether it is.

    Raises:
        Poison: the record is no AlertChanged in proto3 JSON, or stands under another key.

    """
    sequence, alert = _read(record.event.data, record.event.key)
    table = tables.alerts_seen
    known = tx.scalar(select(table.c.sequence).where(table.c.id == alert.id))
    if known is not None and known >= sequence:
        return True
    upsert(tx, table, [(alert.id, sequence, alert.state not in _OVER, to_document(alert))])
    return False


def open_alerts(connection: Connection) -> tuple[OpenAlert, ...]:
    """Return the alerts not yet over, the newest first."""
    table = tables.alerts_seen
    query = select(table.c.document).where(table.c.open).order_by(table.c.id.desc())
    return tuple(from_document(text, OpenAlert) for text in connection.scalars(query))


def _read(data: bytes, key: str) -> tuple[int, OpenAlert]:
    try:
        message = Parse(data, alert_pb2.AlertChanged(), ignore_unknown_fields=True)
        expect_key(message.alert, key)
        return message.sequence, _alert(message.alert)
    except (ParseError, ValueError, UnicodeDecodeError) as error:
        raise Poison(f"not an alert: {error}") from error


def _alert(alert: alert_pb2.Alert) -> OpenAlert:
    if not alert.id or not alert.state:
        raise ValueError("no id or no state")
    opened_at: datetime = alert.opened_at.ToDatetime(tzinfo=UTC)
    return OpenAlert(
        id=alert.id,
        number=alert.number,
        colour=alert.colour,
        state=alert.state,
        target=alert.target or None,
        duty=alert.duty or None,
        measure=alert.measure or None,
        org=alert.org or None,
        region=alert.region or None,
        period=alert.period,
        leads=tuple(alert.leads),
        opened_at=opened_at,
        reply_due=date.fromisoformat(alert.reply_due) if alert.reply_due else None,
        periods=tuple(alert.periods) or (alert.period,),
        late_figure=alert.late_figure,
        recovered=alert.HasField("recovered_at"),
        restated=tuple(
            (one.period, Fraction(one.old) if one.old else None, Fraction(one.new))
            for one in alert.restated
        ),
    )
