"""The routes that administer people; all are the admin's."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from duibiao.register import Register
from duibiao.web import people
from duibiao.web.access import ROLE_OF, Position
from duibiao.web.bodies import Strict, clean
from duibiao.web.keyring import Keyring
from duibiao.web.keys import Wanted
from duibiao.web.lists import Listed, Page, Paging, only
from duibiao.web.problems import Problem, error_detail
from services.ingest.adapters.key_routes import Admin, org_errors, unprintable


class PersonRequest(Strict):
    """Somebody new; `org` exactly with the positions of a unit."""

    name: str = Field(min_length=1, max_length=people.NAME_AT_MOST, examples=["张三"])
    position: Position
    org: str | None = Field(None, max_length=64)
    email: str | None = Field(None, min_length=3, max_length=people.EMAIL_AT_MOST)
    subject: str | None = Field(
        None, min_length=1, max_length=people.SUBJECT_AT_MOST, description="OpenID `sub`."
    )
    key: bool = Field(default=True, description="Make a key of theirs.")


class PersonView(BaseModel):
    """A person; times in UTC."""

    id: str
    name: str
    position: Position
    org: str | None
    email: str | None
    subject: str | None
    created_at: datetime
    ended_at: datetime | None


class NewPersonView(PersonView):
    """A new person; `key` is shown in this answer and never again."""

    key: str | None


class PersonList(Listed[PersonView]):
    """One page of people, the newest first."""


def people_router(access: Keyring, register: Register) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["people 人员"], prefix="/v1/people")

    @router.get("")
    def listed(
        _: Admin,
        _known: Annotated[None, Depends(only())],
        page: Annotated[Page, Depends(Paging(str))],
    ) -> PersonList:
        """人员列表，最新的在前。People, the newest first."""
        after = None if page.after is None else str(page.after[0])
        chosen = [row for row in access.people.rows() if after is None or row.id < after]
        rows, cursor = page.cut(chosen[: page.limit + 1], lambda row: (row.id,))
        return PersonList(items=[_view(row) for row in rows], next_cursor=cursor)

    @router.post("", status_code=201)
    def create(body: PersonRequest, caller: Admin, response: Response) -> NewPersonView:
        """新增人员，并发给个人密钥。Add a person and make a key of theirs."""
        wanted, role = clean(body).model_dump(exclude={"key"}), ROLE_OF[body.position]
        errors = [*org_errors(role, body.org, register), *unprintable(wanted)]
        if errors:
            raise Problem("invalid", errors)
        try:
            row, key = access.people.create(people.NewPerson(**wanted), by=caller.actor), None
        except people.SubjectTakenError:
            taken = error_detail("subject-taken", pointer="/subject")
            raise Problem("conflict", [taken]) from None
        if body.key:
            personal = Wanted(row.org, role, row.name, person=row.id)
            key = access.keys.create(personal, by=caller.actor).text
        response.headers["Cache-Control"] = "no-store"
        return NewPersonView(**_view(row).model_dump(), key=key)

    @router.post("/{person_id}/end")
    def end(person_id: str, caller: Admin) -> PersonView:
        """停用人员，其密钥和登录随即失效。End a person, with every key and session of theirs."""
        try:
            return _view(access.people.end(person_id, by=caller.actor))
        except people.NoSuchPersonError:
            missing = error_detail("not-found", value=person_id, pointer="/path/person_id")
            raise Problem("not-found", [missing]) from None

    return router


def _view(row: people.PersonRow) -> PersonView:
    return PersonView.model_validate(row, from_attributes=True)
