"""The routes of silences and floods: what the office does so that fewer messages ring."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BeforeValidator, Field
from sqlalchemy import Connection, Row, Table, select

from duibiao.audit import Act
from duibiao.register import Register
from duibiao.web.access import Caller, need
from duibiao.web.bodies import Name, Strict, Text, Time, clean, said
from duibiao.web.lists import Listed, Page, Paging, answer, only
from duibiao.web.problems import ErrorDetail, Problem, error_detail, filled
from services.alerts.adapters.acting import Acting
from services.alerts.adapters.bodies import AlertAcknowledgement, AlertReason
from services.alerts.adapters.channels.notifications import NotificationQueue
from services.alerts.adapters.documents import (
    TAGS,
    AlertFields,
    Document,
    alert_document,
    as_json,
    shows,
)
from services.alerts.adapters.queries import open_alerts, paged
from services.alerts.adapters.quiet import IN_FLOOD, save_flood, save_silence
from services.alerts.adapters.tables import ALERTS, FLOODS, SILENCES, TRANSITIONS
from services.alerts.domain.alert import Alert, Colour
from services.alerts.domain.quiet import AlertFlood, Matchers, Silence
from services.alerts.usecases.answer_alert import AlertActions, Person
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.quiet import hidden, silence_errors

Office = Annotated[Caller, Depends(need("office"))]
OfficeHead = Annotated[Caller, Depends(need("office", but=["duty-officer"]))]
Reader = Annotated[Caller, Depends(need("office", "auditor"))]
Decision = Literal["released", "withdrawn"]
_KNOWN: Final = [Depends(only())]
_DRY_RUN: Final = [Depends(only("dry_run"))]
_Paged = Annotated[Page, Depends(Paging(str))]
_AT_MOST: Final = 1_000
_STEPS: Final = {"released": "放行", "withdrawn": "撤回"}


def _listed(sent: object) -> object:
    return [sent] if isinstance(sent, str) else sent


_Codes = Annotated[list[Name], BeforeValidator(_listed), Field(max_length=_AT_MOST)]


class SilenceMatchers(Strict):
    """Which alerts a silence is about: for each field one code or a list."""

    org: _Codes = Field([], description="牵头单位或该行单位 Lead units, or units of the row.")
    target: _Codes = Field([], description="目标 Targets.", examples=[["T16"]])
    duty: _Codes = Field([], description="报送任务 Duties.", examples=[["6.3/2021Q1"]])
    region: _Codes = Field([], description="区划 Regions.")
    colour: _Codes = Field([], description="缺省为蓝、黄；红牌须写明 Default: blue and yellow.")


class SilenceRequest(Strict):
    """静默。Quiet over some alerts until a time."""

    matchers: SilenceMatchers = Field(default_factory=SilenceMatchers)
    reason: Text = Field(description="理由 Why.")
    until: Time = Field(description="结束时间 The end.")


@dataclass(frozen=True)
class SilenceView(Silence):
    """A silence; one that has ended stays in the list."""

    state: Literal["active", "ended"] = "active"


@dataclass(frozen=True)
class SilencePreview:
    """What a silence would hide: open alerts (at most 1,000 listed), targets' rows and duties."""

    open_alerts: int
    identities: int
    identities_total: int
    alerts: list[AlertFields]


@dataclass(frozen=True)
class FloodView(AlertFlood):
    """A flood, and how many alerts opened during it."""

    alerts: int = 0
    open_alerts: int = 0


@dataclass(frozen=True, slots=True)
class QuietActs:
    """What the office does with silences and floods, for the API and the pages alike."""

    acting: Acting
    queue: NotificationQueue

    def silences(self, page: Page) -> tuple[list[Document], str | None]:
        """Return a page of silences, the newest first, and the cursor of the next."""
        with self.acting.store.read() as connection:
            rows = connection.execute(paged(select(SILENCES), SILENCES.c.id, page)).all()
        kept, cursor = page.cut(rows, lambda row: (row.id,))
        return [self._shown(row.document) for row in kept], cursor

    def preview(self, caller: Caller, body: SilenceRequest) -> Document:
        """Return what a silence would hide; Problem 422."""
        made = _asked(self.acting.context, clean(body), caller)
        alerts = open_alerts(self.acting.store)
        return _preview(*hidden(self.acting.context, made.matchers, alerts))

    def make(self, caller: Caller, body: SilenceRequest) -> Document:
        """Create a silence; Problem 422."""
        made = _asked(self.acting.context, clean(body), caller)
        with self.acting.store.begin() as tx:
            save_silence(tx, made)
            self.queue.hold(tx, made.matchers)
            act = Act(caller.actor, "silence.created", made.id, said(body))
            self.acting.audit.append(tx, [act])
        return self._shown(made)

    def end(self, caller: Caller, silence_id: str) -> Document:
        """End a silence, if it has not ended; Problem 404."""
        now = self.acting.context.now()
        with self.acting.store.begin() as tx:
            found: Silence = _found(tx, SILENCES, silence_id)
            if found.active(now):
                found = replace(found, ended_at=now, ended_by=caller.actor)
                save_silence(tx, found)
                self.queue.release(tx)
                self.acting.audit.append(tx, [Act(caller.actor, "silence.ended", found.id, {})])
        return self._shown(found)

    def floods(self, page: Page) -> tuple[list[Document], str | None]:
        """Return a page of floods, the newest first, and the cursor of the next."""
        with self.acting.store.read() as connection:
            rows = connection.execute(paged(select(FLOODS), FLOODS.c.id, page)).all()
            kept, cursor = page.cut(rows, lambda row: (row.id,))
            return [_counted(connection, row.document) for row in kept], cursor

    def decide(self, caller: Caller, ident: str, state: Decision, reason: str | None) -> Document:
        """Release a flood, or withdraw it: its open alerts are revoked. Problem 404 or 409."""
        context = self.acting.context
        with self.acting.store.begin() as tx:
            flood: AlertFlood = _found(tx, FLOODS, ident)
            if flood.state != "open":
                was, step = (flood.state, f"已{_STEPS[flood.state]}"), (state, _STEPS[state])
                values = {"subject": ("flood", "预警激增"), "state": was, "step": step}
                raise Problem("conflict", [filled("wrong-decision", values)])
            repository = self.acting.open_repository(tx)
            for row in _alerts_of(tx, flood) if state == "withdrawn" else ():
                if row.open:
                    AlertActions(repository, context, row.id, Person(None)).revoke(reason or "")
            decided = state, context.now(), caller.actor, reason
            made = AlertFlood(flood.id, flood.opened_at, *decided)
            save_flood(tx, made, context.new_id())
            self.queue.release(tx)
            act = Act(caller.actor, f"flood.{state}", ident, {"reason": reason})
            self.acting.audit.append(tx, [act])
            return _counted(tx, made)

    def _shown(self, silence: Silence) -> Document:
        state = "active" if silence.active(self.acting.context.now()) else "ended"
        return {**msgspec.to_builtins(silence), "state": state}


def build(acts: QuietActs) -> APIRouter:
    """Return the routes of silences and of floods."""
    router = APIRouter(prefix="/v1", tags=TAGS)
    _add_silences(router, acts)
    _add_floods(router, acts)
    return router


def _add_silences(router: APIRouter, acts: QuietActs) -> None:
    @router.get("/silences", responses=shows(Listed[SilenceView]), dependencies=_KNOWN)
    def silences(_: Reader, page: _Paged) -> Response:
        """静默列表，最新的在前。List silences, the newest first."""
        return as_json(answer(*acts.silences(page)))

    both = shows(SilencePreview) | {201: {"description": "已建立", "model": SilenceView}}

    @router.post("/silences", status_code=201, responses=both, dependencies=_DRY_RUN)
    def silence(
        caller: Office,
        body: SilenceRequest,
        dry_run: Annotated[bool, Query()] = False,  # noqa: FBT002 - a query's
    ) -> Response:
        """静默部分预警的通知；试行只列出将被静默的预警。Create a silence, or preview it."""
        if dry_run:
            return as_json(acts.preview(caller, body))
        return as_json(acts.make(caller, body), 201)

    @router.delete("/silences/{silence_id}", responses=shows(SilenceView))
    def end(silence_id: str, caller: Office) -> Response:
        """提前结束静默，仍留在列表中。End a silence early; it stays in the list."""
        return as_json(acts.end(caller, silence_id))


def _add_floods(router: APIRouter, acts: QuietActs) -> None:
    @router.get("/floods", responses=shows(Listed[FloodView]), dependencies=_KNOWN)
    def floods(_: Reader, page: _Paged) -> Response:
        """预警激增列表，最新的在前。List floods, the newest first."""
        return as_json(answer(*acts.floods(page)))

    @router.post("/floods/{flood_id}/release", responses=shows(FloodView))
    def release(
        flood_id: str, caller: OfficeHead, body: AlertAcknowledgement | None = None
    ) -> Response:
        """放行：通知照发。Release: the notifications go out."""
        comment = clean(body).comment if body else None
        return as_json(acts.decide(caller, flood_id, "released", comment))

    @router.post("/floods/{flood_id}/withdraw", responses=shows(FloodView))
    def withdraw(flood_id: str, caller: OfficeHead, body: AlertReason) -> Response:
        """撤回：撤销所涉预警，不再通知。Withdraw: the held alerts are revoked."""
        return as_json(acts.decide(caller, flood_id, "withdrawn", clean(body).reason))


def _found(tx: Connection, table: Table, ident: str) -> Any:  # noqa: ANN401 - its document
    found = tx.execute(select(table.c.document).where(table.c.id == ident)).scalar_one_or_none()
    if found is None:
        raise Problem("not-found", [error_detail("not-found", value=f"/v1/{table.name}/{ident}")])
    return found


def _alerts_of(connection: Connection, flood: AlertFlood) -> Sequence[Row[Any, Any]]:
    found = select(ALERTS.c.id, ALERTS.c.open).join(TRANSITIONS).join(FLOODS, IN_FLOOD)
    return connection.execute(found.where(FLOODS.c.id == flood.id)).all()


def _counted(connection: Connection, flood: AlertFlood) -> Document:
    rows = _alerts_of(connection, flood)
    counts = {"alerts": len(rows), "open_alerts": sum(row.open for row in rows)}
    return {**msgspec.to_builtins(flood), **counts}


def _asked(context: AlertContext, body: SilenceRequest, caller: Caller) -> Silence:
    """Return the silence asked for; Problem 422 with everything that is wrong with it."""
    codes = {name: tuple(sorted(set(of))) for name, of in body.matchers.model_dump().items()}
    given = Matchers(**codes), body.reason, body.until, caller.actor
    made = Silence(context.new_id(), *given, context.now())
    wrong = silence_errors(context, made)
    places = {code: "/until" if "until" in code else "/matchers" for code in wrong}
    faults = [error_detail(code, pointer=place) for code, place in places.items()]
    if faults := [*_unknown(context.register, codes), *faults]:
        raise Problem("invalid", faults)
    return made


def _unknown(register: Register, codes: dict[str, tuple[str, ...]]) -> list[ErrorDetail]:
    duties = (*register.duties, *register.milestone_duties)
    known: dict[str, tuple[str, Container[str]]] = {
        "org": ("unknown-org", register.orgs),
        "target": ("unknown-target", {target.id for target in register.targets}),
        "duty": ("unknown-duty", {duty.id for duty in duties}),
        "region": ("unknown-region", register.regions),
        "colour": ("not-one-of", list(Colour)),
    }
    return [
        filled(fault, {"value": code, "field": name, "allowed": list(Colour)}, pointer=place)
        for name, (fault, those) in known.items()
        for code in codes[name]
        if code not in those and (place := f"/matchers/{name}")
    ]


def _preview(found: list[Alert], matched: int, of: int) -> Document:
    return {
        "open_alerts": len(found),
        "identities": matched,
        "identities_total": of,
        "alerts": [alert_document(one) for one in found[:_AT_MOST]],
    }
