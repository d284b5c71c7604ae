"""Alerts as pages list them: what each is about, whose it is, how it stands."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from duibiao.register import Register
from duibiao.web.board.figures import day, period_name, shown
from duibiao.web.board.language import Language, name_of, title_of
from duibiao.web.board.marks import alert_number, colour_mark
from duibiao.web.board.rendering import View
from duibiao.web.board.words import ALERT_NOTE, ALERT_STATE, say
from duibiao.workdays import local_day


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert not yet closed, resolved or revoked, as the alerts topic last told it.

    `region` is None for an alert on a duty; `leads` are org codes. `periods` are all that it is
    about; `restated` holds period, old and new figure of those that were restated good.
    `changed_at`: its last step.
    """

    id: str
    number: str
    colour: str
    state: str
    target: str | None
    duty: str | None
    measure: str | None
    org: str | None
    region: str | None
    period: str
    leads: tuple[str, ...]
    opened_at: datetime
    reply_due: date | None
    periods: tuple[str, ...] = ()
    late_figure: bool = False
    recovered: bool = False
    restated: tuple[tuple[str, Fraction | None, Fraction], ...] = ()
    recovered_at: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenAlerts:
    """Open alerts: how many of each colour, and of those the worst and oldest `SHOWN`.

    `recovered` has the ids of those whose figures are good again, on the city's row of a target, by
    that target.
    """

    counts: Mapping[str, int]
    worst: tuple[OpenAlert, ...]
    recovered: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by its name, with its page."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class AlertLines:
    """Open alerts: how many there are, the lines of the worst, and how many are not listed."""

    total: int
    lines: tuple[View, ...]
    more: int


def alert_lines(register: Register, alerts: OpenAlerts, language: Language) -> AlertLines:
    """Say what the worst of the open alerts are about."""
    lines = tuple(alert_line(register, alert, language) for alert in alerts.worst)
    return AlertLines(alerts.total, lines, alerts.total - len(lines))


def alert_line(register: Register, alert: OpenAlert, language: Language) -> View:
    """Say what an alert is about, and how it stands."""
    subject, href, detail = _subject(register, alert, language)
    return View(
        id=alert.id,
        number=alert_number(alert.number),
        mark=colour_mark(alert.colour, language),
        state=say(ALERT_STATE, alert.state, language),
        subject=subject,
        href=href,
        detail=detail,
        leads=units(register, alert.leads, language),
        opened=day(local_day(alert.opened_at)),
        reply_due=day(alert.reply_due) if alert.reply_due else None,
        notes=tuple(_notes(alert, language)),
    )


def _notes(alert: OpenAlert, language: Language) -> Iterator[str]:
    if alert.recovered:
        yield say(ALERT_NOTE, "recovered", language)
    if alert.late_figure:
        yield say(ALERT_NOTE, "late", language)
    for period, old, new in alert.restated:
        figures = {"old": shown(old), "new": shown(new)}
        where = period_name(period, language)
        yield ALERT_NOTE["restated"].say(language, period=where, **figures)


def _subject(register: Register, alert: OpenAlert, language: Language) -> tuple[str, str, str]:
    """Say what an alert is on, where that is shown, and the particulars."""
    try:
        return _known_subject(register, alert, language)
    except KeyError:  # until the alert is revoked
        return str(alert.target or alert.duty), "/board", say(ALERT_NOTE, "removed", language)


def _known_subject(
    register: Register, alert: OpenAlert, language: Language
) -> tuple[str, str, str]:
    where = []
    if alert.region and alert.region != register.city:
        where.append(region_name(register, alert.region, language))
    if alert.target is not None:
        if alert.org:
            where.append(org_name(register, alert.org, language))
        where += [period_name(period, language) for period in alert.periods]
        name = name_of(register.target(alert.target), language)
        return name, f"/board/targets/{alert.target}", " · ".join([alert.target, *where])
    measure = alert.measure or ""
    name = title_of(register.measure(measure), language)
    href = f"/board/orgs/{alert.org}" if alert.org else "/board/orgs"
    return name, href, " · ".join([measure, *where, period_name(alert.period, language)])


def org_name(register: Register, code: str, language: Language) -> str:
    """Return a unit's name; the code itself for one the register no longer knows."""
    org = register.orgs.get(code)
    return code if org is None else name_of(org, language)


def units(register: Register, codes: Iterable[str], language: Language) -> tuple[Unit, ...]:
    """Return several units in their order, each with its page."""
    return tuple(Unit(org_name(register, code, language), f"/board/orgs/{code}") for code in codes)


def region_name(register: Register, code: str, language: Language) -> str:
    """Return a region's name; the code itself for one the register no longer knows."""
    region = register.regions.get(code)
    return code if region is None else name_of(region, language)
