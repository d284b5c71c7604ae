"""The one error of a body that cannot be taken apart into rows."""

from services.ingest.domain.flaws import Flaw


class Unreadable(Exception):  # noqa: N818 - what the body is
    """The body as a whole is refused; `problem` is a type of `duibiao.web.problem_types`."""

    def __init__(self, problem: str, code: str, **names: object) -> None:
        super().__init__(code)
        self.problem = problem
        self.flaw = Flaw(code, names=names)


def too_many_rows(limit: int) -> Unreadable:
    """Say that there are more rows than one request may hold."""
    return Unreadable("too-large", "too-many-rows", limit=limit)
