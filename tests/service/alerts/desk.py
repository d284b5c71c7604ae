"""A notification queue with one dispatcher, a channel that follows a script, and alerts for it."""

import random
from collections import Counter
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path

from duibiao.store import Store
from duibiao.web.lists import Page
from services.alerts.adapters import queries
from services.alerts.adapters.channels import notifications
from services.alerts.adapters.channels.channel import Message, Result
from services.alerts.adapters.channels.dispatcher import NotificationDispatcher
from services.alerts.adapters.channels.notifications import NotificationQueue
from services.alerts.adapters.channels.receivers import Receiver, Receivers, Route
from services.alerts.adapters.channels.webhook import Webhook, WebhookConfig
from services.alerts.adapters.messages import event_of
from services.alerts.adapters.migrations import SCHEMA
from services.alerts.adapters.repository import SqlAlertRepository
from services.alerts.domain import life
from services.alerts.domain.alert import (
    Alert,
    Colour,
    Identity,
    Stamp,
    Subject,
    Transition,
    Trigger,
)
from services.alerts.domain.life import Asking
from tests.service.alerts.channel_environment import environment
from tests.support.alert_book import FIRST_DAY
from tests.support.clock import ManualClock

CONFIG = WebhookConfig.model_construct(
    url="https://hooks.example.invalid/", secret_file=Path("unused"), ca_file=None
)
NOBODY = Receiver("desk", "webhook", CONFIG)
EVERYTHING = frozenset[str]()
FAILED = Result("status", 500)
SENT = Result("sent", 204)


class Script(Webhook):
    """A channel that does what it is told, and remembers what it was given and when."""

    def __init__(self, clock: ManualClock, *results: Result | BaseException) -> None:
        super().__init__(CONFIG, environment(allow=""))
        self.results = list(results)
        self.given: list[tuple[Message, datetime]] = []
        self._clock = clock

    def send(self, message: Message, now: datetime) -> Result:
        self.given.append((message, now))
        result = self.results.pop(0) if self.results else SENT
        self._clock.advance(seconds=0.25)
        if isinstance(result, BaseException):
            raise result
        return result

    def ids(self) -> list[str]:
        return [message.id for message, _ in self.given]


class Desk:
    """A store with a notification log, and one dispatcher to the receiver "desk"."""

    def __init__(self, folder: Path, office: str | None = None) -> None:
        self.office = office
        self.clock = ManualClock(FIRST_DAY)
        self.store = Store(f"sqlite:///{folder}/duibiao.db", "alerts")
        SCHEMA.migrate(self.store)
        self.counted: Counter[str] = Counter()
        self._ids = count(1)
        with self.store.begin() as tx:
            notifications.settle(tx, self.receivers())

    def receivers(self, *names: str, config: WebhookConfig = CONFIG) -> Receivers:
        known = {name: Receiver(name, "webhook", config) for name in ("desk", "other", "office")}
        routes = tuple(Route(name, EVERYTHING, EVERYTHING, EVERYTHING) for name in names)
        return Receivers(known, routes, self.office)

    def queue(self, *names: str) -> NotificationQueue:
        return NotificationQueue(self.receivers(*names), lambda: f"message-{next(self._ids):03}")

    def records(self, *transitions: Transition, receivers: tuple[str, ...] = ("desk",)) -> None:
        announce = self.queue(*receivers)
        with self.store.begin() as tx:
            book = SqlAlertRepository(tx, partial(event_of, topic="t"), announce)
            for transition in transitions:
                book.record(transition)

    def dispatcher(
        self, sender: Webhook, tries: int = 4, name: str = "desk"
    ) -> NotificationDispatcher:
        return NotificationDispatcher(
            name,
            sender,
            self.store,
            self.clock,
            tries=tries,
            count=lambda result: self.counted.update([result]),
            queue=self.queue(),
            jitter=random.Random(7),
        )

    def turn(self, dispatcher: NotificationDispatcher) -> None:
        dispatcher.nudge()  # so that it does not wait when there is nothing
        dispatcher.turn()

    def listed(self) -> list[dict[str, object]]:
        return queries.notifications(self.store, None, Page(100, None))[0]

    def states(self) -> list[object]:
        return [row["state"] for row in reversed(self.listed())]


def opening(alert_id: str = "a1", *, waits: bool = False) -> Transition:
    return life.opened(
        alert_id,
        Subject(Identity("T01", None, None, f"6101{alert_id[1:]}"), "1.1", ("tax-bureau",), ()),
        [Trigger(Colour.YELLOW, "yellow-breach", "verdict", "2021Q1", "v1", "v1")],
        Asking(waits=waits, reply_due=None),
        number=f"黄-2021-{alert_id}",
        stamp=stamp(f"{alert_id}-1"),
    )


def stamp(step_id: str) -> Stamp:
    return Stamp(step_id, FIRST_DAY, "duibiao")


def revoking(alert: Alert) -> Transition:
    return life.revoked(alert, stamp(f"{alert.id}-2"), "late entry")
