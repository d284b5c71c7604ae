"""The part that keeps one Alertmanager replica told of the alerts.

One per replica, so that one that is down holds up no other. All that lasts is sent again and again,
and ends there by itself if we fall silent; what has ended is sent until the replica has taken it,
and for a while after, in case it restarts before it has told anybody.
"""

import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import func, select

from duibiao.core import Clock, Loop
from duibiao.core.retry import Backoff, Retry
from duibiao.store import Store
from services.alerts.adapters.alertmanager.alerts import AlertmanagerAlerts, Document
from services.alerts.adapters.tables import META, TRANSITIONS

IDLE: Final = 5.0  # seconds between looks: another process may have taken a step, or the lead
GAP: Final = 1.0  # seconds between posts, however many steps are taken
TIMEOUT: Final = 2.5  # seconds for an answer; less than a part may take to stop
STANDS_FOR: Final = 10  # intervals: an outage of this service that is shorter ends no alert
_LAST_STEP: Final = select(func.max(TRANSITIONS.c.id))
ENDED_FOR: Final = timedelta(minutes=15)  # as Prometheus itself, and twice that at most


class AlertmanagerSender(Loop):
    """Posts to one replica; the leader of our replicas alone does.

    At each step what it changed, every interval all.
    """

    def __init__(
        self,
        url: str,
        alerts: AlertmanagerAlerts,
        store: Store,
        clock: Clock,
        *,
        every: float,
        count: Callable[[str], None],
        ca_file: Path | None = None,
    ) -> None:
        """`every` is in seconds; `count` is told of each post: taken or failed."""
        backoff = Backoff(1.0, min(every, 30.0))
        super().__init__(f"alerts alertmanager {url}", backoff=backoff, background=True)
        self._url = url
        self._alerts, self._store, self._clock = alerts, store, clock
        self._every, self._count = every, count
        self._election = store.leader_election(f"alertmanager {url}")
        tls = ssl.create_default_context(cafile=ca_file)
        # The URL is the operator's: no address is refused, and none is taken from outside.
        self._client = httpx.Client(verify=tls, timeout=TIMEOUT, trust_env=False)
        self._sent: str | None = None  # the step that was the last when we posted
        self._due = 0.0

    def turn(self) -> None:
        """Post if a step was taken since the last post, or the interval is over."""
        left = min(IDLE, self._due - self._clock.monotonic())
        if not self._election.holds():
            left, self._due = IDLE, 0.0
        elif (last := self._last_step()) != self._sent or left <= 0:
            self._send(self._sent if left > 0 else None)
            self._sent = last
            if left <= 0:
                self._due = self._clock.monotonic() + self._every
            self._stopping.wait(GAP)
            left = min(IDLE, self._due - self._clock.monotonic())
        self.wait(left)

    def leave(self) -> None:
        """Let another one lead."""
        self._election.resign()
        self._client.close()

    def _last_step(self) -> str | None:
        with self._store.read() as connection:
            return connection.execute(_LAST_STEP).scalar()

    def _send(self, after: str | None) -> None:
        now, name = self._clock.now(), f"alertmanager {self._url}"
        stands = now + timedelta(seconds=self._every * STANDS_FOR)
        with self._store.read() as connection:
            kept = META.get(connection, name)
            times = map(datetime.fromisoformat, kept.split()) if kept else [now - ENDED_FOR] * 2
            since, taken = times
            documents = self._alerts.read(connection, since, stands, after)
        if documents:
            self._post(documents)
        # What ended since `taken` was posted with this: it is posted again until the next time.
        if after is None and now - taken >= ENDED_FOR:
            with self._store.begin() as tx:
                META.set(tx, name, f"{taken.isoformat()} {now.isoformat()}")

    def _post(self, documents: list[Document]) -> None:
        try:
            answer = self._client.post(f"{self._url}/api/v2/alerts", json=documents)
            said = "" if answer.is_success else f"{answer.status_code} {answer.text[:200]}"
        except httpx.HTTPError as error:
            said = repr(error)
        self._count("failed" if said else "taken")
        if said:
            raise Retry(f"{self._url}: {said}")
