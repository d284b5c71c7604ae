"""Accepting a submission: read, check, keep, and only then say so.

Refused    nothing was kept; says why, with every fault there is
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, Protocol, TypeVar

from services.ingest.domain.errors import RowError
from services.ingest.domain.receipts import IdempotencyKey, Receipt, StoredSubmission
from services.ingest.domain.submission import DecodedSubmission, IncomingRequest
from services.ingest.ports import BacklogFull, IdempotencyKeyUsed, Intake, Journal, RowQuota

LIGHT: Final = 64 * 1024  # bytes; a longer body would hold up others for milliseconds
RETRY_AFTER: Final = 5  # seconds
_TOO_LARGE: Final = "too-large"

T = TypeVar("T")


class Run(Protocol):
    """What does work on another thread, each sender's in its turn."""

    def __call__(self, work: Callable[[], T], whose: str) -> Awaitable[T]:
        """Do the work."""


class Refused(Exception):  # noqa: N818 - what happened to the request
    """Nothing was kept. `problem` is a type of problem; `retry_after` is in seconds."""

    def __init__(
        self,
        problem: str,
        errors: Sequence[RowError] = (),
        total: int | None = None,
        *,
        org: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.errors = errors
        self.total = len(errors) if total is None else total
        self.org = org
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the sender is told; `replayed` where it is the answer of an earlier request."""

    receipt: Receipt
    replayed: bool = False

    @property
    def result(self) -> str:
        """What became of the request: accepted, partial, replayed or dry_run."""
        if self.replayed:
            return "replayed"
        if self.receipt.id is None:
            return "dry_run"
        return "partial" if self.receipt.rejected else "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptSubmission:
    """The use case. One object serves all requests of a process, on its event loop.

    `render_errors` writes faults as the JSON array that callers read.
    """

    intake: Intake
    journal: Journal
    quota: RowQuota
    run: Run
    render_errors: Callable[[Sequence[RowError]], bytes]
    most_rows: int
    _running: set[tuple[str, str]] = field(default_factory=set, init=False)

    async def __call__(self, request: IncomingRequest) -> Accepted:
        """Accept a request.

        Raises:
            Refused: nothing was kept.

        """
        if request.repeat_key is None or request.dry_run:
            return await self._store(request, await self._decode_somewhere(request), None)
        used = request.whose, request.repeat_key
        if used in self._running:
            raise Refused("conflict", [_at_key("still-running")], retry_after=1)
        self._running.add(used)
        try:
            return await self._accept_once(request, *used)
        finally:
            self._running.discard(used)

    async def _accept_once(self, request: IncomingRequest, scope: str, key: str) -> Accepted:
        def look() -> tuple[IdempotencyKey, Receipt | DecodedSubmission]:
            body = self._decompressed(request)
            repeat = IdempotencyKey(scope, key, _fingerprint(request.address, body))
            return repeat, self._earlier(repeat) or self._decode(request, body)

        repeat, found = await self.run(look, scope)
        if isinstance(found, Receipt):
            return Accepted(found, replayed=True)
        try:
            return await self._store(request, found, repeat)
        except IdempotencyKeyUsed:
            earlier = await self.run(lambda: self._earlier(repeat), scope)
            if earlier is None:
                raise
            return Accepted(earlier, replayed=True)

    def _earlier(self, repeat: IdempotencyKey) -> Receipt | None:
        """Return the receipt of the same request, accepted before."""
        kept = self.journal.find(repeat.scope, repeat.key)
        if kept is None:
            return None
        if kept[0] != repeat:
            raise Refused("idempotency-key-reused", [_at_key("key-reused")])
        return kept[1]

    async def _decode_somewhere(self, request: IncomingRequest) -> DecodedSubmission:
        """Decode a body; on the event loop only where it is small and fine."""
        if request.coding == "identity" and len(request.body) <= LIGHT:
            body = request.body
            taken = self.intake.accepted(request, body)
            if taken is not None:
                return taken
            return await self.run(lambda: self.intake.listed(request, body), request.whose)
        return await self.run(
            lambda: self._decode(request, self._decompressed(request)), request.whose
        )

    def _decode(self, request: IncomingRequest, body: bytes) -> DecodedSubmission:
        return self.intake.accepted(request, body) or self.intake.listed(request, body)

    def _decompressed(self, request: IncomingRequest) -> bytes:
        """Decompress a body, unless those before it have used up the quota of its sender."""
        self.quota.take(request.whose, 0)
        try:
            return self.intake.decompressed(request)
        except Refused as refused:
            if refused.problem == _TOO_LARGE:
                self.quota.charge(request.whose, self.most_rows)
            raise

    async def _store(
        self, request: IncomingRequest, taken: DecodedSubmission, repeat: IdempotencyKey | None
    ) -> Accepted:
        problem = taken.problem
        if problem == _TOO_LARGE:
            # What holds too much counts as holding as much as may be.
            self.quota.charge(request.whose, self.most_rows)
        else:
            self.quota.take(request.whose, taken.received, taken.org)
        if problem is None and taken.rejected and not request.partial:
            problem = "forbidden" if _all_of_others(request, taken) else "invalid"
        if problem is not None or taken.org is None:
            errors, total = taken.errors, taken.errors_total
            raise Refused(problem or "invalid", errors, total, org=taken.org)
        receipt = Receipt(
            id=request.id,
            org=taken.org,
            key_id=request.key_id,
            kind=request.kind,
            received_at=request.received,
            received=taken.received,
            taken=taken.received - taken.rejected,
            rejected=taken.rejected,
            errors=self.render_errors(taken.errors) if taken.errors else b"[]",
            errors_total=taken.errors_total,
            encoding=taken.encoding,
            warnings=self.render_errors(taken.warnings) if taken.warnings else b"[]",
            warnings_total=taken.warnings_total,
        )
        if request.dry_run:
            return Accepted(replace(receipt, id=None))
        try:
            await self.journal.write(
                StoredSubmission(receipt, taken.payload, repeat, request.actor)
            )
        except BacklogFull:
            error = RowError("backlog-full", names={"seconds": RETRY_AFTER})
            raise Refused("backlog-full", [error], org=taken.org, retry_after=RETRY_AFTER) from None
        return Accepted(receipt)


def _fingerprint(address: bytes, body: bytes) -> bytes:
    """Return the SHA-256 of what a request that repeats this one says too."""
    digest = sha256(address + b"\n")
    digest.update(body)
    return digest.digest()


def _all_of_others(request: IncomingRequest, taken: DecodedSubmission) -> bool:
    """Tell whether an org sent nothing that is wrong but what is others' to report."""
    return not request.sender.office and all(error.code == "not-yours" for error in taken.errors)


def _at_key(code: str) -> RowError:
    return RowError(code, "/header/Idempotency-Key")
