"""The routes that administer keys: the admin's, but for the list, where an org sees its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from duibiao.core import Clock
from duibiao.register import Register
from duibiao.web.access import ROLES_ZH, SCOPES, Caller, Network, Role, Scope, any_key, need
from duibiao.web.bodies import Strict
from duibiao.web.keys import (
    LABEL_AT_MOST,
    LIVE_AT_MOST,
    NETWORKS_AT_MOST,
    KeyNotLiveError,
    KeyRow,
    Keys,
    Made,
    NoSuchKeyError,
    State,
    TooManyKeysError,
    Wanted,
    fields_of,
)
from duibiao.web.lists import Listed, Page, Paging, only
from duibiao.web.problems import ErrorDetail, Problem, error_detail
from services.ingest.domain.times import microseconds, parse_time

Admin = Annotated[Caller, Depends(need("admin"))]
AnyCaller = Annotated[Caller, Depends(any_key)]
_Paged = Annotated[Page, Depends(Paging(int, str))]

_OVERLAP_HOURS: Final = 24.0
_OVERLAP_AT_MOST: Final = 92 * 24.0  # a quarter of a year
_BAD_NETWORK: Final = ("it is no network such as 10.1.0.0/16", "应为网段，如10.1.0.0/16")
_PAST: Final = ("it lies in the past", "早于当前时间")


class NewKey(Strict):
    """What a new key shall be; `org` exactly with the role org."""

    role: Role
    org: str | None = Field(None, max_length=64)
    label: str = Field("", max_length=LABEL_AT_MOST)
    scopes: list[Scope] = Field(list(SCOPES), max_length=len(SCOPES))
    networks: list[str] = Field([], max_length=NETWORKS_AT_MOST)
    expires_at: str | None = Field(None, max_length=40)


class Rotation(Strict):
    """How long the old key still works, and until when the new one will."""

    overlap_hours: float = Field(_OVERLAP_HOURS, ge=0, le=_OVERLAP_AT_MOST, allow_inf_nan=False)
    expires_at: str | None = Field(None, max_length=40)


class KeyView(BaseModel):
    """A key without its secret; times in UTC, `last_used_at` to about a minute."""

    id: str
    org: str | None
    role: Role
    person: str | None = Field(description="Whose it is, by id; null for a machine's.")
    label: str
    scopes: list[Scope]
    networks: list[str]
    state: State
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class MadeKey(KeyView):
    """A new key; `key` is shown in this answer and never again."""

    key: str


class KeyList(Listed[KeyView]):
    """One page of keys, the newest first."""


def key_router(keys: Keys, register: Register, clock: Clock) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["keys 密钥"], prefix="/v1/keys")

    @router.get("")
    def listed(
        caller: AnyCaller,
        _known: Annotated[None, Depends(only("org", "state"))],
        page: _Paged,
        org: Annotated[str | None, Query(max_length=64)] = None,
        state: State | None = None,
    ) -> KeyList:
        """密钥列表，最新的在前；单位只见自己的。Keys, the newest first; an org sees its own."""
        if org is not None and caller.org is not None and org != caller.org:
            raise Problem("forbidden", [error_detail("not-visible", pointer="/query/org")])
        if org is not None and org not in register.orgs:
            raise Problem("invalid", [error_detail("unknown-org", pointer="/query/org", value=org)])
        now, whose = clock.now(), caller.org or org
        after = page.after and (int(page.after[0] or 0), str(page.after[1]))
        chosen = [
            row
            for row in keys.rows()
            if (whose is None or row.org == whose)
            and (state is None or row.state_at(now) == state)
            and (after is None or _position(row) < after)
        ]
        rows, cursor = page.cut(chosen[: page.limit + 1], _position)
        return KeyList(items=[_view(row, now) for row in rows], next_cursor=cursor)

    @router.post("", status_code=201)
    def create(wanted: NewKey, caller: Admin, response: Response) -> MadeKey:
        """新建密钥，仅显示一次。Make a key; it is shown this once."""
        now = clock.now()
        with _problems(register, wanted.org):
            made = keys.create(_wanted(wanted, register, now), by=caller.actor)
        return _made(made, response, now)

    @router.post("/{key_id}/revoke")
    def revoke(key_id: str, caller: Admin) -> KeyView:
        """吊销密钥，不可恢复。Revoke a key for good."""
        with _problems(register, key_id):
            return _view(keys.revoke(key_id, by=caller.actor), clock.now())

    @router.post("/{key_id}/rotate", status_code=201)
    def rotate(
        key_id: str, caller: Admin, response: Response, body: Rotation | None = None
    ) -> MadeKey:
        """轮换密钥：旧密钥在重叠期后失效。Make a key that takes over from another."""
        asked, now = body or Rotation(), clock.now()
        faults: list[ErrorDetail] = []
        expires_at = _expiry(asked.expires_at, now, faults)
        if faults:
            raise Problem("invalid", faults)
        overlap = timedelta(hours=asked.overlap_hours)
        with _problems(register, key_id):
            made = keys.rotate(key_id, overlap=overlap, expires_at=expires_at, by=caller.actor)
        return _made(made, response, now)

    return router


@contextmanager
def _problems(register: Register, what: str | None) -> Iterator[None]:
    """Turn what the keys refuse into problems."""
    try:
        yield
    except NoSuchKeyError:
        raise Problem("not-found", [error_detail("not-found", value=f"/v1/keys/{what}")]) from None
    except KeyNotLiveError:
        raise Problem("conflict", [error_detail("key-not-live", value=what)]) from None
    except TooManyKeysError as error:
        org = register.orgs.get(str(error))
        whose = what if org is None else (org.code, org.name_zh)
        raise Problem(
            "conflict", [error_detail("too-many-keys", org=whose, limit=LIVE_AT_MOST)]
        ) from None


def _position(row: KeyRow) -> tuple[int, str]:
    return microseconds(row.created_at), row.id


def _wanted(asked: NewKey, register: Register, now: datetime) -> Wanted:
    """Return what is asked for; Problem 422 with everything that is wrong with it."""
    faults = [*org_errors(asked.role, asked.org, register), *unprintable({"label": asked.label})]
    if not asked.scopes:
        faults.append(error_detail("empty", pointer="/scopes", field="scopes"))
    networks: list[Network] = []
    for place, text in enumerate(asked.networks):
        try:
            networks.append(ip_network(text))
        except ValueError:
            pointer = f"/networks/{place}"
            faults.append(
                error_detail("invalid-value", pointer=pointer, field=text, reason=_BAD_NETWORK)
            )
    expires_at = _expiry(asked.expires_at, now, faults)
    if faults:
        raise Problem("invalid", faults)
    scopes = frozenset(asked.scopes)
    return Wanted(asked.org, asked.role, asked.label, scopes, tuple(networks), expires_at)


def org_errors(role: Role, org: str | None, register: Register) -> Iterator[ErrorDetail]:
    """Yield what is wrong with the org that a role has or has not."""
    if role == "org" and org is None:
        yield error_detail("missing", pointer="/org", field="org")
    elif role != "org" and org is not None:
        reason = (f"the role is {role}", f"角色为“{ROLES_ZH[role]}”")
        yield error_detail("not-allowed", pointer="/org", field="org", reason=reason)
    elif org is not None and org not in register.orgs:
        yield error_detail("unknown-org", pointer="/org", value=org)


def unprintable(texts: Mapping[str, str | None]) -> Iterator[ErrorDetail]:
    """Yield errors for texts, by their fields, that cannot be shown as they are."""
    for name, text in texts.items():
        if text is not None and not text.isprintable():
            yield error_detail("control-character", pointer=f"/{name}", field=name)


def _expiry(text: str | None, now: datetime, faults: list[ErrorDetail]) -> datetime | None:
    if text is None:
        return None
    read = parse_time(text)
    if read is None:
        faults.append(
            error_detail("bad-time", pointer="/expires_at", field="expires_at", value=text)
        )
    elif read <= now:
        faults.append(
            error_detail("invalid-value", pointer="/expires_at", field="expires_at", reason=_PAST)
        )
    return read


def _made(made: Made, response: Response, now: datetime) -> MadeKey:
    response.headers["Cache-Control"] = "no-store"
    return MadeKey.model_validate({**fields_of(made.row, now), "key": made.text})


def _view(row: KeyRow, now: datetime) -> KeyView:
    return KeyView.model_validate(fields_of(row, now))
