"""Who is calling: roles, the caller behind a key, and the FastAPI dependencies that ask for one.

Owns no storage; `duibiao.web.keyring` knows the keys.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from duibiao.web.problems import Problem, fault

Role = Literal["org", "office", "auditor", "admin"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a good key; `org` is a code of the register, set exactly for the role org."""

    org: str | None
    role: Role
    key_id: str

    def sees(self, org: str | None) -> bool:
        """Tell whether the caller may read what belongs to `org` (office and auditor: all)."""
        return self.role in {"office", "auditor"} or (self.org is not None and self.org == org)


class Admission(Protocol):
    """Whatever tells a good key from a bad one; `duibiao.web.keyring.Keyring` does."""

    async def admit(self, header: str | None) -> Caller:
        """Return the caller of an Authorization header; Problem 401 without a good key."""
        ...


_bearer = HTTPBearer(scheme_name="key", description="dbk_…", auto_error=False)


async def any_key(
    request: Request,
    _documented: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Caller:
    """Return the caller of this request, whatever the role; Problem 401 without a good key."""
    admission: Admission = request.app.keyring
    return await admission.admit(request.headers.get("authorization"))


def need(*roles: Role) -> Callable[[Caller], Awaitable[Caller]]:
    """Return a dependency that lets only these roles through; Problem 403 for the others."""

    async def needed(caller: Annotated[Caller, Depends(any_key)]) -> Caller:
        if caller.role not in roles:
            raise Problem(
                "forbidden",
                [fault("role-not-allowed", role=caller.role, allowed=", ".join(roles))],
            )
        return caller

    return needed
