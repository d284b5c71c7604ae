"""The tables of the access store: keys, people, sessions, and the audit chain of their changes."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, LargeBinary, MetaData, String, Table

from duibiao.audit import AuditTables
from duibiao.store import Meta

METADATA: Final = MetaData()
KEYS: Final = Table(
    "keys",
    METADATA,
    Column("id", String(12), primary_key=True),
    Column("hash", LargeBinary(32), nullable=False),  # of the whole key; it opens no door
    Column("org", String(64), index=True),
    Column("role", String(16), nullable=False),
    Column("person", String(36), index=True),
    Column("label", String(200), nullable=False),
    Column("scopes", String(64), nullable=False),  # separated by spaces
    Column("networks", String(2000), nullable=False),  # the same; empty = anywhere
    Column("created_at", BigInteger, nullable=False),  # microseconds, as all times
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("last_used_at", BigInteger),
    CheckConstraint("(role = 'org') = (org IS NOT NULL)", name="only_org_keys_have_an_org"),
)
PEOPLE: Final = Table(
    "people",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("org", String(64), index=True),
    Column("position", String(16), nullable=False),
    Column("email", String(254)),
    Column("subject", String(255), unique=True),  # as the OpenID provider knows them
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)
SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("hash", LargeBinary(32), primary_key=True),  # of the token that the cookie holds
    Column("key_id", String(12), index=True),
    Column("person", String(36), index=True),
    Column("began_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    CheckConstraint("key_id IS NOT NULL OR person IS NOT NULL", name="sessions_are_somebodys"),
)
AUDIT: Final = AuditTables(METADATA, "access")
META: Final = Meta(METADATA)
