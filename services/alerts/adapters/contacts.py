"""The contacts of units: who gets the e-mail of what their unit leads, and who while they are away.

Personal data: seen by the unit itself, the office and the auditor.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response
from pydantic import BaseModel, Field
from sqlalchemy import delete, insert, select

from duibiao.audit import Act, AuditLog
from duibiao.core import Clock
from duibiao.register import Register
from duibiao.store import Store
from duibiao.web.access import Caller, need
from duibiao.web.bodies import Day, Name, Strict, clean
from duibiao.web.lists import Listed, answer
from duibiao.web.problems import Problem, error_detail
from services.alerts.adapters.channels.mail import MAILBOX
from services.alerts.adapters.documents import TAGS, as_json, shows
from services.alerts.adapters.tables import CONTACTS


class Contact(Strict):
    """联系人。A deputy gets the e-mail while somebody is away."""

    name: Name = Field(description="姓名 Name.")
    email: str = Field(pattern=MAILBOX, max_length=320, description="电子邮箱 E-mail address.")
    mobile: str | None = Field(None, pattern=r"^\+?[0-9 -]{5,20}$", description="手机 Mobile.")
    deputy: bool = Field(default=False, description="代理人 Stands in for the others.")
    away_until: Day | None = Field(None, description="外出至（含当日）Away, that day included.")


class UnitContacts(BaseModel):
    """The contacts of one unit."""

    org: str
    contacts: list[Contact]


class UnitContactsList(Listed[UnitContacts]):
    """The contacts that the caller may see."""


def addresses(store: Store, clock: Clock, orgs: Sequence[str]) -> Sequence[str]:
    """Return whom to write to at some units: whoever is there, a deputy for whoever is not."""
    today, found = clock.today(), dict[str, None]()
    for unit in _stored(store):
        there = [c for c in unit.contacts if c.away_until is None or c.away_until < today]
        usual = [c for c in there if not c.deputy]
        complete = len(usual) == sum(not c.deputy for c in unit.contacts)
        chosen = (usual if usual and complete else there) or unit.contacts
        found |= dict.fromkeys(c.email for c in chosen if unit.org in orgs)
    return tuple(found)


def build(store: Store, register: Register, audit: AuditLog) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1/contacts", tags=TAGS)

    @router.get("", responses=shows(UnitContactsList))
    def contacts(caller: Annotated[Caller, Depends(need("org", "office", "auditor"))]) -> Response:
        """单位联系人。List the contacts of units; a unit sees its own."""
        seen = [unit.model_dump(mode="json") for unit in _stored(store) if caller.sees(unit.org)]
        return as_json(answer(seen, None))

    @router.put("/{org}", responses=shows(UnitContacts))
    def put(
        org: str,
        body: Annotated[list[Contact], Body(max_length=20)],
        caller: Annotated[Caller, Depends(need("org", "office"))],
    ) -> Response:
        """更新本单位联系人（整体替换）。Replace the contacts of a unit."""
        if not caller.sees(org):
            raise Problem("forbidden", [error_detail("not-visible")])
        if org not in register.orgs:
            raise Problem("not-found", [error_detail("not-found", value=f"/v1/contacts/{org}")])
        unit = UnitContacts(org=org, contacts=[clean(contact) for contact in body])
        names = [contact.name for contact in body]
        with store.begin() as tx:
            tx.execute(delete(CONTACTS).filter_by(org=org))
            tx.execute(insert(CONTACTS).values(org=org, document=unit.model_dump_json().encode()))
            audit.append(tx, [Act(caller.actor, "contacts.changed", org, {"names": names})])
        return as_json(unit.model_dump(mode="json"))

    return router


def _stored(store: Store) -> list[UnitContacts]:
    with store.read() as connection:
        rows = connection.execute(select(CONTACTS.c.document).order_by(CONTACTS.c.org)).scalars()
        return [UnitContacts.model_validate_json(document) for document in rows]
