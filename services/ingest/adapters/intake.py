"""From a decompressed body to the record of its rows, or to every fault of them."""

from collections.abc import Sequence
from typing import Final

from duibiao.register import Register
from duibiao.workdays import local_day
from services.ingest.adapters.compression import decompressed
from services.ingest.adapters.decoding import decode
from services.ingest.adapters.formats import BodyReaders, Read, Unreadable
from services.ingest.adapters.record import record
from services.ingest.adapters.sheet_errors import in_sheet_terms
from services.ingest.domain.checking import check
from services.ingest.domain.columns import Columns, columns_of
from services.ingest.domain.columnwise import check_columns, check_doubtful
from services.ingest.domain.context import Limits, ValidationContext
from services.ingest.domain.errors import KEPT, RowError, RowErrors
from services.ingest.domain.rows import ROWS
from services.ingest.domain.shapes import ShapeCache
from services.ingest.domain.submission import TABLES, DecodedSubmission, IncomingRequest
from services.ingest.domain.vocabulary import vocabulary_of

_NOT_ALLOWED: Final = "forbidden"
_TOO_LARGE: Final = "too-large"


class BodyIntake:
    """The `Intake` of real bodies. Holds nothing but what it learned about names."""

    def __init__(
        self, register: Register, limits: Limits, max_decoded_bytes: int, max_record_bytes: int
    ) -> None:
        """`max_record_bytes`: what the log takes; more would wait for ever and all behind it."""
        self._register = register
        self._limits = limits
        self._max_decoded_bytes = max_decoded_bytes
        self._max_record_bytes = max_record_bytes
        self._shapes = ShapeCache()
        self.readers = BodyReaders()

    def close(self) -> None:
        """End the processes that read large bodies."""
        self.readers.close()

    def decompressed(self, request: IncomingRequest) -> bytes:
        """Return the body without its Content-Encoding, within the limit."""
        return decompressed(request.body, request.coding, self._max_decoded_bytes)

    def accepted(self, request: IncomingRequest, body: bytes) -> DecodedSubmission | None:
        """Return what is taken of a body whose every row is fine; None of any other."""
        kind, terms = request.kind, self._context(request)
        decoded = decode(kind, request.media, body, terms)
        if decoded is None:
            return None
        count = decoded.count
        checked = check_columns(kind, decoded.columns, count, terms, self._shapes)
        if checked is None:
            return None
        errors = RowErrors()
        columns = check_doubtful(kind, checked, count, decoded.raw, errors)
        if columns is None:
            return None
        org = str(checked.terms.org)
        payload = _record(request, org, count, columns)
        if len(payload) > self._max_record_bytes:
            return None
        return DecodedSubmission(
            org,
            payload,
            count,
            0,
            encoding=decoded.encoding,
            warnings=in_sheet_terms(errors.warnings[:KEPT], request, ()),
            warnings_total=len(errors.warnings),
        )

    def listed(self, request: IncomingRequest, body: bytes) -> DecodedSubmission:
        """Read a body row by row and list every fault of it."""
        kind, terms, errors = request.kind, self._context(request), RowErrors()
        try:
            read = self._read(request, body, errors)
        except Unreadable as unreadable:
            errors.bar(unreadable.error)
            return DecodedSubmission(
                None, b"", 0, 0, errors.listed(), errors.total, unreadable.problem
            )
        checked = check(kind, read.rows, terms, errors)
        problem = None
        if errors.barred:
            problem = _NOT_ALLOWED if checked.forbidden else "invalid"
        payload, received = b"", len(read.rows)
        if checked.org is not None and problem is None:
            columns = columns_of(kind, checked.rows.values())
            payload = _record(request, checked.org, received, columns, list(checked.rows))
        if len(payload) > self._max_record_bytes:
            payload, problem = b"", _TOO_LARGE
            errors.first(RowError("too-much", names={"limit": self._max_record_bytes}))
        heeded = errors.heeded()
        return DecodedSubmission(
            org=checked.org,
            payload=payload,
            received=received,
            rejected=received - len(checked.rows),
            errors=in_sheet_terms(errors.listed(), request, read.lines),
            errors_total=errors.total,
            problem=problem,
            encoding=read.encoding,
            warnings=in_sheet_terms(heeded[:KEPT], request, read.lines),
            warnings_total=len(heeded),
        )

    def _context(self, request: IncomingRequest) -> ValidationContext:
        received = request.received
        return ValidationContext(
            self._register, request.sender, self._limits, received, local_day(received)
        )

    def _read(self, request: IncomingRequest, body: bytes, errors: RowErrors) -> Read:
        columns = ROWS[request.kind].columns
        read = self.readers.read(request.media, body, columns, self._limits, errors)
        if request.media.format in TABLES:
            vocabulary_of(self._register).replace_names(read.rows)
        if not read.rows and not errors:
            raise Unreadable("invalid", "empty-body")
        return read


def _record(
    request: IncomingRequest,
    org: str,
    received: int,
    columns: Columns,
    index: Sequence[int] | None = None,
) -> bytes:
    return record(
        request.id,
        request.kind,
        org=org,
        key_id=request.key_id,
        received_at=request.received,
        received=received,
        columns=columns,
        index=index,
    )
