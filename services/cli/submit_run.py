"""One run of `duibiao submit`: check, send, wait for the counts, write the errors file.

Owns the order of these and what is left behind when they are cut short. Prints nothing but the
bar; `submit_shown` tells the outcome.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from duibiao.client import (
    Client,
    ClientError,
    Delivered,
    Fault,
    Kind,
    Mode,
    Part,
    Receipt,
    Refused,
    RowFile,
    Spool,
    StateFile,
    Unavailable,
    Wait,
    open_file,
    refused_of,
    write_errors,
)
from duibiao.client.unlisted import by_row
from services.cli.submit_bar import Bar

MOST_WARNINGS = 20


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done, as the command line says it.

    Attributes:
        most_rows: of one request.
        wait: seconds that the final counts are waited for.

    """

    mode: Mode
    dry_run: bool
    restart: bool
    most_rows: int
    wait: float
    spool: Spool | None


@dataclass(slots=True)
class Outcome:
    """What became of a file.

    Attributes:
        accepted, duplicate, revised: rows; `duplicate` and `revised` None while not final.
        checked_only: nothing was stored, since it was a dry run or the check found faults.
        reasons: how often each fault, by code, with the first of its kind.

    """

    kind: Kind
    received: int = 0
    accepted: int = 0
    duplicate: int | None = 0
    revised: int | None = 0
    rejected: int = 0
    spooled: int = 0
    unlisted: int = 0
    checked_only: bool = False
    resumed: bool = False
    final: bool = True
    submissions: list[str] = field(default_factory=list)
    errors_file: Path | None = None
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Fault] = field(default_factory=dict)
    warnings: list[Fault] = field(default_factory=list)


class Run:
    """Sends one file. `waits` passes on what the client says of its waits."""

    def __init__(
        self,
        client: Client,
        source: RowFile,
        kind: Kind,
        order: Order,
        console: Console,
        waits: "Waits",
    ) -> None:
        self._client = client
        self._source = source
        self._kind = kind
        self._order = order
        self._console = console
        self._waits = waits

    def outcome(self) -> Outcome:
        """Do it all. ClientError and OSError pass through; a later run then goes on from here."""
        order = self._order
        # With a spool the product may be away, and each request is atomic by itself.
        if order.dry_run or (order.mode == "atomic" and order.spool is None):
            checked = self._checked()
            if order.dry_run or checked.rejected:
                return checked
        return self._sent()

    def _checked(self) -> Outcome:
        """Make a dry run of everything; a file too big for one request cannot be undone."""
        with tempfile.TemporaryDirectory() as folder:
            state = StateFile.beside(self._source.path, *self._purpose, folder=Path(folder))
            self._upload(state, "检查 Checking", dry_run=True)
            outcome = self._gathered(state)
            outcome.checked_only = True
            outcome.errors_file = self._errors_file(state)
        return outcome

    def _sent(self) -> Outcome:
        state = StateFile.beside(self._source.path, *self._purpose, restart=self._order.restart)
        try:
            self._upload(state, "报送 Sending", dry_run=False)
            outcome = self._gathered(state)
            outcome.resumed = state.resumed
            self._settle(outcome)
            outcome.errors_file = self._errors_file(state)
        except Refused:
            if not state.next_row:  # nothing was stored, so there is nothing to go on with
                state.remove()
            raise
        state.remove()
        return outcome

    @property
    def _purpose(self) -> tuple[str, str, str]:
        return self._client.url, self._kind, self._order.mode

    def _upload(self, state: StateFile, label: str, *, dry_run: bool) -> None:
        order = self._order
        with Bar(self._console, label, self._source.count, state.next_row) as bar:
            self._waits.tell = bar.waiting
            self._client.upload(
                self._kind,
                self._source,
                mode=order.mode,
                dry_run=dry_run,
                progress=state,
                spool=order.spool,
                told=bar.answered,
                most_rows=order.most_rows,
            )

    def _gathered(self, state: StateFile) -> Outcome:
        totals = state.totals
        outcome = Outcome(
            self._kind,
            received=totals.received,
            accepted=totals.taken,
            rejected=totals.rejected,
            spooled=totals.spooled,
        )
        for part in state.parts():
            _gather(outcome, part)
        return outcome

    def _errors_file(self, state: StateFile) -> Path | None:
        return write_errors(self._source, (row for part in state.parts() for row in part.refused))

    def _settle(self, outcome: Outcome) -> None:
        """Put the final counts in the place of the first ones, if they come in time."""
        until = time.monotonic() + self._order.wait
        final: list[Receipt] = []
        try:
            for submission in outcome.submissions:
                within = max(0.0, until - time.monotonic())
                final.append(self._client.evaluated(submission, within=within))
        except ClientError:  # everything is stored; only the counts are not known yet
            outcome.final = False
            outcome.duplicate = outcome.revised = None
            return
        outcome.accepted = sum(receipt.accepted for receipt in final)
        outcome.duplicate = sum(receipt.duplicate or 0 for receipt in final)
        outcome.revised = sum(receipt.revised or 0 for receipt in final)


@dataclass(slots=True)
class Waits:
    """Passes on what the client says of its waits, to whichever bar is there."""

    tell: Callable[[Wait], None] = lambda _: None

    def __call__(self, wait: Wait) -> None:
        """Pass it on."""
        self.tell(wait)


def _gather(outcome: Outcome, part: Part) -> None:
    if part.receipt is not None:
        if part.receipt.submission_id is not None:
            outcome.submissions.append(part.receipt.submission_id)
        room = MOST_WARNINGS - len(outcome.warnings)
        outcome.warnings.extend(part.receipt.warnings[:room])
    outcome.unlisted += part.unlisted
    for row in part.refused:
        for fault in row.faults:
            outcome.reasons[fault.code] += 1
            outcome.examples.setdefault(fault.code, fault)


@dataclass(frozen=True, slots=True)
class Emptied:
    """What became of what waited in a spool. `errors_files`: of those refused in part."""

    delivered: tuple[Delivered, ...]
    errors_files: tuple[Path, ...]
    away: Unavailable | None


def empty(client: Client, spool: Spool) -> Emptied:
    """Send what waits in a spool, and write an errors file for each request with refused rows."""
    drained = client.drain(spool)
    files = (_errors_of(one) for one in drained.delivered if one.body is not None)
    return Emptied(drained.delivered, tuple(filter(None, files)), drained.away)


def _errors_of(delivered: Delivered) -> Path | None:
    told = delivered.receipt or delivered.refused
    if told is None or delivered.body is None:
        return None
    source = open_file(delivered.body)
    return write_errors(source, refused_of(source, by_row(told.errors)))
