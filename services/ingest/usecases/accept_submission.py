"""Accepting a submission: read, check, keep, and only then say so.

Refused    nothing was kept; says why, with every fault there is
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from duibiao.register import Register
from services.ingest.domain.flaws import Flaw
from services.ingest.domain.posting import IncomingRequest
from services.ingest.domain.receipts import Receipt
from services.ingest.domain.terms import Limits, Terms
from services.ingest.ports import (
    BacklogFull,
    Clock,
    Counters,
    DecodedSubmission,
    IdempotencyKey,
    IdempotencyKeyUsed,
    Intake,
    Journal,
    RawSubmission,
    RenderErrors,
    RowQuota,
    StoredSubmission,
    ThreadPool,
)

LIGHT: Final = 64 * 1024  # bytes; a longer body would hold up others for milliseconds
RETRY_AFTER: Final = 5  # seconds
_TOO_LARGE: Final = "too-large"


class Refused(Exception):  # noqa: N818 - what happened to the request
    """Nothing was kept. `problem` is a type of problem; `retry_after` is in seconds."""

    def __init__(
        self,
        problem: str,
        flaws: Sequence[Flaw] = (),
        total: int | None = None,
        *,
        org: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.flaws = flaws
        self.total = len(flaws) if total is None else total
        self.org = org
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the sender is told; `replayed` where it is the answer of an earlier request."""

    receipt: Receipt
    replayed: bool = False


class AcceptSubmission:
    """The use case. One object serves all requests of a process, on its event loop."""

    def __init__(  # noqa: PLR0913 - everything that an acceptance joins
        self,
        *,
        register: Register,
        limits: Limits,
        clock: Clock,
        new_id: Callable[[], str],
        row_quota: RowQuota,
        intake: Intake,
        journal: Journal,
        threads: ThreadPool,
        counters: Counters,
        render_errors: RenderErrors,
    ) -> None:
        self._register = register
        self._limits = limits
        self._clock = clock
        self._new_id = new_id
        self._row_quota = row_quota
        self._intake = intake
        self._journal = journal
        self._threads = threads
        self._counters = counters
        self._render_errors = render_errors
        self._running: set[tuple[str, str]] = set()

    async def __call__(self, request: IncomingRequest) -> Accepted:
        """Accept a request.

        Raises:
            Refused: nothing was kept.

        """
        accepted = await self._accept(request)
        self._count(request, accepted)
        return accepted

    async def _accept(self, request: IncomingRequest) -> Accepted:
        if request.repeat_key is None or request.dry_run:
            if request.coding == "identity" and len(request.body) <= LIGHT:
                return await self._keep(request, await self._take_light(request), None)
            taken = await self._threads.run(
                lambda: self._take(request, self._decompressed(request)), _whose(request)
            )
            return await self._keep(request, taken, None)
        scope = _whose(request)
        with self._alone(scope, request.repeat_key):
            return await self._accept_once(request, scope, request.repeat_key)

    async def _accept_once(self, request: IncomingRequest, scope: str, key: str) -> Accepted:
        def look() -> Accepted | tuple[RawSubmission, DecodedSubmission, IdempotencyKey]:
            body = self._decompressed(request)
            repeat = IdempotencyKey(scope, key, _fingerprint(request.address, body))
            earlier = self._repeated(repeat)
            if earlier is not None:
                return earlier
            return *self._take(request, body), repeat

        looked = await self._threads.run(look, scope)
        if isinstance(looked, Accepted):
            return looked
        draft, taken, repeat = looked
        try:
            return await self._keep(request, (draft, taken), repeat)
        except IdempotencyKeyUsed:
            earlier = await self._threads.run(lambda: self._repeated(repeat), scope)
            if earlier is None:
                raise
            return earlier

    def _repeated(self, repeat: IdempotencyKey) -> Accepted | None:
        kept = self._journal.find(repeat.scope, repeat.key)
        if kept is None:
            return None
        if kept.fingerprint != repeat.fingerprint:
            raise Refused("idempotency-key-reused", [_at_key("key-reused")])
        return Accepted(kept.receipt, replayed=True)

    async def _take_light(
        self, request: IncomingRequest
    ) -> tuple[RawSubmission, DecodedSubmission]:
        draft = self._draft(request, request.body)
        taken = self._intake.accepted(draft)
        if taken is None:
            whose = _whose(request)
            taken = await self._threads.run(lambda: self._intake.listed(draft), whose)
        return draft, taken

    def _take(
        self, request: IncomingRequest, body: bytes
    ) -> tuple[RawSubmission, DecodedSubmission]:
        draft = self._draft(request, body)
        return draft, self._intake.accepted(draft) or self._intake.listed(draft)

    def _decompressed(self, request: IncomingRequest) -> bytes:
        """Decompress a body, unless those before it have used up the quota of its sender."""
        self._afford(request, 0)
        try:
            return self._intake.decompressed(request)
        except Refused as refused:
            if refused.problem == _TOO_LARGE:
                self._charge(request)
            raise

    def _draft(self, request: IncomingRequest, body: bytes) -> RawSubmission:
        terms = Terms(
            register=self._register,
            sender=request.sender,
            limits=self._limits,
            received=self._clock.now(),
            today=self._clock.today(),
        )
        return RawSubmission(self._new_id(), request, body, terms)

    async def _keep(
        self,
        request: IncomingRequest,
        drafted: tuple[RawSubmission, DecodedSubmission],
        repeat: IdempotencyKey | None,
    ) -> Accepted:
        draft, taken = drafted
        problem = taken.problem
        if problem == _TOO_LARGE:
            self._charge(request)
        else:
            self._afford(request, taken.received, taken.org)
        if problem is None and taken.rejected and not request.partial:
            problem = "forbidden" if _all_of_others(request, taken) else "invalid"
        if problem is not None or taken.org is None:
            flaws, total = taken.flaws, taken.flaws_total
            raise Refused(problem or "invalid", flaws, total, org=taken.org)
        receipt = Receipt(
            id=draft.submission_id,
            org=taken.org,
            key_id=request.key_id,
            kind=request.kind,
            received_at=draft.terms.received,
            received=taken.received,
            taken=taken.received - taken.rejected,
            rejected=taken.rejected,
            errors=self._render_errors(taken.flaws) if taken.flaws else b"[]",
            errors_total=taken.flaws_total,
            encoding=taken.encoding,
            warnings=self._render_errors(taken.warnings) if taken.warnings else b"[]",
            warnings_total=taken.warnings_total,
        )
        if request.dry_run:
            return Accepted(replace(receipt, id=None))
        try:
            await self._journal.write(
                StoredSubmission(receipt, taken.payload, repeat, request.actor)
            )
        except BacklogFull:
            flaw = Flaw("backlog-full", names={"seconds": RETRY_AFTER})
            raise Refused("backlog-full", [flaw], org=taken.org, retry_after=RETRY_AFTER) from None
        return Accepted(receipt)

    def _afford(self, request: IncomingRequest, rows: int, org: str | None = None) -> None:
        over = self._row_quota.rows(_whose(request), rows)
        if over is not None:
            names = {"limit": over.limit, "unit": over.unit, "seconds": over.seconds}
            flaw = Flaw("too-many-requests", names=names)
            raise Refused("too-many-requests", [flaw], org=org, retry_after=over.seconds)

    def _charge(self, request: IncomingRequest) -> None:
        """Count a body that holds too much as one that holds as much as may be."""
        self._row_quota.charge(_whose(request), self._limits.rows)

    def _count(self, request: IncomingRequest, accepted: Accepted) -> None:
        receipt = accepted.receipt
        if accepted.replayed or request.dry_run:
            self._counters.submission(receipt.org, "replayed" if accepted.replayed else "dry_run")
            return
        self._counters.submission(receipt.org, "partial" if receipt.rejected else "accepted")
        self._counters.rejected(receipt.org, receipt.rejected)

    @contextmanager
    def _alone(self, scope: str, key: str) -> Iterator[None]:
        """Let one request at a time use a key."""
        if (scope, key) in self._running:
            raise Refused("conflict", [_at_key("still-running")], retry_after=1)
        self._running.add((scope, key))
        try:
            yield
        finally:
            self._running.discard((scope, key))


def _fingerprint(address: bytes, body: bytes) -> bytes:
    """Return the SHA-256 of what a request that repeats this one says too."""
    digest = sha256(address + b"\n")
    digest.update(body)
    return digest.digest()


def _whose(request: IncomingRequest) -> str:
    """Return for whom a request counts, whichever of its keys it came with."""
    return request.sender.org or "office"


def _all_of_others(request: IncomingRequest, taken: DecodedSubmission) -> bool:
    """Tell whether an org sent nothing that is wrong but what is others' to report."""
    return not request.sender.office and all(flaw.code == "not-yours" for flaw in taken.flaws)


def _at_key(code: str) -> Flaw:
    return Flaw(code, "/header/Idempotency-Key")
