"""The quick way through a body: a typed decoder, and plain rows packed as they come.

Whatever it is not sure of makes it give up; then the thorough way decides, which knows how to
tell every fault. A row that is sound but not plain (pauses, not applicable) is checked by the
domain on its own. A law (tests/laws/ingest) holds the two ways to the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, Protocol

from msgspec import UNSET, Raw

from duibiao.contracts.v1 import submission_pb2 as pb
from services.ingest.adapters.formats.csvtext import lines, row_of, trimmed
from services.ingest.adapters.formats.jsontext import parse
from services.ingest.adapters.formats.reading import encoding_of, opened
from services.ingest.adapters.formats.table import columns_of, flag_of, is_lost
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.adapters.names import Names
from services.ingest.adapters.packing import pack
from services.ingest.adapters.plain import PLAIN, Row
from services.ingest.adapters.typed import keys_agree, keys_within, typed_rows
from services.ingest.domain.checking import FIELDS, IDENTITY, check_row
from services.ingest.domain.columns import is_part
from services.ingest.domain.flaws import Flaw, Flaws
from services.ingest.domain.posting import Encoding, Media, Posting
from services.ingest.domain.terms import Kind, Limits, Terms
from services.ingest.domain.written import Written

_ORG: Final = {kind: fields.index("org") for kind, fields in FIELDS.items()}
_RESOLVED: Final = FIELDS["case"].index("resolved")


class _Rows(Protocol):
    """The rows of one body: as tuples, and one by one as the thorough way would read them."""

    kind: Kind
    rows: Sequence[Row]
    encoding: Encoding | None

    def written(self, index: int) -> object: ...

    def agree(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Quick:
    """What a body was found to be: whose, in which encoding, with what to look at again."""

    org: str
    encoding: Encoding | None
    warnings: Sequence[Flaw]


def read_quickly(
    posting: Posting, body: bytes, terms: Terms, names: Names, into: pb.Submission
) -> Quick | None:
    """Pack the rows of a sound body into a record; None when not sure.

    After None the record may hold rows already: throw it away.
    """
    kind = posting.kind
    if kind not in PLAIN:
        return None
    source = _source(kind, posting.media, body, terms.limits)
    if source is None or not source.rows:
        return None
    org = _org_of(source.rows[0][_ORG[kind]], terms)
    if org is None:
        return None
    settled = terms.of(org)
    plain = PLAIN[kind](names, settled, into)
    flaws = Flaws()
    for index, row in enumerate(source.rows):
        if not plain.take(index, row):
            identity = _check(source, index, settled, into, flaws)
            if identity is None:
                return None
            plain.identities.add(identity)
    if len(plain.identities) != len(source.rows) or not source.agree():
        return None
    return Quick(org, source.encoding, flaws.warnings)


def _source(kind: Kind, media: Media, body: bytes, limits: Limits) -> _Rows | None:
    if media.format == "xlsx":
        return None
    if media.format == "csv":
        try:
            return _csv(kind, media, body, limits)
        except Unreadable:
            return None
    rows = typed_rows(kind, media.format, body, limits.rows)
    return None if rows is None else _JsonRows(kind, body, rows, limits)


def _org_of(named: object, terms: Terms) -> str | None:
    """Return whose rows these are if the first one is right; each row is held to it."""
    own = terms.sender.org
    org = named or own
    if not isinstance(org, str) or (org != own and not terms.sender.office):
        return None
    return org if org in terms.register.orgs else None


def _check(
    source: _Rows, index: int, terms: Terms, into: pb.Submission, flaws: Flaws
) -> tuple[str, ...] | None:
    """Have the domain check one row and pack it; return its identity."""
    kind = source.kind
    try:
        written = source.written(index)
    except (Unreadable, UnicodeDecodeError):
        return None
    if not isinstance(written, Written) or (written.get("org") or terms.sender.org) != terms.org:
        return None
    row = check_row(kind, written, index, terms, flaws)
    if row is None:
        return None
    pack([row], into)
    return tuple(getattr(row, name) for name in IDENTITY[kind])


class _JsonRows:
    """Rows decoded from JSON or NDJSON."""

    encoding: Encoding | None = None

    def __init__(self, kind: Kind, body: bytes, rows: Sequence[Row], limits: Limits) -> None:
        self.kind = kind
        self.rows = rows
        self._names = FIELDS[kind]
        self._body = body
        self._limits = limits
        labels = (row[-1] for row in rows) if self._names[-1] == "labels" else ()
        self._nested = sum(len(entries) for entries in labels if isinstance(entries, dict))

    def written(self, index: int) -> object:
        fields = zip(self._names, self.rows[index], strict=True)
        return Written((name, self._value(value)) for name, value in fields if value is not UNSET)

    def agree(self) -> bool:
        return keys_agree(self._body, self.rows, self._nested)

    def _value(self, value: object) -> object:
        if isinstance(value, Raw):
            read = parse(str(value, "utf-8"), self._limits)
            self._nested += keys_within(read)
            return read
        return Written(value.items()) if isinstance(value, dict) else value


class _CsvRows:
    """Rows read from CSV under a header without fault."""

    def __init__(
        self,
        kind: Kind,
        cells: Sequence[list[str]],
        columns: dict[int, str],
        limits: Limits,
        encoding: Encoding,
    ) -> None:
        self.kind = kind
        self.encoding: Encoding | None = encoding
        self._cells = cells
        self._columns = columns
        self._limits = limits
        places = {name: place for place, name in columns.items()}
        # A column that is not there reads the empty cell put behind the others.
        ordered = itemgetter(*(places.get(name, len(columns)) for name in FIELDS[kind]))
        self.rows: Sequence[Row] = [ordered([*row, ""]) for row in cells]
        if "resolved" in places:
            self.rows = [
                (*row[:_RESOLVED], flag_of(row[_RESOLVED]), *row[_RESOLVED + 1 :])
                for row in self.rows
            ]

    def written(self, index: int) -> object:
        return row_of(self._cells[index], len(self._columns), self._columns, self._limits)

    def agree(self) -> bool:
        return True


def _csv(kind: Kind, media: Media, body: bytes, limits: Limits) -> _CsvRows | None:
    encoding = encoding_of(media, body)
    flaws = Flaws()
    with opened(body, encoding, "") as text:
        table = lines(text, limits)
        header = trimmed(next(table, []))
        columns = columns_of(header, FIELDS[kind], flaws)
        cells = list(table)
    if flaws or len(columns) != len(header) or any(map(is_part, columns.values())):
        return None
    if any(len(row) != len(header) for row in cells):
        return None
    numbers = [place for place, name in columns.items() if name == "case_no"]
    if any(is_lost(row[place]) for place in numbers for row in cells):
        return None
    return _CsvRows(kind, cells, columns, limits, encoding)
