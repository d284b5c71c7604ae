"""How many pages visitors without a key may ask for: counted by address, told as a page.

Behind a proxy the address is the visitor's own only where the proxy is a trusted one. An office
shares one address, so the limit is a generous one.
"""

from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from duibiao.web.access import Admission
from duibiao.web.problems import Problem
from duibiao.web.quotas import Quota

_PAGES: Final = ("/board", "/docs", "/problems")
_NOT_COUNTED: Final = "/board/static/"  # kept by browsers
_PREFIX: Final = 64  # bits of an IPv6 address that one line has


class Visitors:
    """The limit of one process."""

    def __init__(self, admission: Admission, quota: Quota | None) -> None:
        self._admission = admission
        self._quota = quota

    async def enter(self, scope: Scope) -> int:
        """Count a request; return 0, or the seconds after which its sender may ask for a page."""
        path: str = scope["path"]
        if self._quota is None or not path.startswith(_PAGES) or path.startswith(_NOT_COUNTED):
            return 0
        if await self._is_known(scope):
            return 0
        return self._quota.take(_address(scope))

    async def _is_known(self, scope: Scope) -> bool:
        header = Headers(scope=scope).get("authorization")
        if header is None:
            return False
        try:
            await self._admission.admit(header)
        except Problem:
            return False
        return True


def _address(scope: Scope) -> str:
    client = scope.get("client")
    try:
        found = ip_address(client[0] if client else "")
    except ValueError:
        return ""
    if isinstance(found, IPv4Address):
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped or ip_network((found, _PREFIX), strict=False))
