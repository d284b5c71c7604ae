"""The alerts service as it is wired, on a log and a store of its own, for tests."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from prometheus_client import CollectorRegistry, generate_latest

from duibiao.bus import Consumer, Event
from duibiao.bus.dead_letters import REPLAY_OF
from duibiao.bus.sqlite import SqliteBus
from duibiao.contracts.keys import key_of
from duibiao.contracts.v1 import verdict_pb2
from duibiao.core import Clock, SystemClock
from duibiao.process.lifetime import Lifetime
from duibiao.register import Register
from duibiao.web.access import Caller, Person, caller_as
from duibiao.web.app import App
from services.alerts import wiring
from services.alerts.settings import AlertsSettings
from tests.support.alert_book import WORKDAYS
from tests.support.asgi import ADMIN, AUDITOR, OFFICE, TAX, Calls, KnownKeys
from tests.support.registers import register
from tests.support.servers.databases import url_in
from tests.support.waiting import until

if TYPE_CHECKING:
    from duibiao.process import Service

FINANCE = Caller("finance-bureau", "org", "finance00001")
CUSTOMS = Caller("customs", "org", "customs00001")
REPORTER = caller_as(Person(id="p1", name="王报送", org="tax-bureau", position="reporter"))
ON_DUTY = caller_as(Person(id="p2", name="李值班", org=None, position="duty-officer"))
TOPIC = "duibiao.verdicts.v1"
REPLY = {"comment": "已整改", "cause": "人手", "measures": "增员", "finish_by": "2021-05-31"}
_EVALUATIONS = count(1)


@dataclass
class AlertsService:
    """Made in a folder; `start` sets its parts going, without it only HTTP works."""

    folder: Path
    clock: Clock = field(default_factory=SystemClock)
    register: Register = field(default_factory=register)
    settings: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bus = SqliteBus(self.folder / "log.db", self.clock)
        self.service: Service = wiring.build(
            AlertsSettings(
                database_url=url_in(self.folder),
                max_clock_skew=math.inf,  # tests set their clocks as they like
                **self.settings,  # type: ignore[arg-type]
            ),
            register=self.register,
            workdays=WORKDAYS,
            bus=self.bus,
            clock=self.clock,
        )
        self._lifetime = Lifetime([self.bus, *self.service.parts], self.service.closers)
        self._registry = CollectorRegistry()
        for collector in self.service.collectors:
            self._registry.register(collector)
        keys = KnownKeys(
            office=OFFICE,
            tax=TAX,
            customs=CUSTOMS,
            finance=FINANCE,
            auditor=AUDITOR,
            admin=ADMIN,
            reporter=REPORTER,
            duty=ON_DUTY,
        )
        self.app = App(keyring=keys, registry=self._registry, routers=self.service.routers)
        self._numbers = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lifetime.stop()

    def start(self) -> Self:
        self._lifetime.start()
        return self

    def failed(self) -> object:
        return self._lifetime.failed()

    def calls(self, key: str | None = "office") -> Calls:
        return Calls(self.app, key)

    def metrics(self) -> str:
        return generate_latest(self._registry).decode()

    def tell(
        self,
        *changes: verdict_pb2.Changed,
        ids: Sequence[str] = (),
        replay_of: str = "",
        key: str = "",
    ) -> list[str]:
        """Append changes to the log, as the indicators service would; return the event ids.

        Or as who plays the dead letter of `replay_of` again.
        """
        events = [
            Event(
                id=event_id or f"event-{next(self._numbers):04}",
                type="duibiao.verdict.changed",
                topic=TOPIC,
                key=key or key_of(change),
                source="indicators",
                time=self.clock.now(),
                data=change.SerializeToString(),
                headers={REPLAY_OF: replay_of} if replay_of else {},
            )
            for change, event_id in zip(changes, ids or [""] * len(changes), strict=True)
        ]
        producer = self.bus.producer()
        producer.send(events)
        producer.close(1)
        return [event.id for event in events]

    def alerts(self, **params: str | int) -> list[dict[str, Any]]:
        answer = self.calls().get("/v1/alerts", params=params)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def wait_for_alerts(self, number: int) -> list[dict[str, Any]]:
        until(lambda: len(self.alerts()) >= number, seconds=20, what=f"{number} alerts are there")
        return self.alerts()

    def told(self, number: int) -> list[Event]:
        """Return the first events of the alerts topic, waiting for them."""
        consumer: Consumer = self.bus.consumer("test", ["duibiao.alerts.v1"], lambda *_: 0)
        events: list[Event] = []

        def enough() -> bool:
            events.extend(record.event for record in consumer.poll(100, 0.1))
            return len(events) >= number

        until(enough, seconds=20, what=f"{number} events are on the topic")
        consumer.close(1)
        return events


def changed(
    status: str = "missed", *, received_us: int = 0, **fields: object
) -> verdict_pb2.Changed:
    """Return the news of the city's row of T01 in 2021Q1, of the present period that has ended.

    Each is an evaluation of its own.
    """
    row: dict[str, object] = {
        "id": f"verdict-{status}",
        "target": "T01",
        "indicator": "days",
        "region": "610100",
        "period": "2021Q1",
        "period_end": "2021-03-31",
        "status": status,
        "attainment_ratio": "9/10",
        "present": True,
        "ended": True,
        "inputs_digest": "d",
        "evaluated_us": 1_618_534_800_000_000 + next(_EVALUATIONS),
    }
    verdict = verdict_pb2.Verdict(**{**row, **fields})  # type: ignore[arg-type]
    return verdict_pb2.Changed(verdict=verdict, received_us=received_us)
