"""How far a replay has come, for the person who waits: a line on stderr that moves, or a few."""

from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_WORDS: Final = {
    "read": "重读报送 reading submissions",
    "judge": "重新评估 judging",
    "compare": "逐行比对 comparing",
    "swap": "替换 replacing",
}


class Stages:
    """Hears of stages. On no terminal each of them is one line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage = ""
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)

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

    def __call__(self, stage: str, done: int) -> None:
        """Tell of a stage and how far it has come."""
        words = _WORDS[stage]
        self._progress.update(self._task, description=f"{words} {done}" if done else words)
        if stage != self._stage and not self._console.is_terminal:
            self._console.print(words, highlight=False, markup=False)
        self._stage = stage
