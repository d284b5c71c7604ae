"""How far a submission has come, for the person who waits: a bar on stderr."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from duibiao.client import Part, Wait

_WORTH_TELLING = 1.0  # seconds; shorter waits only flicker


class Bar:
    """A bar of rows; on no terminal only a line when the product stays away."""

    def __init__(self, console: Console, label: str, total: int | None, done: int) -> None:
        self._console = console
        self._label = label
        self._told = ""
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("行"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task(label, total=total, completed=done)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def answered(self, part: Part) -> None:
        """Move on by the rows of one request."""
        self._told = ""
        self._progress.update(self._task, advance=part.count, description=self._label)

    def waiting(self, wait: Wait) -> None:
        """Say that the product does not take anything at the moment."""
        if wait.seconds < _WORTH_TELLING:
            return
        words = f"服务暂不可用，{wait.seconds:.0f} 秒后重试 Trying again（{wait.reason}）"
        if self._console.is_terminal:
            self._progress.update(self._task, description=words)
        elif self._told != wait.reason:
            self._told = wait.reason
            self._console.print(words, highlight=False, markup=False)
