"""The product as somebody sees it who posts to it and reads it, however many processes it is."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx

from duibiao.bus.limits import Limits

Row = dict[str, Any]
T = TypeVar("T")


def until(found: Callable[[], T | None], *, seconds: float = 30.0, what: str = "") -> T:
    """Ask again and again until there is an answer; fail the test when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        answer = found()
        if answer is not None and answer is not False:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or found}")
        time.sleep(0.02)


class Face(ABC):
    """One installation from outside.

    Attributes:
        folder: its state folder, which holds the keys.
        client: whom it is asked with; paths are to be made whole by `url_of`.

    """

    folder: Path
    client: httpx.Client

    @property
    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """The settings of the installation, for its commands."""

    @abstractmethod
    def url_of(self, path: str) -> str:
        """Return the whole address of a path of the API."""

    @abstractmethod
    def metrics(self) -> dict[str, float]:
        """Return `/metrics` as series text -> value, added up over the processes."""

    @property
    def keys(self) -> Row:
        keys: Row = json.loads((self.folder / "dev-keys.json").read_text(encoding="utf-8"))
        return keys

    def key(self, org: str) -> dict[str, str]:
        """Return the header with an org's key, or the office's, admin's or auditor's."""
        keys = self.keys
        key = keys[org] if org in {"office", "admin", "auditor"} else keys["orgs"][org]
        return {"Authorization": f"Bearer {key}"}

    def get(self, path: str, *, org: str = "office") -> httpx.Response:
        """Read a path of the API."""
        return self.client.get(self.url_of(path), headers=self.key(org))

    def post(self, kind: str, org: str, rows: object, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """Post rows as JSON to `/v1/{kind}` with the org's key."""
        headers = self.key(org) | options.pop("headers", {})
        return self.client.post(self.url_of(f"/v1/{kind}"), json=rows, headers=headers, **options)

    def items(self, path: str, *, org: str = "office") -> list[Row]:
        """Read a list of the API, every page of it."""
        rows: list[Row] = []
        url = httpx.URL(self.url_of(path))
        while True:
            answer = self.client.get(url, headers=self.key(org))
            assert answer.status_code == httpx.codes.OK, answer.text
            page = answer.json()
            rows += page["items"]
            if not page.get("next_cursor"):
                return rows
            url = url.copy_merge_params({"cursor": page["next_cursor"]})

    def evaluated(self, submission: str, *, seconds: float = 60.0) -> Row:
        """Wait until a submission's verdicts are there, and return its receipt."""

        def receipt() -> Row | None:
            row: Row = self.get(f"/v1/submissions/{submission}").json()
            return row if row.get("state") == "evaluated" else None

        return until(receipt, seconds=seconds, what=f"submission {submission} is evaluated")

    def verdict(self, target: str, period: str, *, org: str = "", region: str = "610100") -> Row:
        """Return the one verdict row of a series in a period."""
        query = f"target={target}&org={org}&region={region}&period={period}"
        rows = self.items(f"/v1/verdicts?{query}")
        assert len(rows) == 1, rows
        return rows[0]

    def settled(self, *, seconds: float = 120.0) -> None:
        """Wait until every submission is evaluated and nothing is under way between services."""
        until(self._all_evaluated, seconds=seconds, what="every submission is evaluated")
        since: float | None = None

        def quiet_long_enough() -> bool:
            nonlocal since
            if any(self._under_way()):
                since = None
            elif since is None:
                since = time.monotonic()
            # Lag is measured once a second: only a longer silence says that nothing comes.
            return since is not None and time.monotonic() - since > 2 * Limits().measure

        until(quiet_long_enough, seconds=seconds, what="the services are quiet")

    def _all_evaluated(self) -> bool:
        if any(self._under_way()):
            return False  # a list of many pages need not be read for that
        rows = self.items("/v1/submissions?limit=1000")
        return all(row["state"] == "evaluated" for row in rows)

    def _under_way(self) -> list[float]:
        series = ("duibiao_consumer_lag_records", "duibiao_outbox_age_seconds")
        waiting = [value for name, value in self.metrics().items() if name.startswith(series)]
        assert waiting, "no lag or outbox metrics"
        return waiting


def added_up(processes: Iterable[Face]) -> dict[str, float]:
    """Return the metrics of the processes of an installation, series by series added up."""
    whole: dict[str, float] = {}
    for process in processes:
        for series, value in process.metrics().items():
            whole[series] = whole.get(series, 0.0) + value
    return whole


def samples(text: str) -> dict[str, float]:
    """Return Prometheus' text format as series text -> value."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}
