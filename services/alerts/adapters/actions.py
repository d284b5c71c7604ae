"""The routes by which people act on an alert."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Response

from duibiao.web.access import Caller
from duibiao.web.bodies import Strict
from services.alerts.adapters import bodies
from services.alerts.adapters.acting import LEADS, OFFICE, OFFICE_HEAD, Acting
from services.alerts.adapters.documents import TAGS, AlertDetail, shows
from services.alerts.adapters.queries import alert_answer


@dataclass(frozen=True, slots=True)
class OnAlert:
    """Which alert a lead unit or the office acts on."""

    alert_id: str
    caller: Annotated[Caller, Depends(LEADS.needed())]
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="所见预警的ETag The ETag of the alert as seen; 412 once it has changed.",
            examples=['"3"'],
        ),
    ] = None

    @property
    def seen(self) -> frozenset[int] | None:
        """The versions named; None: any. What compresses answers on the way makes ETags weak."""
        if self.if_match is None or self.if_match.strip() == "*":
            return None
        return frozenset(map(int, _ETAG.findall(self.if_match)))


@dataclass(frozen=True, slots=True)
class OfficeOnAlert(OnAlert):
    """Which alert the office acts on."""

    caller: Annotated[Caller, Depends(OFFICE.needed())]


@dataclass(frozen=True, slots=True)
class OfficeHeadOnAlert(OnAlert):
    """Which alert the office acts on by an act that is not for the officer on duty."""

    caller: Annotated[Caller, Depends(OFFICE_HEAD.needed())]


ByLead = Annotated[OnAlert, Depends()]
ByOffice = Annotated[OfficeOnAlert, Depends()]
ByOfficeHead = Annotated[OfficeHeadOnAlert, Depends()]
Take = Callable[[OnAlert, str, Strict], Response]

_ETAG: Final = re.compile(r'"([0-9]{1,9})"')


def build(acting: Acting) -> APIRouter:
    """Return the routes; each answers with the alert as it then stands."""
    router = APIRouter(prefix="/v1/alerts/{alert_id}", tags=TAGS)

    def act(on: OnAlert, name: str, body: Strict) -> Response:
        acting.act(on.caller, on.alert_id, on.seen, name, body)
        return alert_answer(acting.store, acting.quiet, on.alert_id, on.caller)

    _add_lead_actions(router, act)
    _add_office_actions(router, act)
    return router


def _add_lead_actions(router: APIRouter, act: Take) -> None:
    post = partial(router.post, responses=shows(AlertDetail))

    @post("/acknowledge")
    def acknowledge(on: ByLead, body: bodies.AlertAcknowledgement | None = None) -> Response:
        """签收预警。Sign for an alert."""
        return act(on, "acknowledge", body or bodies.AlertAcknowledgement(comment=None))

    @post("/reply")
    def reply(on: ByLead, body: bodies.AlertReplyBody) -> Response:
        """回复整改情况，同时签收；牵头单位各自回复。Reply for one lead unit; this signs too."""
        return act(on, "reply", body)

    @post("/appeal")
    def appeal(on: ByLead, body: bodies.AlertReason) -> Response:
        """申诉；成立的由办公室撤销预警。Appeal; an appeal that is upheld ends in a revocation."""
        return act(on, "appeal", body)


def _add_office_actions(router: APIRouter, act: Take) -> None:
    post = partial(router.post, responses=shows(AlertDetail))

    @post("/close")
    def close(on: ByOffice, body: bodies.AlertClosing) -> Response:
        """核实销号；数据未恢复或缺回复的须说明理由。Close an alert that has been checked."""
        return act(on, "close", body)

    @post("/reopen")
    def reopen(on: ByOfficeHead, body: bodies.AlertReason) -> Response:
        """重新打开。Open a closed alert again."""
        return act(on, "reopen", body)

    @post("/revoke")
    def revoke(on: ByOfficeHead, body: bodies.AlertReason) -> Response:
        """撤销预警：误填、补报或申诉成立。Take an alert back: a keying error, an appeal upheld."""
        return act(on, "revoke", body)

    @post("/reject-appeal", name="reject-appeal")
    def reject_appeal(on: ByOfficeHead, body: bodies.AlertReason) -> Response:
        """驳回申诉，重新计算回复期限。Reject an appeal; the reply date is counted anew."""
        return act(on, "reject-appeal", body)

    @post("/return", name="return")
    def return_reply(on: ByOffice, body: bodies.AlertReturn) -> Response:
        """退回修改。Return a reply, with a new reply date."""
        return act(on, "return", body)

    @post("/extend")
    def extend(on: ByOffice, body: bodies.AlertExtension) -> Response:
        """延长回复期限。Put the reply date off."""
        return act(on, "extend", body)

    @post("/assign")
    def assign(on: ByOffice, body: bodies.AlertAssignment) -> Response:
        """转办其他单位，重新计算回复期限。Hand an alert over; the reply date is counted anew."""
        return act(on, "assign", body)
