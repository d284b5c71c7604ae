"""What can go wrong with a store.

StoreError                  the store cannot be used as it is set up, or is not as it must be
StoreUnavailable (Retry)    it cannot be used just now: away, busy, read only, disk trouble
+-- StoreUnfit              whoever answers there, since a failover, does not keep things well
+-- StoreFull               its disk is full
+-- StoreUncertain          it went away during a commit, which may stand
"""

from duibiao.core.retry import Retry


class Unfit(Exception):  # noqa: N818 - the name says it
    """The server cannot keep what it is given as it must be kept; the text says what to do."""


class StoreError(Exception):
    """The store cannot be used as it is set up; the text says why."""


class StoreUnavailable(Retry):
    """Nothing was committed; the same work may succeed later."""


class StoreUnfit(StoreUnavailable):
    """What answers there cannot keep what it is given as it must be kept; nothing was committed."""


class StoreFull(StoreUnavailable):
    """The disk is full; nothing was committed. Work goes on by itself once there is space."""


class StoreUncertain(StoreUnavailable):
    """The database went away during a commit, and nobody heard how it ended.

    Whoever can tell by the data whether the work was done looks, in a transaction of `begin`: that
    waits until the one in doubt has ended. Whoever cannot must say so. (The number of a transaction
    does not tell: PostgreSQL gives one that a crash has taken away to somebody else.)
    """
