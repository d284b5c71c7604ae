"""The tables of the access schema: `keys`, which people administer, and their audit chain."""

from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from sqlalchemy import CheckConstraint, DateTime, Dialect, LargeBinary, MetaData
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from duibiao.audit import AuditTables


class UtcTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite has no offsets and gets plain UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what the database keeps. ValueError for a moment without an offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a moment needs an offset"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment, aware."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AccessTable(SQLModel):
    """The tables of the access schema, kept apart from everybody else's."""

    metadata: ClassVar[MetaData] = MetaData()


class Key(AccessTable, table=True):
    """One key. `hash` is the SHA-256 of the whole key; nothing here opens a door."""

    __tablename__ = "keys"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("(role = 'org') = (org IS NOT NULL)", name="only_org_keys_have_an_org"),
    )

    id: str = Field(primary_key=True, max_length=12)
    hash: bytes = Field(sa_type=LargeBinary)
    org: str | None = Field(default=None, index=True, max_length=64)
    role: str = Field(max_length=16)
    label: str = Field(default="", max_length=200)
    created_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    # Keys of before these came have null.
    scopes: str | None = Field(default=None, max_length=64)  # separated by spaces; null = all
    networks: str | None = Field(default=None, max_length=2000)  # the same; null = anywhere
    last_used_at: datetime | None = Field(default=None, sa_type=UtcTime)


AUDIT: Final = AuditTables(AccessTable.metadata, "access")
