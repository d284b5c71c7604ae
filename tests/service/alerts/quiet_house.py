"""The alerts service without its threads: what is told, when the clock strikes, what is sent."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
from prometheus_client import CollectorRegistry

from duibiao.audit import AuditLog
from duibiao.core import new_id
from duibiao.register import Register
from duibiao.store import Store
from duibiao.store.config_lease import ALWAYS
from duibiao.web.app import App
from duibiao.web.audit import audit_router
from duibiao.web.files import DatabaseContents, EvidenceFiles
from services.alerts.adapters import actions, history, http, quiet_routes
from services.alerts.adapters.acting import Acting
from services.alerts.adapters.alert_ticker import AlertTicker
from services.alerts.adapters.channels import notifications
from services.alerts.adapters.channels.channel import Result
from services.alerts.adapters.channels.config import Config
from services.alerts.adapters.channels.holding import Holding
from services.alerts.adapters.channels.notifications import Finished, NotificationQueue
from services.alerts.adapters.channels.receivers import Receiver, Receivers, Route
from services.alerts.adapters.messages import event_of
from services.alerts.adapters.migrations import SCHEMA
from services.alerts.adapters.reply_files import ReplyFiles
from services.alerts.adapters.repository import SqlAlertRepository
from services.alerts.adapters.tables import AUDIT, FILES
from services.alerts.domain.news import Duty, Series, Verdict
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.follow_duty import follow_duty, settle_duties
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.support.alert_book import WORKDAYS, city_row, shanghai
from tests.support.asgi import AUDITOR, CUSTOMS, OFFICE, TAX, Calls, KnownKeys
from tests.support.clock import ManualClock
from tests.support.registers import CITY, alert_rules, register, target
from tests.support.registers import TAX as TAX_BUREAU
from tests.support.servers.databases import url_in

TARGETS = tuple(f"T{n:02}" for n in range(1, 10))
SENT = Result("sent", 204)
TO_ALL = Route("desk", *[frozenset[str]()] * 3)


def watched_register(*, wait: bool = False) -> Register:
    of = partial(target, alert_levels=("city", "region", "org"), leads=(TAX_BUREAU,))
    return register(
        targets=[of(name) for name in TARGETS], rules=alert_rules(wait_for_morning=wait)
    )


class House:
    """One installation; `routes` lead to "desk" unless given, over a webhook unless named.

    `digests` are the receivers of a weekly digest, by e-mail.
    """

    def __init__(
        self,
        folder: Path,
        clock: ManualClock,
        *,
        wait: bool = False,
        flood: int = 200,
        routes: tuple[Route, ...] = (TO_ALL,),
        channels: Mapping[str, str] | None = None,
        known: Register | None = None,
        digests: Mapping[str, Config] | None = None,
    ) -> None:
        self.clock = clock
        self.store = Store(url_in(folder), "alerts")
        SCHEMA.migrate(self.store)
        ids = partial(new_id, clock)
        known = known or watched_register(wait=wait)
        self.context = AlertContext(known, WORKDAYS, clock.now, ids, date(2021, 4, 16))
        over = channels or {route.receiver: "webhook" for route in routes}
        self.names = list(over)
        by_name = {name: Receiver(name, channel, Config()) for name, channel in over.items()}
        by_name |= {
            name: Receiver(name, "email", config, weekly=True)
            for name, config in (digests or {}).items()
        }
        receivers = Receivers(by_name, routes, "office" if "office" in over else None)
        self.queue = NotificationQueue(
            receivers, ids, None, Holding(self.context, receivers, flood)
        )
        self.store.on_commit(self.queue.committed)
        self.repository = partial(
            SqlAlertRepository, event_of=partial(event_of, topic="t"), announce=self.queue
        )
        audit = AuditLog(AUDIT, self.store, clock, "sha256")
        files = EvidenceFiles(
            self.store, audit, FILES.files, DatabaseContents(self.store, FILES), 1
        )
        acting = Acting(self.store, self.context, self.repository, audit, ReplyFiles(files))
        routers = [
            http.build(self.store, known, acting.quiet),
            history.build(self.store),
            actions.build(acting),
            quiet_routes.build(quiet_routes.QuietActs(acting, self.queue)),
            audit_router("alerts", self.store),
        ]
        keys = KnownKeys(office=OFFICE, tax=TAX, customs=CUSTOMS, auditor=AUDITOR)
        self.app = App(keyring=keys, registry=CollectorRegistry(), routers=routers)
        self._ticker = AlertTicker(
            self.store, self.repository, self.context, ALWAYS, audit, self.queue
        )

    def hear(self, *news: Verdict | Duty, batch: str = "") -> None:
        """Take news in one transaction, as of one submission where `batch` names it."""
        with self.store.begin() as tx:
            repository = self.repository(tx)
            if batch:
                self.queue.batch(batch)
            for one in news:
                event_id = self.context.new_id()
                if isinstance(one, Verdict):
                    follow_verdict(repository, self.context, one, event_id)
                else:
                    follow_duty(repository, self.context, one, event_id)
            settle_duties(repository, self.context, at_once=True)
        self.clock.advance(seconds=1)

    def tick(self) -> None:
        self._ticker.tick()

    def at(self, *moment: int) -> None:
        self.clock.set(shanghai(*moment))
        self.tick()

    def sent(self, result: Result = SENT) -> list[tuple[str, ...]]:
        """Send what is due; return the messages: receiver, then `step alert` of each step."""
        found = []
        for name in self.names:
            while messages := self._send(name, result):
                found += [(name, *message) for message in messages]
        return found

    def _send(self, name: str, result: Result) -> list[list[str]]:
        with self.store.begin() as tx:
            now = self.clock.now()
            attempts = notifications.claim(tx, name, notifications.waiting(tx, name), now)
            again = None if result.outcome == "sent" else now + timedelta(minutes=1)
            ended = [Finished(one, result, now, timedelta(), again) for one in attempts]
            notifications.finish(tx, ended)
        found = [map(msgspec.json.decode, one.message.steps) for one in attempts]
        return [[_step(one) for one in steps] for steps in found]

    def call(
        self,
        method: str,
        path: str,
        key: str = "office",
        **given: Any,  # noqa: ANN401 - of the request
    ) -> httpx.Response:
        return Calls(self.app, key).request(method, f"/v1/{path}", **given)

    def do(
        self,
        method: str,
        path: str,
        **given: Any,  # noqa: ANN401 - of the request
    ) -> dict[str, Any]:
        answer = self.call(method, path, **given)
        assert answer.status_code < 300, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def silence(self, until: str = "2021-05-01", **matchers: object) -> dict[str, Any]:
        body = {"matchers": matchers, "reason": "系统切换", "until": until}
        return self.do("POST", "silences", json=body)

    def alerts(self, **params: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.do("GET", "alerts", params=params)["items"]
        return items

    def states(self) -> dict[str, int]:
        rows = self.do("GET", "notifications", params={"limit": "1000"})["items"]
        states = [row["state"] for row in rows]
        return {state: states.count(state) for state in sorted(set(states))}

    def row(
        self,
        status: str = "missed",
        target_id: str = "T01",
        *,
        org: str | None = None,
        region: str = CITY,
        **changes: Any,  # noqa: ANN401 - fields of Verdict
    ) -> Verdict:
        """Return a row of the next submission; one below the city's rests on inputs of its own."""
        series = Series(target_id, org, region)
        own = {"inputs_digest": f"{org}/{region}", "evaluated_at": self.clock.now()}
        row = city_row(status, id=f"v-{series}-{status}", **{**own, **changes})
        return replace(row, series=series)


def _step(document: dict[str, Any]) -> str:
    if not document["type"].startswith("alert."):
        return str(document["type"])
    alert = document["data"]["alert"]
    about = [alert["target"] or alert["duty"], alert["org"], alert["region"]]
    where = "/".join(part for part in about if part not in (None, CITY))
    return f"{document['data']['step']} {where} {alert['colour']} {alert['state']}"
