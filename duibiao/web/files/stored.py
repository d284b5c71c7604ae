"""Evidence files in the store of a service: who uploaded what, the bytes of each digest once."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from duibiao.audit import Act, AuditLog
from duibiao.core import new_id
from duibiao.store import Store
from duibiao.web.access import Caller
from duibiao.web.files.kinds import file_errors
from duibiao.web.problems import Problem
from duibiao.workdays import to_us

_CHUNK: Final = 1 << 20  # bytes; a slow reader keeps no more of a file in memory


class FileContents(Protocol):
    """Keeps bytes by their SHA-256: a database, or S3-compatible storage. Never forgets any."""

    def put(self, sha256: str, content: bytes) -> None:
        """Return once the content is durable; one that is there already is left alone."""

    def chunks(self, sha256: str, size: int) -> Iterator[bytes]:
        """Yield content that was put, in parts; `size` are its bytes."""


class FileTables:
    """The tables `files` and `file_contents` of one service.

    A file is of an org (empty: the office) and about something: the id of an alert, or nothing in
    particular (empty). Content stands once per digest. Neither ever changes.
    """

    def __init__(self, metadata: sa.MetaData) -> None:
        self.files = sa.Table(
            "files",
            metadata,
            sa.Column("id", sa.String(36), primary_key=True),
            sa.Column("sha256", sa.String(64), nullable=False),
            sa.Column("org", sa.String(64), nullable=False),
            sa.Column("about", sa.String(36), nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("type", sa.String(100), nullable=False),
            sa.Column("size", sa.Integer, nullable=False),
            sa.Column("uploaded_by", sa.String(200), nullable=False),
            sa.Column("uploaded_us", sa.BigInteger, nullable=False),
            sa.Index("files_once", "about", "sha256", "org", unique=True),
        )
        self.contents = sa.Table(
            "file_contents",
            metadata,
            sa.Column("sha256", sa.String(64), primary_key=True),
            sa.Column("content", sa.LargeBinary, nullable=False),
        )


class DatabaseContents:
    """The `FileContents` of the service's own database."""

    def __init__(self, store: Store, tables: FileTables) -> None:
        self._store, self._table = store, tables.contents

    def put(self, sha256: str, content: bytes) -> None:
        """Return once the content is durable; one that is there already is left alone."""
        with suppress(IntegrityError), self._store.begin() as tx:
            tx.execute(sa.insert(self._table).values(sha256=sha256, content=content))

    def chunks(self, sha256: str, size: int) -> Iterator[bytes]:
        """Yield content that was put, in parts; `size` are its bytes."""
        which = self._table.c.sha256 == sha256
        for begin in range(1, size + 1, _CHUNK):
            part = sa.select(sa.func.substr(self._table.c.content, begin, _CHUNK)).where(which)
            with self._store.read() as connection:
                chunk: bytes = connection.execute(part).scalar_one()
            yield chunk


class EvidenceFiles:
    """The evidence files of a service. Waits for the disk: not for the event loop.

    Attributes:
        most: bytes that may be in a file.

    """

    def __init__(
        self, store: Store, audit: AuditLog, table: sa.Table, contents: FileContents, most: int
    ) -> None:
        self._store, self._audit = store, audit
        self.table, self.contents, self.most = table, contents, most

    def add(
        self, caller: Caller, name: str, media: str, content: bytes, about: str = ""
    ) -> sa.Row[Any]:
        """Return a file once it is durable; what its org uploaded before is returned as it is.

        Content without a file, as a process that is killed between may leave it, is nobody's.

        Raises:
            Problem: 422 with everything that is wrong with it.

        """
        now, digest = self._store.clock.now(), hashlib.sha256(content).hexdigest()
        if errors := list(file_errors(name, media, content, now.year)):
            raise Problem("invalid", errors)
        org, by = caller.org or "", caller.actor
        told = {"sha256": digest, "org": org, "name": name, "type": media, "size": len(content)}
        told |= {"about": about, "uploaded_by": by, "uploaded_us": to_us(now)}
        same = self.table.c.about == about, self.table.c.sha256 == digest
        if not self.newest(org, 1, *same):
            self.contents.put(digest, content)
            with suppress(IntegrityError), self._store.begin() as tx:  # else it came twice at once
                tx.execute(sa.insert(self.table).values(id=new_id(self._store.clock), **told))
                self._audit.append(tx, [Act(by, "file.uploaded", digest, told)])
        return self.newest(org, 1, *same)[0]

    def newest(
        self, org: str | None, limit: int, *which: sa.ColumnElement[bool]
    ) -> Sequence[sa.Row[Any]]:
        """Return files, the newest first: of one org or, for None, of all."""
        whose = () if org is None else (self.table.c.org == org,)
        query = sa.select(self.table).where(*whose, *which).order_by(self.table.c.id.desc())
        with self._store.read() as connection:
            return connection.execute(query.limit(limit)).all()
