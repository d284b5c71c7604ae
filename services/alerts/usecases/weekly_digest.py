"""The weekly digest 每周摘要: what a unit, or all of them, did last week and owes this week."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from duibiao.workdays import SHANGHAI, local_day
from services.alerts.domain.alert import Alert, Colour, Step
from services.alerts.domain.news import SETTLED_DUTIES
from services.alerts.usecases.context import AlertContext

Row = dict[str, Any]
WEEK: Final = timedelta(days=7)
# The steps of the week before that are counted, by the field that says how many.
COUNTED: Final = {Step.OPENED: "opened", Step.REPLIED: "answered", Step.CLOSED: "closed"}


def mondays_due(context: AlertContext) -> Iterator[date]:
    """Yield the Mondays of the weeks whose digest goes out this week and is due by now.

    That is at the sending hour of the first working day; of a week without any, in the next.
    """
    this = context.today() - timedelta(days=context.today().weekday())
    for monday in (this - WEEK, this):
        morning = context.morning(datetime.combine(monday, time.min, SHANGHAI))
        if this <= local_day(morning) and morning <= context.now():
            yield monday


def digest(
    context: AlertContext,
    monday: date,
    org: str | None,
    alerts: Sequence[Alert],
    steps: Sequence[tuple[Step, Alert, str | None]],
    duties: Mapping[tuple[str, str], str],
) -> Row:
    """Return what the digest of a week says to a unit, of what it leads or owes; None: of all.

    `alerts`: those open; `steps`: those of `COUNTED` in the week before, with the alert and the
    unit that replied; `duties`: the status of each by id and unit, as last heard.
    """
    next_monday, register = monday + WEEK, context.register
    led = [one for one in alerts if org in (None, *one.subject.leads)]
    done = [
        (COUNTED[step], alert.id)
        for step, alert, replied in steps
        if org in (None, *alert.subject.leads) and org in (None, replied or org)
    ]
    owed = [
        (duties.get((one.id, one.org)), _listed(one.effective_due, [one.org], one.measure, one.id))
        for one in (*register.duties, *register.milestone_duties)
        if org in (None, one.org)
    ]
    open_due = [row for status, row in owed if status not in {*SETTLED_DUTIES, "overdue"}]
    return {
        "kind": "digest",
        "org": org,
        "leads": [org] if org else [],
        "since": monday - WEEK,
        "from": monday,
        "to": next_monday - timedelta(days=1),
        "open": {colour: sum(one.colour is colour for one in led) for colour in reversed(Colour)},
        **{name: len({one for one in done if one[0] == name}) for name in COUNTED.values()},
        "replies": [
            _listed(one.reply_due, one.silent_leads, one.subject.measure, one.identity.duty)
            | {"number": one.number, "target": one.identity.target}
            for one in led
            if one.owes_reply and one.reply_due and one.reply_due < next_monday
            if org in (None, *one.silent_leads)
        ],
        "due": [row for row in open_due if monday <= row["due"] < next_monday],
        "overdue": [row for status, row in owed if status == "overdue"],
    }


def _listed(due: date, leads: Sequence[str], measure: str | None, duty: str | None) -> Row:
    about = {"number": None, "target": None, "measure": measure, "duty": duty}
    return {**about, "due": due, "leads": leads}
