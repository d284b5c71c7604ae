"""The alerts service over HTTP with a hand on its book, and a body for every act."""

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from duibiao.core import new_id
from duibiao.store import Store
from services.alerts.adapters.channels.config import Config
from services.alerts.adapters.channels.notifications import NotificationQueue
from services.alerts.adapters.channels.receivers import Receiver, Receivers, Route
from services.alerts.adapters.messages import event_of
from services.alerts.adapters.repository import SqlAlertRepository
from services.alerts.domain.news import Duty, Verdict
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.follow_duty import follow_duty, settle_duties
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.service.alerts.service import REPLY, AlertsService
from tests.support.alert_book import WORKDAYS, city_row, shanghai
from tests.support.clock import ManualClock
from tests.support.registers import org, register, target
from tests.support.servers.databases import url_in

BODIES: dict[str, dict[str, object]] = {
    "acknowledge": {},
    "reply": dict(REPLY),
    "appeal": {"reason": "口径有误"},
    "reject-appeal": {"reason": "口径无误"},
    "return": {"reason": "不实"},
    "extend": {"reason": "汛期", "reply_due": "2021-06-01"},
    "assign": {"reason": "职责调整", "org": "finance-bureau"},
    "close": {"comment": "属实", "reason": "已约谈"},
    "reopen": {"reason": "未整改"},
    "revoke": {"reason": "误填"},
}
TARGETS = ("T01", "T02", "T03")
NOWHERE = Receiver("desk", "webhook", Config())
RECEIVERS = Receivers({"desk": NOWHERE}, (Route("desk", *[frozenset[str]()] * 3),))


class Alerts:
    """The service over HTTP, and a hand on its book."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(shanghai(2021, 4, 16))
        units = [org(code) for code in ("tax-bureau", "customs", "finance-bureau")]
        known = register(
            targets=[target(name) for name in TARGETS], orgs=[*units, org("everyone", kind="group")]
        )
        self.service = AlertsService(folder, clock=self.clock, register=known)
        self._store = Store(url_in(folder), "alerts")
        self._ids = partial(new_id, self.clock)
        self._desk = AlertContext(known, WORKDAYS, self.clock.now, self._ids, date(2021, 1, 1))

    def hear(self, news: Verdict | Duty) -> None:
        with self._store.begin() as tx:
            announce = NotificationQueue(RECEIVERS, self._ids)
            book = SqlAlertRepository(tx, partial(event_of, topic="t"), announce)
            if isinstance(news, Verdict):
                follow_verdict(book, self._desk, news, self._ids())
            else:
                follow_duty(book, self._desk, news, self._ids())
            settle_duties(book, self._desk, at_once=True)

    def breach(self, target_id: str = "T01", status: str = "missed") -> dict[str, Any]:
        row = city_row(status, id=f"v-{target_id}-{status}", evaluated_at=self.clock.now())
        self.hear(replace(row, series=replace(row.series, target=target_id)))
        return self.service.alerts(target=target_id)[0]

    def restate(self) -> dict[str, Any]:
        """Restate the missed period of T01 twice, as good."""
        for value in ("5", "5.2"):
            self.clock.advance(seconds=1)
            self.hear(city_row("met", value=value, evaluated_at=self.clock.now()))
        return self.service.alerts(target="T01")[0]

    def post(self, path: str, key: str = "office", /, **body: object) -> httpx.Response:
        return self.service.calls(key).post(f"/v1/alerts/{path}", json=body)

    def get(self, path: str, key: str | None = "office", /, **params: str | int) -> httpx.Response:
        return self.service.calls(key).get(path, params=params)

    def close(self) -> None:
        self._store.close()


def codes(answer: httpx.Response) -> list[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return [error["code"] for error in answer.json()["errors"]]
