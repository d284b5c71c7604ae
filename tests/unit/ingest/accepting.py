"""The acceptance of submissions with fakes around it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

import pytest

from services.ingest.domain.errors import RowError
from services.ingest.domain.receipts import IdempotencyKey, Receipt, StoredSubmission
from services.ingest.domain.submission import DecodedSubmission, IncomingRequest
from services.ingest.ports import Intake
from services.ingest.usecases.accept_submission import Accepted, AcceptSubmission, Refused
from tests.support.ingest import LIMITS, intake, posting
from tests.support.registers import TAX

T = TypeVar("T")
SOUND = DecodedSubmission(TAX, b"packed", 3, 0)
BOMB = b"a bomb"


@dataclass
class Bodies:
    """Takes what a test says; remembers which way each body went."""

    quick: DecodedSubmission | None = None
    thorough: DecodedSubmission = SOUND
    ways: list[str] = field(default_factory=list)

    def decompressed(self, posting: IncomingRequest) -> bytes:
        self.ways.append("decompressed")
        if posting.body is BOMB:
            raise Refused("too-large")
        return posting.body

    def accepted(self, request: IncomingRequest, body: bytes) -> DecodedSubmission | None:
        del request, body
        self.ways.append("quick")
        return self.quick

    def listed(self, request: IncomingRequest, body: bytes) -> DecodedSubmission:
        del request, body
        self.ways.append("thorough")
        return self.thorough


@dataclass
class Book:
    """A journal in memory; `error` is raised instead of writing."""

    entries: list[StoredSubmission] = field(default_factory=list)
    error: Exception | None = None
    gate: asyncio.Event | None = None

    def find(self, scope: str, key: str) -> tuple[IdempotencyKey, Receipt] | None:
        for entry in self.entries:
            repeat = entry.repeat
            if repeat and (repeat.scope, repeat.key) == (scope, key):
                return repeat, entry.receipt
        return None

    async def write(self, entry: StoredSubmission) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.entries.append(entry)


@dataclass
class Threads:
    jobs: int = 0

    async def run(self, work: Callable[[], T], whose: str) -> T:
        assert whose
        self.jobs += 1
        await asyncio.sleep(0)
        return work()


@dataclass
class Purse:
    """A quota of rows: `left` rows, None for as many as one likes."""

    left: int | None = None
    asked: list[tuple[str, int]] = field(default_factory=list)
    charged: list[tuple[str, int]] = field(default_factory=list)

    def charge(self, who: str, rows: int) -> None:
        self.charged.append((who, rows))
        if self.left is not None:
            self.left -= rows

    def take(self, who: str, rows: int, org: str | None = None) -> None:
        self.asked.append((who, rows))
        if self.left is None:
            return
        if rows > self.left:
            raise Refused("too-many-requests", org=org, retry_after=7)
        self.left -= rows


def render_errors(flaws: Sequence[RowError]) -> bytes:
    return repr([flaw.code for flaw in flaws]).encode()


@dataclass
class Scene:
    bodies: Bodies = field(default_factory=Bodies)
    book: Book = field(default_factory=Book)
    threads: Threads = field(default_factory=Threads)
    purse: Purse = field(default_factory=Purse)

    intake: Intake | None = None

    @classmethod
    def real(cls) -> Self:
        """Return a scene in which bodies are read for real."""
        return cls(intake=intake())

    def __post_init__(self) -> None:
        self.numbers = iter(range(1, 10_000))
        self.accept = AcceptSubmission(
            intake=self.intake or self.bodies,
            journal=self.book,
            quota=self.purse,
            run=self.threads.run,
            render_errors=render_errors,
            most_rows=LIMITS.rows,
        )

    def send(self, **how: object) -> Accepted:
        how = {"id": f"id-{next(self.numbers)}", **how}
        return asyncio.run(self.accept(replace(posting("case", b"{}"), **how)))  # type: ignore[arg-type]

    def refusal(self, **how: object) -> Refused:
        with pytest.raises(Refused) as caught:
            self.send(**how)
        return caught.value
