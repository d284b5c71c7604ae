"""Where a receiver may be: every address it has must be public, or one that the office allows.

Guards against being sent to places that only this machine can reach (SSRF). The caller connects to
the very address that was judged, so that a name cannot mean another one a moment later.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# All other IPv6 addresses are somebody's own, or wrap an IPv4 one (NAT64, IPv4-compatible).
_UNICAST_V6 = IPv6Network("2000::/3")


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(map(ip_network, text.split()))


# What Python itself calls global changes from release to release, and wrapped addresses pass it, so
# the special networks are listed (IANA's registries of special-purpose addresses, 2024). Teredo (in
# 2001::/23) and 6to4 (2002::/16) wrap IPv4 addresses, 192.88.99.0/24 holds relays from IPv6.
_SPECIAL = _networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
    "192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 "
    "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
    "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20"
)
# Numbers that the resolver would read as an address: 2130706433, 0x7f.1, 0177.0.0.1
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}\.?", re.IGNORECASE)


class Refused(ValueError):  # noqa: N818 - what it is
    """A receiver's address is none that we send to; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts (lower case) and networks inside the intranet that the office lets receivers be at."""

    hosts: frozenset[str]
    networks: tuple[Network, ...]

    def admits(self, host: str, address: Address) -> bool:
        """Whether the office allows this host or this address."""
        return host.lower() in self.hosts or any(address in network for network in self.networks)


def read_allowed(text: str) -> Allowed:
    """Read hosts and CIDRs separated by commas; an address alone is a network of one."""
    hosts: set[str] = set()
    networks: list[Network] = []
    for part in (part.strip() for part in text.split(",")):
        try:
            networks.append(ip_network(part))
        except ValueError as error:
            if "/" in part or _NUMERIC.fullmatch(part):
                raise ValueError(f"neither a host nor a network: {part!r}") from error
            if part:
                hosts.add(part.lower())
    return Allowed(frozenset(hosts), tuple(networks))


def is_public(address: Address) -> bool:
    """Whether an address is somebody's on the public internet and leads nowhere else."""
    unicast = isinstance(address, IPv4Address) or address in _UNICAST_V6
    return unicast and not any(address in network for network in _SPECIAL)


def literal(host: str) -> Address | None:
    """Return the address that a host is written as, None for a name.

    Raises:
        Refused: it is a number in a form that only some programs read as an address.

    """
    try:
        return _real(ip_address(host))
    except ValueError:
        if _NUMERIC.fullmatch(host):
            raise Refused(f"{host} is an address in disguise") from None
        return None


def judge(host: str, found: Sequence[str], allowed: Allowed, *, encrypted: bool) -> list[Address]:
    """Return the addresses of a host, all of them fit to be sent to.

    Args:
        host: as the receiver's URL names it.
        found: what it resolves to, asked once.
        allowed: what the office allows.
        encrypted: whether the line is; without it only allowed addresses will do.

    Raises:
        Refused: one of them is not, or there is none.

    """
    if not found:
        raise Refused(f"{host} has no address")
    addresses = [_real(ip_address(text.partition("%")[0])) for text in found]
    for address in addresses:
        if allowed.admits(host, address):
            continue
        if not is_public(address):
            raise Refused(f"{host} is at {address}, which is not public")
        if not encrypted:
            raise Refused(f"{host} is at {address}: in public only https will do")
    return addresses


def check_url(url: str, allowed: Allowed) -> SplitResult:
    """Return the parts of a receiver's URL.

    Raises:
        ValueError: it is no http or https URL of a host, or carries a user name.
        Refused: it names an address that is never sent to; a name is judged when it is resolved.

    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected https://HOST/…")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user name or password belongs here")
    parts.port  # noqa: B018 - raises ValueError for a port that is none
    address = literal(parts.hostname)
    if address is not None:
        judge(parts.hostname, [str(address)], allowed, encrypted=parts.scheme == "https")
    return parts


def _real(address: Address) -> Address:
    # ::ffff:127.0.0.1 is 127.0.0.1 to every network stack.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
