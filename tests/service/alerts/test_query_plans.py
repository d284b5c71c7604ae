"""Lists and parts of the service read along an index, however many alerts there have been.

What SQLite means to do is asked of it by EXPLAIN QUERY PLAN, for every query that is made.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from duibiao.store import Store
from duibiao.web.lists import Page
from services.alerts.adapters import history, queries
from services.alerts.adapters.alertmanager.alerts import AlertmanagerAlerts
from services.alerts.adapters.channels import notifications
from services.alerts.adapters.migrations import SCHEMA
from tests.support.alert_book import FIRST_DAY
from tests.support.registers import register

Read = Callable[[Store], object]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/duibiao.db", "alerts")
    SCHEMA.migrate(store)
    yield store
    store.close()


def plans(store: Store, read: Read, of: str = "") -> list[str]:
    """Return the steps of the plans of the queries that reading makes, first of a table or all."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: object, text: str, values: Any, *_: object) -> None:  # noqa: ANN401 - the driver's
        if text.startswith(f"SELECT {of}"):
            asked.append((text, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        read(store)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert asked
    with store.read() as connection:
        explained = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
            for text, values in asked
        ]
    return [row[3] for rows in explained for row in rows]


def listed(**sought: str) -> Read:
    conditions = history.SoughtNotifications(**sought).conditions()
    return lambda store: queries.notifications(store, None, Page(100, None), conditions)


def alertmanager(store: Store) -> None:
    with store.read() as connection:
        AlertmanagerAlerts(register(), "").read(connection, FIRST_DAY, FIRST_DAY)


def waiting(store: Store) -> None:
    with store.read() as connection:
        notifications.waiting(connection, "desk")


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(listed(), id="notifications"),
        pytest.param(listed(receiver="desk"), id="of a receiver"),
        pytest.param(listed(state="sent"), id="in a state"),
        pytest.param(listed(receiver="desk", state="failed"), id="of a receiver in a state"),
        pytest.param(listed(alert="a1"), id="of an alert"),
    ],
)
def test_a_page_of_notifications_sorts_no_more_than_an_alert_has(store: Store, read: Read) -> None:
    found = plans(store, read, "notifications")
    sorts = any("TEMP B-TREE" in step for step in found)
    assert not sorts or any("notifications_of_alert" in step for step in found), found


def test_what_waits_is_not_sorted_anew_for_each_message(store: Store) -> None:
    assert not any("TEMP B-TREE" in step for step in plans(store, waiting))


def test_what_goes_together_is_found_by_its_batch(store: Store) -> None:
    found = plans(store, waiting)
    assert any("mates" in step and "notifications_of_batch" in step for step in found), found


@pytest.mark.parametrize("read", [alertmanager, waiting])
def test_what_is_read_again_and_again_is_found_by_an_index(store: Store, read: Read) -> None:
    whole = [step for step in plans(store, read) if step.startswith("SCAN")]
    small = ("one_open_alert", "SCAN receivers")
    assert [step for step in whole if not any(one in step for one in small)] == []
