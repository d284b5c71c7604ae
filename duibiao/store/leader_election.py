"""Leader election: which replica of a service does what only one may do at a time."""

from typing import Final, Protocol


class LeaderElection(Protocol):
    """Whether this process leads. Belongs to one thread."""

    def holds(self) -> bool:
        """Take the lead where nobody has it; say whether we have it at this moment.

        To be asked before every piece of work that only the leader may begin.
        """

    def resign(self) -> None:
        """Let another one lead. Harmless where we do not."""


class Alone:
    """The leadership of a service that has one process: a SQLite file serves one machine."""

    def holds(self) -> bool:
        """Say yes."""
        return True

    def resign(self) -> None:
        """Do nothing."""


ALONE: Final = Alone()
