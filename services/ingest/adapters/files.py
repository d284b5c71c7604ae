"""The evidence files of the store: who uploaded what, and the bytes of each digest once."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, insert, select
from sqlalchemy.exc import IntegrityError

from duibiao.audit import Act, AuditLog
from duibiao.core import new_id
from duibiao.store import Store
from duibiao.web.access import Caller
from duibiao.web.problems import Problem, filled
from services.ingest.adapters.tables import FILE_CONTENTS, FILES
from services.ingest.domain.files import file_errors
from services.ingest.domain.times import microseconds
from services.ingest.ports import FileContents

_CHUNK: Final = 1 << 20  # bytes; a slow reader keeps no more of a file in memory


class DatabaseContents:
    """The `FileContents` of the service's own database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, sha256: str, content: bytes) -> None:
        """Return once the content is durable; one that is there already is left alone."""
        with suppress(IntegrityError), self._store.begin() as tx:
            tx.execute(insert(FILE_CONTENTS).values(sha256=sha256, content=content))

    def chunks(self, sha256: str, size: int) -> Iterator[bytes]:
        """Yield content that was put, in parts; `size` are its bytes."""
        which = FILE_CONTENTS.c.sha256 == sha256
        for begin in range(1, size + 1, _CHUNK):
            part = select(func.substr(FILE_CONTENTS.c.content, begin, _CHUNK)).where(which)
            with self._store.read() as connection:
                chunk: bytes = connection.execute(part).scalar_one()
            yield chunk


class EvidenceFiles:
    """The evidence files, as rows of their table. Waits for the disk: not for the event loop."""

    def __init__(self, store: Store, audit: AuditLog, contents: FileContents, most: int) -> None:
        """`most` bytes may be in a file."""
        self._store, self._audit, self.contents, self.most = store, audit, contents, most

    def add(self, caller: Caller, name: str, media: str, content: bytes) -> Row[Any]:
        """Return a file once it is durable; what its org uploaded before is returned as it is.

        Content without a file, as a process that is killed between may leave it, is nobody's.

        Raises:
            Problem: 422 with everything that is wrong with it.

        """
        now, digest = self._store.clock.now(), hashlib.sha256(content).hexdigest()
        if errors := list(file_errors(name, media, content, now.year)):
            raise Problem("invalid", [filled(e.code, e.names, pointer=e.pointer) for e in errors])
        org, by = caller.org or "", caller.actor
        about = {"sha256": digest, "org": org, "name": name, "type": media, "size": len(content)}
        about |= {"uploaded_by": by, "uploaded_us": microseconds(now)}
        if not self.newest(org, 1, FILES.c.sha256 == digest):
            self.contents.put(digest, content)
            with suppress(IntegrityError), self._store.begin() as tx:  # else it came twice at once
                tx.execute(insert(FILES).values(id=new_id(self._store.clock), **about))
                self._audit.append(tx, [Act(by, "file.uploaded", digest, about)])
        return self.newest(org, 1, FILES.c.sha256 == digest)[0]

    def newest(
        self, org: str | None, limit: int, *which: ColumnElement[bool]
    ) -> Sequence[Row[Any]]:
        """Return files, the newest first: of one org or, for None, of all."""
        whose = () if org is None else (FILES.c.org == org,)
        query = select(FILES).where(*whose, *which).order_by(FILES.c.id.desc()).limit(limit)
        with self._store.read() as connection:
            return connection.execute(query).all()
