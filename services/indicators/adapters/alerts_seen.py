"""The alerts as the alerts topic last told them: kept for the board, decided elsewhere.

Owns the reading of that topic and the table `alerts_seen`. A step told late changes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, Final

from google.protobuf.json_format import Parse, ParseError
from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select
from sqlalchemy import case as by_code

from duibiao.bus import Record, UnprocessableRecord
from duibiao.contracts.keys import expect_key
from duibiao.contracts.v1 import alert_pb2
from duibiao.web.board.alerts import OpenAlert, OpenAlerts
from duibiao.workdays import to_us
from services.indicators.adapters.encoding import from_json, to_document
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.batches import upsert
from services.indicators.board.data import SHOWN

OVER: Final = ("closed", "resolved", "revoked")
_SEVERITY: Final = {"red": 0, "yellow": 1, "blue": 2}
_BETWEEN: Final = "|"  # before and after each unit of a row
_SEEN: Final = tables.alerts_seen
_KNOWN: Final = select(_SEEN.c.sequence).where(_SEEN.c.id == bindparam("alert"))


def take_alert(tx: Connection, record: Record) -> bool:
    """Keep the alert of a record of the alerts topic, unless it or a later step is known.

    Returns whether it is.

    Raises:
        UnprocessableRecord: it is no AlertChanged in proto3 JSON, or stands under another key.

    """
    sequence, moment, alert = _read(record.event.data, record.event.key)
    table = tables.alerts_seen
    known = tx.scalar(_KNOWN, {"alert": alert.id})
    if known is not None and known >= sequence:
        return True
    units = sorted({*alert.leads, *filter(None, [alert.org])})
    row = (
        *(alert.id, sequence, alert.state not in OVER, alert.colour),
        *(alert.target, alert.measure, alert.region),
        _BETWEEN.join(["", *units, ""]),
        to_document(alert),
        to_us(moment),
    )
    upsert(tx, table, [row])
    return False


def open_alerts(connection: Connection, city: str, *those: ColumnElement[bool]) -> OpenAlerts:
    """Return the alerts not yet over, of those for which the conditions hold."""
    table = tables.alerts_seen.c
    counted = select(table.colour, func.count()).where(table.open, *those).group_by(table.colour)
    counts = {row[0]: row[1] for row in connection.execute(counted)}
    worst = select(table.document).where(table.open, *those)
    ordered = worst.order_by(by_code(_SEVERITY, value=table.colour, else_=len(_SEVERITY)), table.id)
    shown = connection.scalars(ordered.limit(SHOWN))
    on_city = connection.scalars(worst.where(table.target.is_not(None), table.region == city))
    cards = [from_json(text, OpenAlert) for text in on_city]
    recovered = {str(one.target): one.id for one in cards if one.recovered and one.org is None}
    return OpenAlerts(counts, tuple(from_json(text, OpenAlert) for text in shown), recovered)


def alerts_of(connection: Connection) -> Mapping[str, Mapping[str, int]]:
    """Count the alerts not yet over by the units that lead on them or own them, and by colour."""
    table = tables.alerts_seen.c
    query = select(table.units, table.colour, func.count()).where(table.open)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for units, colour, n in connection.execute(query.group_by(table.units, table.colour)):
        for unit in units.strip(_BETWEEN).split(_BETWEEN):
            found[unit][colour] += n
    return found


def concerning(org: str, region: str | None) -> ColumnElement[bool]:
    """Return the condition of alerts that a unit leads on or owns, or that are on its region."""
    table = tables.alerts_seen.c
    units = table.units.contains(f"{_BETWEEN}{org}{_BETWEEN}", autoescape=True)
    return units if region is None else or_(units, table.region == region)


def _read(data: bytes, key: str) -> tuple[int, datetime, OpenAlert]:
    try:
        message = Parse(data, alert_pb2.AlertChanged(), ignore_unknown_fields=True)
        expect_key(message.alert, key)
        moment = message.at.ToDatetime(tzinfo=UTC)
        return message.sequence, moment, _alert(message.alert, moment)
    except (ParseError, ValueError, UnicodeDecodeError) as error:
        raise UnprocessableRecord(f"not an alert: {error}") from error


def _alert(alert: alert_pb2.Alert, moment: datetime) -> OpenAlert:
    if not alert.id or not alert.state:
        raise ValueError("no id or no state")
    same = ("id", "number", "colour", "state", "period", "late_figure")
    either = ("target", "duty", "measure", "org", "region")
    said: dict[str, Any] = {name: getattr(alert, name) for name in same}
    return OpenAlert(
        **said | {name: getattr(alert, name) or None for name in either},
        leads=tuple(alert.leads),
        opened_at=alert.opened_at.ToDatetime(tzinfo=UTC),
        reply_due=date.fromisoformat(alert.reply_due) if alert.reply_due else None,
        periods=tuple(alert.periods) or (alert.period,),
        recovered=(recovered := alert.HasField("recovered_at")),
        restated=tuple(
            (one.period, Fraction(one.old) if one.old else None, Fraction(one.new))
            for one in alert.restated
        ),
        recovered_at=alert.recovered_at.ToDatetime(tzinfo=UTC) if recovered else None,
        changed_at=moment,
    )
