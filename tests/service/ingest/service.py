"""The whole ingest service, called in process, on a store and a log of its own."""

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from duibiao.bus import Event
from duibiao.contracts.v1 import outcome_pb2
from duibiao.register import Register
from duibiao.store import Store
from duibiao.web.access import Caller
from duibiao.web.app import App
from services.ingest.domain.context import Kind
from services.ingest.domain.submission import Format
from services.ingest.settings import IngestSettings
from services.ingest.wiring import build
from tests.support.asgi import Calls, KnownKeys
from tests.support.bus import MemoryBus
from tests.support.clock import ManualClock
from tests.support.ingest import MEDIA_TYPES, NOON, PATHS, REGISTER
from tests.support.records import read_record
from tests.support.registers import CUSTOMS, FINANCE, TAX
from tests.support.servers.databases import url_in
from tests.support.waiting import until

CALLERS = {
    "tax": Caller(TAX, "org", "tax000000001"),
    "customs": Caller(CUSTOMS, "org", "customs00001"),
    "finance": Caller(FINANCE, "org", "finance00001"),
    "office": Caller(None, "office", "office000001"),
    "auditor": Caller(None, "auditor", "auditor00001"),
    "admin": Caller(None, "admin", "admin0000001"),
}
SUBMISSIONS, OUTCOMES = "duibiao.submissions.v1", "duibiao.outcomes.v1"
PROBLEM = "application/problem+json"


class Desk:
    """One running ingest service; what agencies and the next service can do to it."""

    def __init__(
        self,
        folder: Path,
        *,
        register: Register = REGISTER,
        url: str | None = None,
        now: datetime = NOON,
        **settings: float,
    ) -> None:
        """`url` is where its state is, unless in a file of the folder."""
        self.clock = ManualClock(now)
        self.bus = MemoryBus()
        self.url = url or url_in(folder)
        values: dict[str, Any] = {
            "database_url": self.url,
            "state_folder": folder,
            "request_burst": 100_000,  # the clock stands still, so nothing is won back
            "row_burst": 10_000_000,
            "max_clock_skew": math.inf,  # tests set their clocks as they like
            **settings,
        }
        self.service = build(
            settings=IngestSettings(**values),
            register=register,
            clock=self.clock,
            bus=self.bus,
            keyring=KnownKeys(**CALLERS),
        )
        self.registry = CollectorRegistry()
        for collector in self.service.collectors:
            self.registry.register(collector)
        self.app = App(
            keyring=KnownKeys(**CALLERS),
            registry=self.registry,
            routers=self.service.routers,
            hot=self.service.hot,
        )

    def __enter__(self) -> Self:
        for part in self.service.parts:
            part.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for part in reversed(self.service.parts):
            part.stop(5)
        failures = [part.failed for part in self.service.parts if part.failed]
        for close in reversed(self.service.closers):
            close()
        assert not failures or error is not None, failures

    def post(
        self,
        kind: Kind,
        body: object,
        *,
        form: Format = "json",
        query: str = "",
        by: str = "tax",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Post rows (anything but bytes is written as JSON)."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": MEDIA_TYPES[form], **(headers or {})}
        return Calls(self.app, by).post(PATHS[kind] + query, content=content, headers=sent)

    def get(self, path: str, *, by: str = "tax") -> httpx.Response:
        return Calls(self.app, by).get(path)

    def count(self, table: str) -> int:
        """Count the rows of a table, read past the service."""
        with closing(Store(self.url, "ingest")) as store, store.read() as connection:
            query = text(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of the test's
            return int(connection.execute(query).scalar_one())

    def unsent(self) -> int:
        """Count the submissions that are not on the log yet."""
        return self.count("unsettled WHERE sent_us IS NULL")

    def sent(self, number: int = 1) -> list[Any]:
        """Wait until so many submissions are on the log and return them."""
        return [read_record(record) for record in self.records(number)]

    def records(self, number: int = 1) -> list[bytes]:
        """Wait until so many submissions are on the log and return them as they stand there."""
        until(lambda: len(self._events()) >= number)
        return [event.data for event in self._events()]

    def _events(self) -> Sequence[Event]:
        return [event for event in self.bus.events if event.topic == SUBMISSIONS]

    def settle(self, submission_id: str, org: str = TAX, **counts: int) -> None:
        """Say on the log how the rows of a submission were counted, and wait until it is known."""
        outcome = outcome_of(submission_id, org, 1_622_600_000_000_000, counts)
        self.tell(f"outcome-{len(self.bus.records)}", outcome, org)
        path = f"/v1/submissions/{submission_id}"
        until(lambda: self.get(path, by="office").json()["state"] == "evaluated")

    def tell(self, event_id: str, data: bytes, key: str = TAX) -> None:
        """Put anything on the outcomes topic."""
        self.bus.append(
            Event(
                id=event_id,
                type="duibiao.submission.evaluated",
                topic=OUTCOMES,
                key=key,
                source="indicators",
                time=self.clock.now(),
                data=data,
            )
        )

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


def assert_problem(answer: httpx.Response, *statuses: int) -> list[dict[str, Any]]:
    """Assert that an answer is a problem with its faults in both languages; return these."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:500])
    assert answer.headers["content-type"] == PROBLEM
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["trace_id"]
    errors: list[dict[str, Any]] = document["errors"]
    assert errors, document
    assert len(errors) == min(1000, document["errors_total"])
    for error in errors:
        assert set(error) == {"code", "message", "message_zh", "pointer", "index"}
        assert error["message"]
        assert any("\u4e00" <= character <= "\u9fff" for character in error["message_zh"])
    return errors


def outcome_of(
    submission_id: str,
    org: str,
    evaluated_us: int,
    counts: Mapping[str, int],
    *,
    dead_lettered: bool = False,
) -> bytes:
    """Return the message that settles a submission."""
    return outcome_pb2.Outcomes(
        submission_id=submission_id,
        org=org,
        accepted=counts.get("accepted", 0),
        duplicate=counts.get("duplicate", 0),
        revised=counts.get("revised", 0),
        evaluated_us=evaluated_us,
        dead_lettered=dead_lettered,
    ).SerializeToString()
