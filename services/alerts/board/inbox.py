"""The inbox 待办: what a unit has to answer, or what waits for the office."""

from collections.abc import Mapping, Sequence

from services.alerts.board.lines import Lines, Section
from services.alerts.domain.alert import Alert, Colour, State


def of_unit(
    org: str, alerts: Sequence[Alert], returned: Mapping[str, str], lines: Lines
) -> Sequence[Section]:
    """Return what a unit owes; `returned` are the office's reasons by the ids of alerts.

    Returned replies, replies, and the reminders that it has not acknowledged.
    """
    led = [one for one in alerts if org in one.subject.leads and one.state is not State.PENDING]
    owed = [one for one in led if one.colour is not Colour.BLUE and org in one.silent_leads]
    blue = [one for one in led if one.colour is Colour.BLUE and org not in one.signed]
    return [
        lines.section("returned", [one for one in owed if one.id in returned], returned),
        lines.section("to-reply", [one for one in owed if one.id not in returned]),
        lines.section("reminders", blue),
    ]


def of_office(alerts: Sequence[Alert], lines: Lines) -> Sequence[Section]:
    """Return what waits for the office: replies to check, appeals to decide, overdue replies."""
    cards = [one for one in alerts if one.colour is not Colour.BLUE]
    checked = [one for one in cards if one.state is State.REPLIED or one.recovered_at]
    late = [one for one in cards if lines.overdue(one) and not (one.appealed or one.recovered_at)]
    return [
        lines.section("to-check", checked),
        lines.section("appeals", [one for one in cards if one.appealed]),
        lines.section("overdue", late),
    ]
