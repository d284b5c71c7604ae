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
from services.ingest.domain.posting import Posting
from services.ingest.domain.receipts import Receipt
from services.ingest.domain.terms import Limits, Terms
from services.ingest.ports import (
    Allowance,
    AlreadyKept,
    BacklogFull,
    Clock,
    Draft,
    Entry,
    Intake,
    Journal,
    Repeat,
    Taken,
    Tally,
    Tell,
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
        allowance: Allowance,
        intake: Intake,
        journal: Journal,
        threads: ThreadPool,
        tally: Tally,
        tell: Tell,
    ) -> None:
        self._register = register
        self._limits = limits
        self._clock = clock
        self._new_id = new_id
        self._allowance = allowance
        self._intake = intake
        self._journal = journal
        self._threads = threads
        self._tally = tally
        self._tell = tell
        self._running: set[tuple[str, str]] = set()

    async def __call__(self, posting: Posting) -> Accepted:
        """Accept a request.

        Raises:
            Refused: nothing was kept.

        """
        accepted = await self._accept(posting)
        self._count(posting, accepted)
        return accepted

    async def _accept(self, posting: Posting) -> Accepted:
        if posting.repeat_key is None or posting.dry_run:
            if posting.coding == "identity" and len(posting.body) <= LIGHT:
                return await self._keep(posting, await self._take_light(posting), None)
            taken = await self._threads.run(
                lambda: self._take(posting, self._decompressed(posting)), _whose(posting)
            )
            return await self._keep(posting, taken, None)
        scope = _whose(posting)
        with self._alone(scope, posting.repeat_key):
            return await self._accept_once(posting, scope, posting.repeat_key)

    async def _accept_once(self, posting: Posting, scope: str, key: str) -> Accepted:
        def look() -> Accepted | tuple[Draft, Taken, Repeat]:
            body = self._decompressed(posting)
            repeat = Repeat(scope, key, _fingerprint(posting.address, body))
            earlier = self._repeated(repeat)
            if earlier is not None:
                return earlier
            return *self._take(posting, body), repeat

        looked = await self._threads.run(look, scope)
        if isinstance(looked, Accepted):
            return looked
        draft, taken, repeat = looked
        try:
            return await self._keep(posting, (draft, taken), repeat)
        except AlreadyKept:
            earlier = await self._threads.run(lambda: self._repeated(repeat), scope)
            if earlier is None:
                raise
            return earlier

    def _repeated(self, repeat: Repeat) -> Accepted | None:
        kept = self._journal.find(repeat.scope, repeat.key)
        if kept is None:
            return None
        if kept.fingerprint != repeat.fingerprint:
            raise Refused("idempotency-key-reused", [_at_key("key-reused")])
        return Accepted(kept.receipt, replayed=True)

    async def _take_light(self, posting: Posting) -> tuple[Draft, Taken]:
        draft = self._draft(posting, posting.body)
        taken = self._intake.accepted(draft)
        if taken is None:
            whose = _whose(posting)
            taken = await self._threads.run(lambda: self._intake.listed(draft), whose)
        return draft, taken

    def _take(self, posting: Posting, body: bytes) -> tuple[Draft, Taken]:
        draft = self._draft(posting, body)
        return draft, self._intake.accepted(draft) or self._intake.listed(draft)

    def _decompressed(self, posting: Posting) -> bytes:
        """Decompress a body, unless those before it have used up the quota of its sender."""
        self._afford(posting, 0)
        try:
            return self._intake.decompressed(posting)
        except Refused as refused:
            if refused.problem == _TOO_LARGE:
                self._charge(posting)
            raise

    def _draft(self, posting: Posting, body: bytes) -> Draft:
        terms = Terms(
            register=self._register,
            sender=posting.sender,
            limits=self._limits,
            received=self._clock.now(),
            today=self._clock.today(),
        )
        return Draft(self._new_id(), posting, body, terms)

    async def _keep(
        self, posting: Posting, drafted: tuple[Draft, Taken], repeat: Repeat | None
    ) -> Accepted:
        draft, taken = drafted
        problem = taken.problem
        if problem == _TOO_LARGE:
            self._charge(posting)
        else:
            self._afford(posting, taken.received, taken.org)
        if problem is None and taken.rejected and not posting.partial:
            problem = "forbidden" if _all_of_others(posting, taken) else "invalid"
        if problem is not None or taken.org is None:
            flaws, total = taken.flaws, taken.flaws_total
            raise Refused(problem or "invalid", flaws, total, org=taken.org)
        receipt = Receipt(
            id=draft.submission_id,
            org=taken.org,
            key_id=posting.key_id,
            kind=posting.kind,
            received_at=draft.terms.received,
            received=taken.received,
            taken=taken.received - taken.rejected,
            rejected=taken.rejected,
            errors=self._tell(taken.flaws) if taken.flaws else b"[]",
            errors_total=taken.flaws_total,
            encoding=taken.encoding,
            warnings=self._tell(taken.warnings) if taken.warnings else b"[]",
            warnings_total=taken.warnings_total,
        )
        if posting.dry_run:
            return Accepted(replace(receipt, id=None))
        try:
            await self._journal.write(Entry(receipt, taken.payload, repeat, posting.actor))
        except BacklogFull:
            flaw = Flaw("backlog-full", names={"seconds": RETRY_AFTER})
            raise Refused("backlog-full", [flaw], org=taken.org, retry_after=RETRY_AFTER) from None
        return Accepted(receipt)

    def _afford(self, posting: Posting, rows: int, org: str | None = None) -> None:
        over = self._allowance.rows(_whose(posting), rows)
        if over is not None:
            names = {"limit": over.limit, "unit": over.unit, "seconds": over.seconds}
            flaw = Flaw("too-many-requests", names=names)
            raise Refused("too-many-requests", [flaw], org=org, retry_after=over.seconds)

    def _charge(self, posting: Posting) -> None:
        """Count a body that holds too much as one that holds as much as may be."""
        self._allowance.charge(_whose(posting), self._limits.rows)

    def _count(self, posting: Posting, accepted: Accepted) -> None:
        receipt = accepted.receipt
        if accepted.replayed or posting.dry_run:
            self._tally.submission(receipt.org, "replayed" if accepted.replayed else "dry_run")
            return
        self._tally.submission(receipt.org, "partial" if receipt.rejected else "accepted")
        self._tally.rejected(receipt.org, receipt.rejected)

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


def _whose(posting: Posting) -> str:
    """Return for whom a request counts, whichever of its keys it came with."""
    return posting.sender.org or "office"


def _all_of_others(posting: Posting, taken: Taken) -> bool:
    """Tell whether an org sent nothing that is wrong but what is others' to report."""
    return not posting.sender.office and all(flaw.code == "not-yours" for flaw in taken.flaws)


def _at_key(code: str) -> Flaw:
    return Flaw(code, "/header/Idempotency-Key")
