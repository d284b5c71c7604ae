"""What is wrong with a register, told so that a clerk can correct it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class FileError:
    """One error: the file (as named in the folder), the line from 1, and what is wrong, twice."""

    file: str
    line: int
    message: str
    message_zh: str


class RegisterError(ValueError):
    """A register cannot be used; `errors` holds all that is wrong with it, in order."""

    def __init__(self, errors: Sequence[FileError]) -> None:
        self.errors = tuple(errors)
        told = (f"{e.file}:{e.line}: {e.message_zh} / {e.message}" for e in self.errors)
        super().__init__("\n".join(told))
