"""What every use case of the service works with.

The context holds the register, the calendar, the clock and the source of ids; a repository comes
in with each transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from duibiao.register import Register, Verb
from duibiao.workdays import SHANGHAI, Workdays, local_day
from services.alerts.domain import rules
from services.alerts.domain.alert import Colour, Identity, Stamp, number
from services.alerts.domain.life import Asking
from services.alerts.domain.news import Series
from services.alerts.ports import AlertRepository

# The actor of steps that nobody took by hand.
SYSTEM = "duibiao"


@dataclass(frozen=True, slots=True)
class AlertContext:
    """The register, the calendar, the clock and the ids that steps are made with.

    `watch_from`: what fell due before that day raises no alert.
    """

    register: Register
    workdays: Workdays
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    watch_from: date

    def today(self) -> date:
        """Return the day in Asia/Shanghai."""
        return local_day(self.now())

    def city_series(self, target: str) -> Series:
        """Return the series of the city's rows of a target."""
        return Series(target, None, self.register.city)

    def is_city(self, series: Series) -> bool:
        """Whether a series is the city's of its target."""
        return series == self.city_series(series.target)

    def stamp(self, actor: str = SYSTEM, person: str | None = None) -> Stamp:
        """Return a stamp of this moment for one step."""
        return Stamp(self.new_id(), self.now(), actor, person)

    def holds(self, identity: Identity) -> bool:
        """Whether the register has the target or the duty of an alert."""
        try:
            if identity.duty is None:
                self.register.target(identity.target or "")
            else:
                self.register.duty(identity.duty, identity.org or "")
        except KeyError:
            return False
        return True

    def verb(self, target: str | None) -> Verb | None:
        """Return the verb of a target; None for a duty."""
        return None if target is None else self.register.target(target).verb

    def asking(self, colour: Colour) -> Asking:
        """Return how an alert of a colour asks from now on.

        Blue and yellow can be made to wait for the next working morning; red never does.
        """
        waits = self.register.alert_rules.wait_for_morning and colour is not Colour.RED
        return Asking(waits, self.reply_due(colour))

    def reply_due(self, colour: Colour) -> date | None:
        """Return the last day to answer what is sent today."""
        return rules.reply_due(self.register.alert_rules, colour, self.today(), self.workdays)

    def goes_out(self, colour: Colour, at: datetime) -> datetime:
        """Return when a message of a moment may go out.

        At once, or, below red where the register lets it wait, at the next sending hour of a
        working day.
        """
        return self.morning(at) if self.asking(colour).waits else at

    def morning(self, at: datetime) -> datetime:
        """Return the first sending hour of a working day at or after a moment."""
        day, hour = local_day(at), self.register.alert_rules.sending_hour
        while not self.workdays.is_workday(day) or datetime.combine(day, hour, SHANGHAI) < at:
            day += timedelta(days=1)
        return datetime.combine(day, hour, SHANGHAI)

    def next_number(self, repository: AlertRepository, colour: Colour) -> str:
        """Take the next number of a colour in this year."""
        year = self.today().year
        return number(colour, year, repository.next_serial(colour, year))
