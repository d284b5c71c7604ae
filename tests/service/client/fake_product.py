"""A stand-in for the product, in memory: takes rows as the contract says; the client posts to it.

A row is refused when its `case_no` begins with "bad" (with as many faults as `faults` says), or
when another row of the request has the same one. Every accident that a test wants is done by
`accidents`: what happens to the next requests, one word each.

    ""          nothing
    "lost"      the request never arrives
    "unheard"   it is served, and the answer is lost
    "503" …     that status, and nothing is stored; "429" and "503" ask to wait a second
    "running"   409, an earlier try is still being worked on
"""

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from duibiao.client import Client, Retries

Row = dict[str, Any]

_TYPES = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    408: "timeout",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "too-many-requests",
    500: "internal",
    502: "bad-gateway",
    503: "backlog-full",
    504: "gateway-timeout",
}


@dataclass
class Counted:
    """One stored submission."""

    key: str | None
    kind: str
    rows: list[Row]
    accepted: int
    duplicate: int
    revised: int
    rejected: int


@dataclass
class StandIn:
    """The product behind one URL. Its method `serve` is a handler for `httpx.MockTransport`."""

    most_rows: int = 50
    listed: int = 1000
    accidents: list[str] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    stored: list[Counted] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)
    _answers: dict[str, tuple[bytes, int, bytes]] = field(default_factory=dict)

    def serve(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        accident = self.accidents.pop(0) if self.accidents else ""
        if accident == "lost":
            raise httpx.ConnectError("nobody listens")
        if accident == "running":
            return problem(409, "still-running")
        if accident.isdecimal():
            return problem(int(accident), after="1" if accident in {"429", "503"} else None)
        answer = self._serve(request)
        if accident == "unheard":
            raise httpx.ReadError("the line broke")
        return answer

    @property
    def effects(self) -> Counter[str]:
        """How often each row was taken, by its case_no; replays take nothing."""
        return Counter(row["case_no"] for one in self.stored for row in one.rows)

    def _serve(self, request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] != "Bearer key":
            return problem(401, "key-unknown")
        if request.method == "GET":
            return self._receipt(request.url.path.rpartition("/")[2])
        body = request.read()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        key = request.headers.get("idempotency-key")
        dry = request.url.params.get("dry_run") == "true"
        if key is None or dry:
            return self._take(request, body, None, dry=dry)
        print_of_it = request.url.raw_path + b"\n" + body
        if key in self._answers:
            first, status, told = self._answers[key]
            if first != print_of_it:
                return problem(422, "key-reused")
            replayed = {"idempotency-replayed": "true"}
            return httpx.Response(status, headers=replayed, content=told)
        answer = self._take(request, body, key, dry=dry)
        if answer.is_success:
            self._answers[key] = (print_of_it, answer.status_code, answer.content)
        return answer

    def _take(
        self, request: httpx.Request, body: bytes, key: str | None, *, dry: bool
    ) -> httpx.Response:
        rows = rows_of(request.headers["content-type"], body)
        if len(rows) > self.most_rows:
            return problem(413, "too-many-rows")
        faults = [fault for index, row in enumerate(rows) for fault in faults_of(index, row)]
        faults += duplicates(rows)
        refused = {fault["index"] for fault in faults}
        listed = sorted(faults[: self.listed], key=lambda fault: int(fault["index"]))
        partial = request.url.params.get("mode") == "partial"
        if refused and not partial:
            return problem(422, faults=listed, total=len(faults))
        good = [row for index, row in enumerate(rows) if index not in refused]
        number = None
        if not dry:
            self._store(key, request.url.path.rpartition("/")[2], good, len(refused))
            number = str(len(self.stored) - 1)
        receipt = {
            "submission_id": number,
            "received": len(rows),
            "accepted": len(good),
            "duplicate": None,
            "revised": None,
            "rejected": len(refused),
            "errors": listed,
            "errors_total": len(faults),
            "status_url": number and f"/v1/submissions/{number}",
        }
        status = 200 if dry else 207 if refused else 202
        return httpx.Response(status, json=receipt)

    def _store(self, key: str | None, kind: str, rows: list[Row], rejected: int) -> None:
        counts = Counter(self._settle(row) for row in rows)
        self.stored.append(
            Counted(
                key,
                kind,
                rows,
                counts["accepted"],
                counts["duplicate"],
                counts["revised"],
                rejected,
            )
        )

    def _settle(self, row: Row) -> str:
        content = json.dumps(row, sort_keys=True)
        before = self.contents.get(row["case_no"])
        self.contents[row["case_no"]] = content
        if before is None:
            return "accepted"
        return "duplicate" if before == content else "revised"

    def _receipt(self, number: str) -> httpx.Response:
        if not number.isdecimal() or int(number) >= len(self.stored):
            return problem(404, "not-found")
        one = self.stored[int(number)]
        receipt = {
            "submission_id": number,
            "state": "evaluated",
            "received": len(one.rows) + one.rejected,
            "accepted": one.accepted,
            "duplicate": one.duplicate,
            "revised": one.revised,
            "rejected": one.rejected,
            "errors_total": 0,
            "errors": [],
            "status_url": f"/v1/submissions/{number}",
        }
        return httpx.Response(200, json=receipt)


def rows_of(media: str, body: bytes) -> list[Row]:
    """Take a body apart as the formats of the contract do."""
    if media.startswith("text/csv"):
        return [dict(row) for row in csv.DictReader(io.StringIO(body.decode(), newline=""))]
    if media == "application/x-ndjson":
        return [json.loads(line) for line in body.splitlines() if line.strip()]
    rows = json.loads(body)
    return rows if isinstance(rows, list) else [rows]


def faults_of(index: int, row: Row) -> list[Row]:
    if not str(row.get("case_no", "bad")).startswith("bad"):
        return []
    return [told("bad-time", index) for _ in range(int(row.get("faults", 1)))]


def duplicates(rows: list[Row]) -> list[Row]:
    """Two rows about the same thing are a fault of each; told after all other faults."""
    places: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        places.setdefault(str(row.get("case_no")), []).append(index)
    return [
        told("duplicate-row", index)
        for indices in places.values()
        if len(indices) > 1
        for index in indices
    ]


def told(code: str, index: int | None = None) -> Row:
    return {
        "code": code,
        "message": f"This is {code}.",
        "message_zh": f"此处{code}。",
        "pointer": None,
        "index": index,
    }


def problem(
    status: int,
    code: str | None = None,
    *,
    faults: list[Row] | None = None,
    total: int | None = None,
    after: str | None = None,
) -> httpx.Response:
    """Answer with a problem document."""
    errors = faults if faults is not None else [told(code)] if code else []
    document = {
        "type": f"/problems/{_TYPES[status]}",
        "title": "No",
        "status": status,
        "detail": "No.",
        "detail_zh": "不行。",
        "trace_id": "trace-1",
        "errors": errors,
        "errors_total": len(errors) if total is None else total,
    }
    headers = {"content-type": "application/problem+json"}
    if after is not None:
        headers["retry-after"] = after
    return httpx.Response(status, headers=headers, content=json.dumps(document).encode())


@dataclass
class Time:
    """Time that passes by waiting only."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def retries(self, patience: float = 60.0, chance: float = 0.0) -> Retries:
        return Retries(
            patience,
            on_wait=lambda _, reason: self.reasons.append(reason),
            sleep=self.sleep,
            clock=lambda: self.now,
            chance=lambda: chance,
        )


def client(
    product: StandIn,
    *,
    url: str = "http://example.invalid",
    key: str = "key",
    retries: Retries | None = None,
    patience: float = 60.0,
) -> Client:
    """Return a client of a stand-in, which waits without waiting."""
    transport = httpx.MockTransport(product.serve)
    return Client(url, key, transport=transport, retries=retries or Time().retries(patience))


def cases(numbers: Iterable[int | str]) -> list[dict[str, str]]:
    """Return rows with these case numbers."""
    return [{"case_no": str(number)} for number in numbers]
