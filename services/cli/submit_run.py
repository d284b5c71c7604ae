"""One run of `duibiao submit`: validate, send, wait for the counts, write the error file."""

import tempfile
import time
from collections import Counter
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from duibiao.client import (
    Client,
    ClientError,
    Cursor,
    Kind,
    Mode,
    Part,
    Refused,
    RowError,
    RowFile,
    write_errors,
)

_MOST_WARNINGS = 20
_WORTH_SHOWING = 1.0  # seconds; shorter waits only flicker


@dataclass(slots=True)
class Outcome:
    """The result for a file.

    Attributes:
        accepted, duplicate, revised: rows; `duplicate` and `revised` None while not final.
        stored: False after a dry run, and where an atomic file has errors.
        errors: how often each code; `examples` has the first error of each.

    """

    file: Path
    kind: Kind
    mode: Mode
    dry_run: bool = False
    stored: bool = True
    final: bool = True
    resumed: bool = False
    received: int = 0
    accepted: int = 0
    duplicate: int | None = 0
    revised: int | None = 0
    rejected: int = 0
    unlisted: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    examples: dict[str, RowError] = field(default_factory=dict)
    warnings: list[RowError] = field(default_factory=list)
    errors_file: Path | None = None
    submissions: list[str] = field(default_factory=list)

    def add(self, part: Part) -> None:
        """Add the counts, errors and warnings of one request."""
        receipt = part.receipt
        self.received += receipt.received
        self.accepted += receipt.received - receipt.rejected
        self.rejected += receipt.rejected
        self.unlisted += part.unlisted
        if receipt.submission_id is not None:
            self.submissions.append(receipt.submission_id)
        self.warnings.extend(receipt.warnings[: _MOST_WARNINGS - len(self.warnings)])
        for row in part.rejected:
            for error in row.errors:
                self.errors[error.code] += 1
                self.examples.setdefault(error.code, error)


class Bar:
    """A bar of rows on a terminal; elsewhere a line when the product becomes unavailable."""

    def __init__(self, console: Console) -> None:
        rows = MofNCompleteColumn(), TextColumn("行"), TimeRemainingColumn()
        columns = TextColumn("{task.description}"), BarColumn(), *rows
        moving = console.is_terminal
        self._progress = Progress(*columns, console=console, disable=not moving, transient=True)
        self._task = self._progress.add_task("", total=None)
        self._reason = ""

    def waiting(self, seconds: float, reason: str) -> None:
        """Show why the client waits."""
        if seconds < _WORTH_SHOWING:
            return
        text = f"服务暂不可用，{seconds:.0f} 秒后重试 Retrying（{reason}）"
        self._progress.update(self._task, description=text)
        if self._progress.disable and self._reason != reason:
            self._progress.console.print(text, highlight=False, markup=False)
        self._reason = reason

    def shown(self, label: str, total: int | None, done: int) -> Progress:
        """Return the bar as a context, with so many rows done."""
        self._progress.reset(self._task, total=total, completed=done, description=label)
        return self._progress

    def answered(self, part: Part, label: str) -> None:
        """Advance by the rows of one request."""
        self._reason = ""
        self._progress.update(self._task, advance=part.count, description=label)


@dataclass(frozen=True, slots=True)
class Run:
    """Sends one file: `rows` per request, waiting `wait` seconds for final counts."""

    client: Client
    source: RowFile
    kind: Kind
    mode: Mode
    _: KW_ONLY
    rows: int
    wait: float
    bar: Bar

    def check(self, *, dry_run: bool = True) -> Outcome:
        """Validate the whole file."""
        with tempfile.TemporaryDirectory() as folder:
            cursor = Cursor(self.rows, Path(folder) / "cursor")
            self._upload(cursor, "检查 Checking", dry_run=True)
            return self._outcome(cursor, dry_run=dry_run, stored=False)

    def send(self, *, restart: bool = False) -> Outcome:
        """Send the file. After a ClientError or OSError a later run resumes."""
        if self.mode == "atomic":
            # Requests that were stored cannot be undone, so the whole file is validated first.
            checked = self.check(dry_run=False)
            if checked.rejected:
                return checked
        path, url = self.source.path, self.client.url
        if restart:
            path.with_name(f"{path.name}.upload").unlink(missing_ok=True)
        cursor = Cursor.beside(path, url, self.kind, self.mode, rows=self.rows)
        try:
            self._upload(cursor, "报送 Sending")
        except Refused:
            if not cursor.next_row:  # nothing was stored, so there is nothing to resume
                cursor.remove()
            raise
        outcome = self._outcome(cursor)
        self._settle(outcome)
        cursor.remove()
        return outcome

    def _upload(self, cursor: Cursor, label: str, *, dry_run: bool = False) -> None:
        parts = self.client.upload(
            self.kind, self.source, mode=self.mode, dry_run=dry_run, cursor=cursor
        )
        with self.bar.shown(label, self.source.count, cursor.next_row):
            for part in parts:
                self.bar.answered(part, label)

    def _outcome(self, cursor: Cursor, *, dry_run: bool = False, stored: bool = True) -> Outcome:
        outcome = Outcome(self.source.path, self.kind, self.mode, dry_run, stored)
        outcome.resumed = cursor.resumed
        for part in cursor.parts():
            outcome.add(part)
        rejected = (row for part in cursor.parts() for row in part.rejected)
        outcome.errors_file = write_errors(self.source, rejected)
        return outcome

    def _settle(self, outcome: Outcome) -> None:
        """Replace the first counts by the final ones, if they come in time."""
        until = time.monotonic() + self.wait
        try:
            final = [
                self.client.evaluated(one, within=max(0.0, until - time.monotonic()))
                for one in outcome.submissions
            ]
        except ClientError:  # everything is stored; only the counts are missing
            outcome.final = False
            outcome.duplicate = outcome.revised = None
            return
        outcome.accepted = sum(receipt.accepted for receipt in final)
        outcome.duplicate = sum(receipt.duplicate or 0 for receipt in final)
        outcome.revised = sum(receipt.revised or 0 for receipt in final)
