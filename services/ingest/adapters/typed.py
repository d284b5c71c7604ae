"""JSON decoded straight into typed rows, and the proof that no key stood in an object twice.

A decoder that fills a struct keeps the last of two equal keys without a word. So the keys are
counted: where no ':' has whitespace before it, every key is followed by '":', and when that pair
of bytes stands in the body as often as there are keys in the decoded rows, none was lost. (An
escaped quote before a colon inside a text makes the count too high, never too low.)
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from services.ingest.domain.posting import Format
from services.ingest.domain.terms import Kind

Text = str | UnsetType | None


class ObservationRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An observation as sent; the fields stand in the order of the domain's FIELDS."""

    indicator: Text = UNSET
    region: Text = UNSET
    period: Text = UNSET
    value: Raw | UnsetType = UNSET
    numerator: Raw | UnsetType = UNSET
    denominator: Raw | UnsetType = UNSET
    sample_size: Raw | UnsetType = UNSET
    status: Text = UNSET
    comment: Text = UNSET
    stated_at: Text = UNSET
    org: Text = UNSET


class CaseRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A case as sent; the fields stand in the order of the domain's FIELDS."""

    case_no: Text = UNSET
    indicator: Text = UNSET
    region: Text = UNSET
    accepted_at: Text = UNSET
    completed_at: Text = UNSET
    outcome: Text = UNSET
    resolved: bool | UnsetType | None = UNSET
    deadline: Text = UNSET
    pauses: Raw | UnsetType = UNSET
    extension: Raw | UnsetType = UNSET
    stated_at: Text = UNSET
    org: Text = UNSET
    labels: dict[str, str] | UnsetType | None = UNSET


Rows = Sequence[tuple[object, ...]]

_TYPES: Final[Mapping[Kind, type[msgspec.Struct]]] = {
    "observation": ObservationRow,
    "case": CaseRow,
}
_ONE: Final = {kind: msgspec.json.Decoder(row) for kind, row in _TYPES.items()}
_MANY: Final = {kind: msgspec.json.Decoder(list[row]) for kind, row in _TYPES.items()}  # type: ignore[valid-type]
_WHITESPACE: Final = b" \t\r\n"
_SPACES: Final = (b" ", b"\t", b"\r", b"\n")
_BRACES_PER_ROW: Final = 8


def typed_rows(kind: Kind, form: Format, body: bytes, most: int) -> Rows | None:
    """Return the rows as tuples of their fields; None where the thorough way must decide.

    A field that was not sent is UNSET. The keys of pauses and extension are not counted here:
    the caller counts them with `keys_agree` once it has read those.
    """
    # Looking for one byte is many times faster than for two, and most bodies have no spaces.
    if kind not in _TYPES or any(s in body and s + b":" in body for s in _SPACES):
        return None
    if body.count(b"{") > most * _BRACES_PER_ROW:
        return None
    try:
        rows = _lines(kind, body) if form == "ndjson" else _array(kind, body)
    except (ValueError, RecursionError):  # msgspec's errors, and text that is not UTF-8
        return None
    if rows is None or not 0 < len(rows) <= most:
        return None
    return [msgspec.structs.astuple(row) for row in rows]


def keys_agree(body: bytes, rows: Rows, nested: int) -> bool:
    """Whether the body holds exactly the keys of the rows and `nested` more."""
    if not rows:
        return True
    unset = sum(row.count(UNSET) for row in rows)
    return body.count(b'":') == len(rows) * len(rows[0]) - unset + nested


def _array(kind: Kind, body: bytes) -> list[msgspec.Struct]:
    if body.lstrip(_WHITESPACE)[:1] == b"{":
        return [_ONE[kind].decode(body)]
    rows: list[msgspec.Struct] = _MANY[kind].decode(body)
    return rows


def _lines(kind: Kind, body: bytes) -> list[msgspec.Struct] | None:
    """Decode one row a line; None unless every line break lies between two rows.

    The decoder itself takes rows over several lines and several rows on one.
    """
    body = body.replace(b"\r\n", b"\n").strip(_WHITESPACE)
    breaks = body.count(b"\n")
    if body.count(b"}\n{") != breaks:
        return None
    rows: list[msgspec.Struct] = _ONE[kind].decode_lines(body)
    return rows if len(rows) == breaks + 1 else None


def keys_within(value: object) -> int:
    """Return how many keys stand in a written value, at any depth."""
    if isinstance(value, dict):
        return len(value) + sum(keys_within(entry) for entry in value.values())
    if isinstance(value, list):
        return sum(keys_within(entry) for entry in value)
    return 0
