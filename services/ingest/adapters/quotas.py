"""How many requests and rows one sender may post in a while."""

from collections.abc import Callable
from typing import Final

from duibiao.web.quotas import Policy, Quota, Quotas
from services.ingest.domain.errors import RowError
from services.ingest.usecases.accept_submission import Refused

_REQUESTS: Final = ("requests", "次请求")
_ROWS: Final = ("rows", "行")


class PostingQuotas(Quotas):
    """The `RowQuota` of the process; a request must `enter` before its body is read.

    How many rows it has is not known by then, but who may send no row at all need not be read.
    """

    def __init__(
        self,
        *,
        requests: tuple[int, float],
        rows: tuple[int, float],
        monotonic: Callable[[], float],
    ) -> None:
        """Take how many may come in one go, and how many are won back in a second."""
        self._rows = Quota(Policy("rows", _ROWS, *rows), monotonic)
        super().__init__(Quota(Policy("requests", _REQUESTS, *requests), monotonic), self._rows)

    def take(self, who: str, rows: int, org: str | None = None) -> None:
        """Count rows; Refused where they are more than the sender may post now, or it owes some."""
        seconds = self._rows.take(who, rows)
        if seconds:
            policy = self._rows.policy
            names = {"limit": policy.burst, "unit": policy.unit, "seconds": seconds}
            error = RowError("too-many-requests", names=names)
            raise Refused("too-many-requests", [error], org=org, retry_after=seconds)

    def charge(self, who: str, rows: int) -> None:
        """Count rows whatever is left; what is more than that is owed."""
        self._rows.charge(who, rows)
