"""The one error of a body that cannot be taken apart into rows."""

from typing import Any

from services.ingest.domain.errors import RowError


class Unreadable(Exception):  # noqa: N818 - what the body is
    """The body as a whole is refused; `problem` is a type of `duibiao.web.problems`."""

    def __init__(self, problem: str, code: str, **names: object) -> None:
        super().__init__(code)
        self.problem = problem
        self.error = RowError(code, names=names)

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep the names, which pickle by itself would lose."""
        return _again, (self.problem, self.error.code, {**self.error.names})


def _again(problem: str, code: str, names: dict[str, object]) -> Unreadable:
    return Unreadable(problem, code, **names)


def too_many_rows(limit: int) -> Unreadable:
    """Say that there are more rows than one request may hold."""
    return Unreadable("too-large", "too-many-rows", limit=limit)
