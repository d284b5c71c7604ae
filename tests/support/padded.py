"""The same rows in bodies of any length: what is added says nothing."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

import zstandard

from tests.support.product import Row

_BLANK: Final = bytes(b" \t"[byte & 1] for byte in range(256))
PACKED: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "gzip": lambda body: gzip.compress(body, 1),
    "zstd": zstandard.ZstdCompressor(level=1).compress,
}


def padded(form: str, rows: Sequence[Row], size: int) -> bytes:
    """Return rows as a body of about `size` bytes, or of more if the rows alone have more.

    The blanks are random, and so pack badly.
    """
    plain = _BODIES[form](rows, [b""] * len(rows))
    each = max(0, (size - len(plain)) // len(rows))
    random = Random(20210325)
    blanks = [random.randbytes(each).translate(_BLANK) for _ in rows]
    return _BODIES[form](rows, blanks)


def _objects(rows: Sequence[Row], blanks: Sequence[bytes]) -> list[bytes]:
    """Return each row as JSON, the blanks behind its first comma."""
    texts = [json.dumps(row, separators=(",", ":")).encode() for row in rows]
    return [text.replace(b",", b"," + blank, 1) for text, blank in zip(texts, blanks, strict=True)]


def _json(rows: Sequence[Row], blanks: Sequence[bytes]) -> bytes:
    return b"[" + b",\n".join(_objects(rows, blanks)) + b"]"


def _ndjson(rows: Sequence[Row], blanks: Sequence[bytes]) -> bytes:
    return b"\n".join(_objects(rows, blanks)) + b"\n"


def _csv(rows: Sequence[Row], blanks: Sequence[bytes]) -> bytes:
    """Return a table with one column more, of JSON that holds nothing but the blanks."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow([*rows[0], "labels"])
    for row, blank in zip(rows, blanks, strict=True):
        writer.writerow([*row.values(), f"{{{blank.decode()}}}" if blank else ""])
    return table.getvalue().encode()


_BODIES: Final[Mapping[str, Callable[[Sequence[Row], Sequence[bytes]], bytes]]] = {
    "json": _json,
    "ndjson": _ndjson,
    "csv": _csv,
}
