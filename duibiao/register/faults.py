"""What is wrong with a register, told so that a clerk can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault: the file (as named in the folder), the line from 1, and what is wrong, twice."""

    file: str
    line: int
    message: str
    message_zh: str


class RegisterError(ValueError):
    """A register cannot be used; `faults` holds all that is wrong with it, in order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "\n".join(f"{f.file}:{f.line}: {f.message_zh} / {f.message}" for f in self.faults)
        )
