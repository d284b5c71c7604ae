"""From bytes to rows: the encoding first, then the format."""

from collections.abc import Collection
from typing import Final

from services.ingest.adapters.formats.csvtext import read_csv
from services.ingest.adapters.formats.jsontext import read_json, read_ndjson
from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.flaws import Flaws
from services.ingest.domain.posting import Media
from services.ingest.domain.terms import Limits

_MARK: Final = "\ufeff"  # what Windows programs put before UTF-8 text


def read_rows(
    media: Media, body: bytes, fields: Collection[str], limits: Limits, flaws: Flaws
) -> list[object]:
    """Return the rows of a body as they were written.

    Raises:
        Unreadable: the body cannot be taken apart, or holds no row.

    """
    text = decoded(media, body)
    if not text.strip():
        raise Unreadable("bad-request", "empty-body")
    if media.format == "csv":
        rows = read_csv(text, fields, limits, flaws)
    elif media.format == "ndjson":
        rows = read_ndjson(text, limits)
    else:
        rows = read_json(text, limits)
    if not rows and not flaws:
        raise Unreadable("invalid", "empty-body")
    return rows


def decoded(media: Media, body: bytes) -> str:
    """Return the text of a body. CSV of undeclared encoding is UTF-8 if it can be, else GB18030.

    Raises:
        Unreadable: the bytes are in none of the encodings that they may be in.

    """
    encodings = (media.encoding,) if media.encoding else ("utf-8", "gb18030")
    failure: UnicodeDecodeError | None = None
    for encoding in encodings:
        try:
            return body.decode(encoding).removeprefix(_MARK)
        except UnicodeDecodeError as error:
            failure = failure or error
    position = failure.start + 1 if failure else 0
    names = {"encoding": " / ".join(encodings).upper(), "position": position}
    raise Unreadable("bad-request", "bad-encoding", **names)
