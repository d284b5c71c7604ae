"""The people of the installation: named, ended, listed. Every change is audited.

NoSuchPersonError  there is no person of this id, or they have ended
SubjectTakenError  somebody else is this subject
ValueError         nobody can be like that; the text says why
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from duibiao.audit import SYSTEM, Act
from duibiao.core import new_id
from duibiao.web.access import ROLE_OF, Person, Position
from duibiao.web.access_changes import AccessChanges
from duibiao.web.sessions import sessions_of
from duibiao.web.tables import KEYS, PEOPLE, SESSIONS
from duibiao.workdays import from_us, to_us

NAME_AT_MOST: Final = 60
EMAIL_AT_MOST: Final = 254
SUBJECT_AT_MOST: Final = 255
Note = Mapping[str, object]
_NO_NOTE: Final[Note] = MappingProxyType({})


class NoSuchPersonError(LookupError):
    """There is no person of this id, or they have ended."""


class SubjectTakenError(ValueError):
    """Somebody else is this subject of the OpenID provider; nothing was changed."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is known of somebody new. ValueError where nobody can be so.

    Attributes:
        org: a code of the register, exactly for the positions of a unit.
        subject: who they are for the OpenID provider.

    """

    name: str
    position: Position
    org: str | None = None
    email: str | None = None
    subject: str | None = None

    def __post_init__(self) -> None:
        if (self.org is None) == (ROLE_OF[self.position] == "org"):
            needs = "needs an" if self.org is None else "has no"
            raise ValueError(f"the position {self.position} {needs} org")
        for text, most in (
            (self.name, NAME_AT_MOST),
            (self.email or "-", EMAIL_AT_MOST),
            (self.subject or "-", SUBJECT_AT_MOST),
        ):
            if not text.strip() or len(text) > most or not text.isprintable():
                raise ValueError(f"1 to {most} characters that can be shown, not {text!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow(Person):
    """A person as stored; times are aware UTC."""

    email: str | None
    subject: str | None
    created_at: datetime
    ended_at: datetime | None = None


class People(AccessChanges):
    """The people of the installation."""

    def create(self, wanted: NewPerson, *, by: str = SYSTEM, note: Note = _NO_NOTE) -> PersonRow:
        """Add a person; SubjectTakenError."""
        row = PersonRow(id=new_id(self.clock), created_at=self.clock.now(), **asdict(wanted))
        values = {**asdict(row), "created_at": to_us(row.created_at)}
        try:
            with self.changing(Act(by, "person.created", row.id, {**asdict(wanted), **note})) as tx:
                tx.execute(insert(PEOPLE).values(values))
        except IntegrityError as error:
            raise SubjectTakenError(f"another person has the subject {wanted.subject}") from error
        return row

    def known(self, wanted: NewPerson) -> PersonRow:
        """Return the person of a subject; who is new is added, who has changed is changed.

        Raises:
            NoSuchPersonError: they have ended, for good.

        """
        with self.store.read() as connection:
            row = connection.execute(select(PEOPLE).filter_by(subject=wanted.subject)).one_or_none()
        if row is None:
            try:
                return self.create(wanted)
            except SubjectTakenError:  # they sign in twice at once
                return self.known(wanted)
        if row.ended_at is not None:
            raise NoSuchPersonError(row.id)
        now: dict[str, Any] = {"name": wanted.name, "org": wanted.org, "position": wanted.position}
        if now != {name: getattr(row, name) for name in now}:
            with self.changing(Act(SYSTEM, "person.changed", row.id, now)) as tx:
                tx.execute(update(PEOPLE).where(PEOPLE.c.id == row.id).values(now))
        return replace(_row(row), **now)

    def end(self, person_id: str, *, by: str = SYSTEM, note: Note = _NO_NOTE) -> PersonRow:
        """End a person for good, with all keys and sessions of theirs.

        Raises:
            NoSuchPersonError: nothing was changed.

        """
        now = self.clock.now()
        with self.changing(Act(by, "person.ended", person_id, {**note})) as tx:
            row = live_person(tx, person_id)
            mine = KEYS.c.person == person_id, KEYS.c.revoked_at.is_(None)
            tx.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(ended_at=to_us(now)))
            tx.execute(delete(SESSIONS).where(sessions_of(None, person_id)))
            tx.execute(update(KEYS).where(*mine).values(revoked_at=to_us(now)))
        return replace(row, ended_at=now)

    def rows(self) -> Sequence[PersonRow]:
        """Return all people, the newest first."""
        with self.store.read() as connection:
            return sorted(read_people(connection).values(), key=lambda row: row.id, reverse=True)


def read_people(connection: Connection) -> Mapping[str, PersonRow]:
    """Return all people by their ids."""
    return {row.id: _row(row) for row in connection.execute(select(PEOPLE))}


def live_person(connection: Connection, person_id: str) -> PersonRow:
    """Return a person who has not ended; NoSuchPersonError."""
    row = connection.execute(select(PEOPLE).where(PEOPLE.c.id == person_id)).one_or_none()
    if row is None or row.ended_at is not None:
        raise NoSuchPersonError(person_id)
    return _row(row)


def _row(row: Row[Any]) -> PersonRow:
    times = {"created_at": from_us(row.created_at), "ended_at": from_us(row.ended_at)}
    return PersonRow(**{**row._asdict(), **times})
