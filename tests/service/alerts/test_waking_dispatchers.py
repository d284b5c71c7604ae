"""A dispatcher is woken when something for its receiver has been committed, and only then."""

from functools import partial
from pathlib import Path

from duibiao.store import Store
from services.alerts.adapters.channels.config import Config
from services.alerts.adapters.channels.notifications import NotificationQueue
from services.alerts.adapters.channels.receivers import Receiver, Receivers, Route
from services.alerts.adapters.messages import event_of
from services.alerts.adapters.migrations import SCHEMA
from services.alerts.adapters.repository import SqlAlertRepository
from services.alerts.domain import life
from services.alerts.domain.alert import Colour, Identity, Stamp, Subject, Trigger
from tests.support.alert_book import FIRST_DAY

OPENED = life.opened(
    "a1",
    Subject(Identity("T01", None, None, "610100"), "1.1", ("tax-bureau",), ()),
    [Trigger(Colour.YELLOW, "yellow-breach", "verdict", "2021Q1", "v1", "v1")],
    life.Asking(waits=False, reply_due=None),
    number="黄-2021-0001",
    stamp=Stamp("a1-1", FIRST_DAY, "duibiao"),
)


def test_the_commit_of_a_notification_wakes_its_dispatcher(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/duibiao.db", "alerts")
    SCHEMA.migrate(store)
    receivers = {name: Receiver(name, "webhook", Config()) for name in ("desk", "other")}
    routes = (Route("desk", frozenset(), frozenset(), frozenset()),)
    woken: list[str] = []
    nudges = {name: partial(woken.append, name) for name in receivers}
    queue = NotificationQueue(Receivers(receivers, routes), lambda: "message-1", nudges)
    store.on_commit(queue.committed)

    with store.begin() as tx:
        SqlAlertRepository(tx, partial(event_of, topic="t"), queue).record(OPENED)
        assert woken == []
    with store.begin():
        pass

    assert woken == ["desk"]
    store.close()
