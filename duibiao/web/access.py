"""Who is calling: roles, the caller behind a key or session, and the dependencies that ask for one.

Owns no storage; `duibiao.web.keyring` knows the keys, people and sessions.
"""

from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Annotated, Final, Literal, Protocol

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.types import Scope as ASGIScope

from duibiao.web.cookies import READING, session_of
from duibiao.web.exchange import on_behalf_of
from duibiao.web.forms import check_form
from duibiao.web.problems import Problem, error_detail

Role = Literal["org", "office", "auditor", "admin"]
Scope = Literal["submit", "read", "dry_run"]
Position = Literal["reporter", "head", "duty-officer", "office-head", "auditor", "admin"]
Network = IPv4Network | IPv6Network

ROLES: Final[tuple[Role, ...]] = ("org", "office", "auditor", "admin")
SCOPES: Final[tuple[Scope, ...]] = ("submit", "read", "dry_run")
ROLES_ZH: Final[Mapping[Role, str]] = {
    "org": "报送单位",
    "office": "牵头办公室",
    "auditor": "审计人员",
    "admin": "系统管理员",
}
SCOPES_ZH: Final[Mapping[Scope, str]] = {
    "submit": "“报送与办理”",
    "read": "“查询”",
    "dry_run": "“试报”",
}
_POSITIONS: Final[Mapping[Position, tuple[Role, str]]] = {
    "reporter": ("org", "报送人员"),
    "head": ("org", "单位负责人"),
    "duty-officer": ("office", "值班人员"),
    "office-head": ("office", "办公室负责人"),
    "auditor": ("auditor", "审计人员"),
    "admin": ("admin", "系统管理员"),
}
ROLE_OF: Final = {position: role for position, (role, _) in _POSITIONS.items()}
POSITIONS_ZH: Final = {position: name for position, (_, name) in _POSITIONS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a name; `org` is a code of the register, set for the positions of a unit."""

    id: str
    name: str
    org: str | None
    position: Position

    @property
    def role(self) -> Role:
        """What the position may do as a rule."""
        return ROLE_OF[self.position]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who has a good key or session; `org` is a code of the register, set exactly for the role org.

    Attributes:
        key_id: empty for a person who has signed in without a key.
        scopes: what the key may be used for: `read` what there is, `submit` what changes
            something, `dry_run` what only checks rows (which `submit` covers too).
        networks: where it may be used from; empty means from anywhere.
        person: whose key or session it is; None for a machine's.
        csrf: what the forms of the session must carry; None for a key by itself.

    """

    org: str | None
    role: Role
    key_id: str
    scopes: frozenset[Scope] = frozenset(SCOPES)
    networks: tuple[Network, ...] = ()
    person: Person | None = None
    csrf: str | None = field(default=None, repr=False)

    @property
    def position(self) -> Position | None:
        """The person's position; None for a machine's key."""
        return self.person.position if self.person else None

    @property
    def actor(self) -> str:
        """The caller as the audit log names it."""
        who = f"/{self.person.id}/{self.person.name}" if self.person else ""
        return f"{self.key_id}/{self.role}/{self.org or ''}{who}"

    def sees(self, org: str | None) -> bool:
        """Tell whether the caller may read what belongs to `org` (office and auditor: all)."""
        return self.role in {"office", "auditor"} or (self.org is not None and self.org == org)

    def must(self, *scopes: Scope) -> None:
        """Make sure that the key has one of these scopes; Problem 403 names them."""
        if self.scopes.isdisjoint(scopes):
            had = [(scope, SCOPES_ZH[scope]) for scope in SCOPES if scope in self.scopes]
            wanted = " or ".join(scopes), "或".join(SCOPES_ZH[scope] for scope in scopes)
            raise Problem("forbidden", [error_detail("scope-missing", scope=wanted, scopes=had)])

    def must_be_at(self, address: str | None) -> None:
        """Make sure that the key may be used from an address; Problem 403."""
        if self.networks and not _inside(address, self.networks):
            raise Problem(
                "forbidden", [error_detail("source-not-allowed", address=address or ("-", "未知"))]
            )


def caller_as(person: Person) -> Caller:
    """Return the caller that a person is who has signed in without a key."""
    return Caller(person.org, person.role, "", person=person)


def _inside(address: str | None, networks: Iterable[Network]) -> bool:
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return any((mapped or found) in network for network in networks)


class Admission(Protocol):
    """Whatever tells a good key from a bad one; `duibiao.web.keyring.Keyring` does."""

    async def admit(self, header: str | None) -> Caller:
        """Return the caller of an Authorization header; Problem 401 without a good key."""

    async def admit_session(self, token: str, *, used: bool = True) -> Caller:
        """Return the caller of a session by its token; Problem 401 where it has ended.

        `used`: the session is kept from ending.
        """


def by_itself(scope: ASGIScope) -> bool:
    """Tell whether a page asks by itself, nobody having done anything: it accepts a stream."""
    return "text/event-stream" in Headers(scope=scope).get("accept", "")


_bearer = HTTPBearer(scheme_name="key", description="dbk_…", auto_error=False)


async def admitted(admission: Admission, header: str | None, scope: ASGIScope) -> Caller:
    """Return the caller of a request, known by key or session and coming from where the key may.

    Every way into the product goes through here; what the key may be used for is asked after.
    """
    token = session_of(scope) if header is None else None
    if token is None:
        caller = await admission.admit(header)
    else:
        caller = await admission.admit_session(token, used=not by_itself(scope))
    on_behalf_of(scope, caller.org)
    if caller.networks:
        client = scope.get("client")
        caller.must_be_at(client[0] if client else None)
    return caller


async def caller_of(request: Request) -> Caller:
    """Return the caller of a request, counted; what a session sends is a form of that session.

    Problem 401 without a good key or session, 403 for a form from elsewhere, 429.
    """
    header = request.headers.get("authorization")
    caller = await admitted(request.app.keyring, header, request.scope)
    request.app.count(caller, request.scope)
    if caller.csrf is not None and request.method not in READING:
        await check_form(request, caller.csrf)
    request.state.caller = caller
    return caller


async def _known(
    request: Request, _documented: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Caller:
    return await caller_of(request)


async def any_key(request: Request, caller: Annotated[Caller, Depends(_known)]) -> Caller:
    """Return the caller of this request, whatever the role.

    Problem 401 without a good key; 403 where it lacks the scope of the request's method: `read`
    for what only reads, `submit` for anything else.
    """
    caller.must("read" if request.method in READING else "submit")
    return caller


def not_for(role: Role, *allowed: Role) -> Problem:
    """Return the 403 for a role that may not do what only some may."""
    said = [(one, ROLES_ZH[one]) for one in (role, *allowed)]
    return Problem("forbidden", [error_detail("role-not-allowed", role=said[0], allowed=said[1:])])


def check(caller: Caller, roles: Sequence[Role], but: Container[Position]) -> None:
    """Make sure that a caller has one of these roles and none of these positions; Problem 403."""
    if caller.role not in roles:
        raise not_for(caller.role, *roles)
    if caller.position is not None and caller.position in but:
        post = caller.position, POSITIONS_ZH[caller.position]
        raise Problem("forbidden", [error_detail("position-not-allowed", post=post)])


def need(
    *roles: Role, scope: Scope | None = None, but: Container[Position] = ()
) -> Callable[..., Awaitable[Caller]]:
    """Return a dependency that lets only these roles through; Problem 403 for the others.

    `scope` where it is not that of the request's method: a question that is asked by POST. `but`
    are positions that may not, although their role may.
    """

    async def needed(request: Request, caller: Annotated[Caller, Depends(_known)]) -> Caller:
        check(caller, roles, but)
        if scope is None:
            return await any_key(request, caller)
        caller.must(scope)
        return caller

    return needed
