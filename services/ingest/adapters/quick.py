"""The quick way through a body: a typed decoder, and plain rows packed as they come.

Whatever it is not sure of makes it give up; then the thorough way decides, which knows how to
tell every fault. A row that is sound but not plain (pauses, not applicable) is checked by the
domain on its own. A law (tests/laws/ingest) holds the two ways to the same rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Final, Protocol

from msgspec import UNSET, Raw

from services.ingest.adapters.formats.csvtext import lines, row_of, trimmed
from services.ingest.adapters.formats.encodings import encoding_of, opened
from services.ingest.adapters.formats.jsontext import ENDS_PER_ROW, parse
from services.ingest.adapters.formats.table import columns_of, flag_of, is_lost
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.adapters.names import Names
from services.ingest.adapters.packing import Parcel, pack
from services.ingest.adapters.pieces import Unsure, pieces
from services.ingest.adapters.plain import PLAIN, Row
from services.ingest.adapters.typed import keys_agree, keys_within, typed_rows
from services.ingest.domain.checking import FIELDS, check_row
from services.ingest.domain.columns import is_part
from services.ingest.domain.flaws import Flaw, Flaws
from services.ingest.domain.posting import Encoding, Media, Posting
from services.ingest.domain.terms import Kind, Limits, Terms
from services.ingest.domain.twins import IDENTITY
from services.ingest.domain.vocabulary import vocabulary_of
from services.ingest.domain.written import Written

_ORG: Final = {kind: fields.index("org") for kind, fields in FIELDS.items()}
_RESOLVED: Final = FIELDS["case"].index("resolved")


_LINES_AT_ONCE: Final = 100  # of CSV


class _Rows(Protocol):
    """Some rows of a body: as tuples, and one by one as the thorough way would read them."""

    kind: Kind
    rows: Sequence[Row]
    encoding: Encoding | None

    def written(self, place: int) -> object: ...

    def agree(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Quick:
    """What a body was found to be: whose, how many rows, in which encoding, what to look at."""

    org: str
    received: int
    encoding: Encoding | None
    warnings: Sequence[Flaw]


def read_quickly(
    posting: Posting, body: bytes, terms: Terms, names: Names, into: Parcel
) -> Quick | None:
    """Pack the rows of a sound body into a record; None when not sure.

    After None the record may hold rows already: throw it away.
    """
    kind = posting.kind
    if kind not in PLAIN or posting.media.format == "xlsx":
        return None
    try:
        return _taken(_parts(kind, posting.media, body, terms), terms, names, into)
    except (Unsure, Unreadable):
        return None


def _taken(parts: Iterator[_Rows], terms: Terms, names: Names, into: Parcel) -> Quick | None:
    part = next(parts, None)
    if part is None:
        return None
    org = _org_of(part.rows[0][_ORG[part.kind]], terms)
    if org is None:
        return None
    settled = terms.of(org)
    plain = PLAIN[part.kind](names, settled)
    flaws = Flaws()
    received, encoding = 0, part.encoding
    while part is not None:
        plain.into(into.part)
        for index, row in enumerate(part.rows, received):
            if not plain.take(index, row):
                identity = _check(part, index - received, index, settled, into, flaws)
                if identity is None:
                    return None
                plain.identities.add(identity)
        received += len(part.rows)
        within = len(plain.identities) == received <= terms.limits.rows
        if not within or not part.agree():
            return None
        part = next(parts, None)
        if part is not None:
            into.turn()
    return Quick(org, received, encoding, flaws.warnings)


def _parts(kind: Kind, media: Media, body: bytes, terms: Terms) -> Iterator[_Rows]:
    """Yield the rows of a body, some at a time.

    Raises:
        Unsure, Unreadable: the thorough way must decide.

    """
    if media.format == "csv":
        yield from _csv(kind, media, body, terms)
        return
    limits, ends = terms.limits, 0
    for piece in pieces(kind, media.format, body):
        if media.format == "ndjson":
            ends += piece.count(b"\n")
            if ends > limits.rows * ENDS_PER_ROW:
                raise Unsure
        rows = typed_rows(kind, media.format, piece, limits.rows)
        if rows is None:
            raise Unsure
        yield _JsonRows(kind, piece, rows, limits)


def _org_of(named: object, terms: Terms) -> str | None:
    """Return whose rows these are if the first one is right; each row is held to it."""
    own = terms.sender.org
    org = named or own
    if not isinstance(org, str) or (org != own and not terms.sender.office):
        return None
    return org if org in terms.register.orgs else None


def _check(
    part: _Rows, place: int, index: int, terms: Terms, into: Parcel, flaws: Flaws
) -> tuple[str, ...] | None:
    """Have the domain check one row and pack it; return its identity."""
    kind = part.kind
    try:
        written = part.written(place)
    except (Unreadable, UnicodeDecodeError):
        return None
    if not isinstance(written, Written) or (written.get("org") or terms.sender.org) != terms.org:
        return None
    row = check_row(kind, written, index, terms, flaws)
    if row is None:
        return None
    pack([row], into.part)
    return tuple(getattr(row, name) for name in IDENTITY[kind])


class _JsonRows:
    """Rows decoded from one piece of JSON or NDJSON."""

    encoding: Encoding | None = None

    def __init__(self, kind: Kind, body: bytes, rows: Sequence[Row], limits: Limits) -> None:
        self.kind = kind
        self.rows = rows
        self._names = FIELDS[kind]
        self._body = body
        self._limits = limits
        labels = (row[-1] for row in rows) if self._names[-1] == "labels" else ()
        self._nested = sum(len(entries) for entries in labels if isinstance(entries, dict))

    def written(self, place: int) -> object:
        fields = zip(self._names, self.rows[place], strict=True)
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
    """Some rows of CSV under a header without fault."""

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

    def written(self, place: int) -> object:
        return row_of(self._cells[place], len(self._columns), self._columns, self._limits)

    def agree(self) -> bool:
        return True


def _csv(kind: Kind, media: Media, body: bytes, terms: Terms) -> Iterator[_CsvRows]:
    encoding = encoding_of(media, body)
    flaws, limits = Flaws(), terms.limits
    words = vocabulary_of(terms.register)
    with opened(body, encoding, "") as text:
        table = lines(text, limits)
        header = trimmed(next(table, []))
        columns = columns_of(header, FIELDS[kind], flaws)
        if flaws or len(columns) != len(header) or any(map(is_part, columns.values())):
            raise Unsure
        named = [(place, name) for place, name in columns.items() if name in words.fields]
        numbers = [place for place, name in columns.items() if name == "case_no"]
        while cells := list(islice(table, _LINES_AT_ONCE)):
            if any(len(row) != len(header) for row in cells):
                raise Unsure
            if any(is_lost(row[place]) for place in numbers for row in cells):
                raise Unsure
            for row in cells:
                for place, name in named:
                    row[place] = words.code_of(name, row[place])
            yield _CsvRows(kind, cells, columns, limits, encoding)
