"""The routes of receivers: which there are, a test message, enabling one that was disabled."""

from contextlib import closing
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from duibiao.audit import Act, AuditLog
from duibiao.core import Clock, new_id
from duibiao.store import Store
from duibiao.web.access import Caller, need
from duibiao.web.lists import Listed, answer
from duibiao.web.problems import Problem, error_detail
from duibiao.web.quotas import Policy, Quota, later
from services.alerts.adapters import documents
from services.alerts.adapters.channels.channel import Environment, Message
from services.alerts.adapters.channels.notifications import disable
from services.alerts.adapters.channels.receivers import Receivers
from services.alerts.adapters.documents import TAGS, Document, Moment, as_json, shows, to_document
from services.alerts.adapters.tables import RECEIVERS

_TESTS = Policy("tests", ("test messages", "条测试通知"), 3, 1 / 60)
_TEXTS = "This is a test. No alert was raised.", "这是一条测试通知，没有发出预警，无需处理。"

Unit = Annotated[str | None, Query(max_length=200, description="收件单位 Whose contacts get it.")]
Office = Annotated[Caller, Depends(need("office"))]


class ReceiverState(BaseModel):
    """A receiver; `disabled_at` is when it answered 410."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    channel: str
    disabled_at: Moment | None = Field(validation_alias="disabled_us")


class ReceiverList(Listed[ReceiverState]):
    """The receivers of the file."""


class TestOutcome(BaseModel):
    """How a test message fared; the outcome is `sent` for a yes."""

    model_config = ConfigDict(from_attributes=True)

    outcome: str
    status_code: int | None
    detail: str | None


def build(
    store: Store, receivers: Receivers, environment: Environment, audit: AuditLog, clock: Clock
) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1/receivers", tags=TAGS)
    quota = Quota(_TESTS, clock.monotonic)

    def states(name: str | None = None) -> list[Document]:
        if name not in (None, *receivers.by_name):
            raise Problem("not-found", [error_detail("not-found", value=f"/v1/receivers/{name}")])
        query = select(RECEIVERS).order_by(RECEIVERS.c.name)
        with store.read() as connection:
            rows = connection.execute(query if name is None else query.filter_by(name=name)).all()
        return [to_document(ReceiverState.model_validate(row)) for row in rows]

    @router.get("", responses=shows(ReceiverList))
    def listed(_caller: Annotated[Caller, Depends(need("office", "auditor"))]) -> Response:
        """通知对象。List the receivers."""
        return as_json(answer(states(), None))

    @router.post("/{name}/test", responses=shows(TestOutcome))
    def test(name: str, caller: Office, org: Unit = None) -> Response:
        """发送一条测试通知并返回结果。Send a test message and tell how it fared."""
        states(name)
        if seconds := quota.take(name):
            limit, unit = _TESTS.burst, _TESTS.unit
            many = error_detail("too-many-requests", limit=limit, unit=unit, seconds=seconds)
            raise later(many, seconds)
        step = documents.notice_body("test", *_TEXTS, clock.now(), *([org] if org else []))
        channel = receivers.by_name[name].open(environment)
        with closing(channel):
            result = channel.send(Message(new_id(clock), (step,)), clock.now())
        with store.begin() as tx:
            said = {"outcome": result.outcome}
            audit.append(tx, [Act(caller.actor, "receiver.tested", name, said)])
        return as_json(to_document(TestOutcome.model_validate(result)))

    @router.post("/{name}/enable", responses=shows(ReceiverState))
    def enable(name: str, caller: Office) -> Response:
        """重新启用通知对象。Enable a receiver again; what waited is sent."""
        states(name)
        with store.begin() as tx:
            if disable(tx, name, None):
                audit.append(tx, [Act(caller.actor, "receiver.enabled", name)])
        return as_json(states(name)[0])

    return router
