"""The routes of the alerts service (contract section 3).

Any key reads alerts. What units write in their replies and appeals is shown to them, the office and
the auditor only; so are notifications. Who may take a step is the use cases' to say.
"""

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Final
from unicodedata import category

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from duibiao.audit import Act, AuditLog
from duibiao.register import Register
from duibiao.store import Store
from duibiao.web.access import Caller, any_key, need
from duibiao.web.lists import LIMIT_AT_MOST, Paging, answer
from duibiao.web.problems import Problem, fault
from services.alerts.adapters import reading
from services.alerts.adapters.described import ALERT_DETAIL, ALERT_LIST, NOTIFICATION_LIST
from services.alerts.adapters.documents import Document, alert_document
from services.alerts.adapters.reading import AlertFilter
from services.alerts.domain.alert import Alert, Colour, State
from services.alerts.domain.life import WrongStep
from services.alerts.ports import Book
from services.alerts.usecases import answer_alert
from services.alerts.usecases.answer_alert import NoSuchAlert, NotTheirs, Person
from services.alerts.usecases.desk import Desk

OpenBook = Callable[[Connection], Book]
AnyCaller = Annotated[Caller, Depends(any_key)]
Answerer = Annotated[Caller, Depends(need("org", "office"))]
Office = Annotated[Caller, Depends(need("office"))]
Reader = Annotated[Caller, Depends(need("org", "office", "auditor"))]

_paging = Paging(str)
_COMMENT_AT_MOST: Final = 4000
_REASON_AT_MOST: Final = 200


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Listed(_Strict):
    """The query of a list."""

    limit: int | None = Field(None, ge=1, le=LIMIT_AT_MOST)
    cursor: str | None = Field(None, max_length=1000)


class ListedAlerts(Listed):
    """The query of the list of alerts; `org` empty: alerts of no one org."""

    state: State | None = None
    colour: Colour | None = None
    org: str | None = None
    target: str | None = None


class Remark(_Strict):
    """A body that may say something."""

    comment: str | None = Field(None, max_length=_COMMENT_AT_MOST)


class Statement(_Strict):
    """A body that must say something."""

    comment: str = Field(min_length=1, max_length=_COMMENT_AT_MOST)


class Revocation(Remark):
    """Why an alert is taken back: a keying error, a late entry, an appeal upheld."""

    reason: str = Field(min_length=1, max_length=_REASON_AT_MOST)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person did with an alert, and what they said to it, for the audit log."""

    act: str
    comment: str | None
    reason: str | None = None


def build(
    store: Store, register: Register, desk: Desk, open_book: OpenBook, audit: AuditLog
) -> APIRouter:
    """Return all routes of the service; what people do with alerts is noted in `audit`."""
    router = APIRouter(tags=["alerts 预警"])
    router.include_router(_reading(store, register))
    act = _Acting(store, open_book, audit)
    router.include_router(_answering(desk, act))
    router.include_router(_deciding(desk, act))
    return router


def _reading(store: Store, register: Register) -> APIRouter:
    router = APIRouter()
    targets = {target.id for target in register.targets}

    @router.get("/v1/alerts", responses=ALERT_LIST)
    def alerts(query: Annotated[ListedAlerts, Query()], _caller: AnyCaller) -> Response:
        """预警列表，最新的在前。List alerts, the newest first."""
        _check_codes(query, register, targets)
        wanted = AlertFilter(query.state, query.colour, query.org, query.target)
        return _json(answer(*reading.alerts(store, wanted, _paging(query.limit, query.cursor))))

    @router.get("/v1/alerts/{alert_id}", responses=ALERT_DETAIL)
    def alert(alert_id: str, caller: AnyCaller) -> Response:
        """一件预警及其全过程。Show one alert with its whole history."""
        return _json(_detail(store, alert_id, caller))

    @router.get("/v1/notifications", responses=NOTIFICATION_LIST)
    def notifications(query: Annotated[Listed, Query()], caller: Reader) -> Response:
        """通知发送记录。List what receivers were sent or are still owed, newest first."""
        page = _paging(query.limit, query.cursor)
        return _json(answer(*reading.notifications(store, caller.org, page)))

    return router


class _Acting:
    """Lets a person act on an alert: step and audit record in one transaction, then the answer."""

    def __init__(self, store: Store, open_book: OpenBook, audit: AuditLog) -> None:
        self._store = store
        self._open_book = open_book
        self._audit = audit

    def __call__(
        self, alert_id: str, caller: Caller, did: Said, step: Callable[[Book, Person], Alert]
    ) -> Response:
        with _told(alert_id), self._store.begin() as tx:
            alert = step(self._open_book(tx), Person(caller.org))
            self._audit.append(tx, [_audited(caller, did, alert)])
        return _json(_detail(self._store, alert_id, caller))


def _answering(desk: Desk, act: _Acting) -> APIRouter:
    router = APIRouter(prefix="/v1/alerts/{alert_id}")

    @router.post("/acknowledge", responses=ALERT_DETAIL)
    def acknowledge(alert_id: str, caller: Answerer, body: Remark | None = None) -> Response:
        """签收预警。Sign for an alert."""
        said = _remark(body)
        return act(
            alert_id,
            caller,
            Said("alert.acknowledged", said),
            lambda book, who: answer_alert.acknowledge(book, desk, alert_id, who, said),
        )

    @router.post("/reply", responses=ALERT_DETAIL)
    def reply(alert_id: str, caller: Answerer, body: Statement) -> Response:
        """回复整改情况，同时签收。Reply to an alert; this signs for it too."""
        said = _clean(body.comment)
        return act(
            alert_id,
            caller,
            Said("alert.replied", said),
            lambda book, who: answer_alert.reply(book, desk, alert_id, who, said),
        )

    @router.post("/appeal", responses=ALERT_DETAIL)
    def appeal(alert_id: str, caller: Answerer, body: Statement) -> Response:
        """申诉。Appeal against an alert."""
        said = _clean(body.comment)
        return act(
            alert_id,
            caller,
            Said("alert.appealed", said),
            lambda book, who: answer_alert.appeal(book, desk, alert_id, who, said),
        )

    return router


def _deciding(desk: Desk, act: _Acting) -> APIRouter:
    router = APIRouter(prefix="/v1/alerts/{alert_id}")

    @router.post("/close", responses=ALERT_DETAIL)
    def close(alert_id: str, caller: Office, body: Remark | None = None) -> Response:
        """销号：回复已核实。Close an alert whose reply has been checked."""
        said = _remark(body)
        return act(
            alert_id,
            caller,
            Said("alert.closed", said),
            lambda book, who: answer_alert.close(book, desk, alert_id, who, said),
        )

    @router.post("/revoke", responses=ALERT_DETAIL)
    def revoke(alert_id: str, caller: Office, body: Revocation) -> Response:
        """撤销预警，须说明理由。Take an alert back, with a reason."""
        said, reason = _remark(body), _clean(body.reason, "reason")
        return act(
            alert_id,
            caller,
            Said("alert.revoked", said, reason),
            lambda book, who: answer_alert.revoke(book, desk, alert_id, who, reason, said),
        )

    return router


def _audited(caller: Caller, did: Said, alert: Alert) -> Act:
    details = {
        "number": alert.number,
        "state": alert.state.value,
        "comment": did.comment,
        "reason": did.reason,
    }
    return Act(caller.actor, did.act, alert.id, details)


@contextmanager
def _told(alert_id: str) -> Iterator[None]:
    """Tell the errors of the use cases as problems."""
    try:
        yield
    except NoSuchAlert as error:
        raise _not_found(alert_id) from error
    except NotTheirs as error:
        raise Problem("forbidden", [fault("not-visible")]) from error
    except WrongStep as error:
        told = fault("wrong-state", state=error.state.value, step=error.step.value)
        raise Problem("conflict", [told]) from error


def _detail(store: Store, alert_id: str, caller: Caller) -> Document:
    found = reading.alert_with_history(store, alert_id)
    if found is None:
        raise _not_found(alert_id)
    alert, history = found
    if not any(caller.sees(org) for org in alert.subject.leads):
        history = [{**step, "comment": None} for step in history]
    return {**alert_document(alert), "appealed": alert.appealed, "history": history}


def _not_found(alert_id: str) -> Problem:
    return Problem("not-found", [fault("not-found", value=f"/v1/alerts/{alert_id}")])


def _check_codes(query: ListedAlerts, register: Register, targets: Container[str]) -> None:
    faults = []
    if query.org and query.org not in register.orgs:
        faults.append(fault("unknown-org", pointer="/query/org", value=query.org))
    if query.target is not None and query.target not in targets:
        faults.append(fault("unknown-target", pointer="/query/target", value=query.target))
    if faults:
        raise Problem("invalid", faults)


def _clean(text: str, field: str = "comment") -> str:
    """Return a text that any database keeps and any page shows; Problem 422 otherwise."""
    if "\0" in text:
        raise Problem("invalid", [fault("nul-character", pointer=f"/{field}", field=field)])
    if any(category(character) == "Cc" and character not in "\r\n\t" for character in text):
        raise Problem("invalid", [fault("control-character", pointer=f"/{field}", field=field)])
    return text


def _remark(body: Remark | None) -> str | None:
    return _clean(body.comment) if body is not None and body.comment else None


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
