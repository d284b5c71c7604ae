"""How a worker goes about its work: sizes, times and limits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How a worker goes about its work.

    Attributes:
        batch: records asked for at once.
        wait: seconds one poll waits for the first of them.
        rest: seconds after some were handled, for as many as can to share a transaction: of what
            nobody waits for. Others go first.
        budget: seconds after which a running transaction is committed with what it has.
        longest: seconds of work after which the log is asked again, whatever is left: a reader
            that does not poll is taken to be gone.
        measure: seconds between measurements of the lag.
        stale: seconds without a response from the log after which its client is recreated. One that
            the log no longer lets in, since its password was changed, never recovers.
        tries: how often a record that fails without an instruction is tried in all.
        pause: seconds before the second try, doubled before each further one.
        dead_letters: at most so many among the last `window` records; then the circuit is open.
        window: see `dead_letters`.

    """

    batch: int = 100
    wait: float = 0.2
    rest: float = 0.0
    budget: float = 0.25
    longest: float = 30.0
    measure: float = 1.0
    stale: float = 30.0
    tries: int = 3
    pause: float = 0.1
    dead_letters: int = 50
    window: int = 100
