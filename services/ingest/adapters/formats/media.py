"""Which media types are taken, and in which encodings their text may be."""

from typing import Final

from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.posting import Format, Media

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Final[dict[str, Format]] = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "text/csv": "csv",
    XLSX: "xlsx",
}
_UTF8: Final = frozenset({"utf-8", "utf8"})
_GB18030: Final = frozenset({"gb18030", "gbk", "gb2312"})  # each within the one before it


_PLAIN_JSON: Final = Media("json", "utf-8")


def media_type(header: str) -> Media:
    """Read a Content-Type header.

    Raises:
        Unreadable: a type or a charset that is not taken (415).

    """
    if header == "application/json":
        return _PLAIN_JSON
    name, *parameters = (part.strip().lower() for part in header.split(";"))
    kind = FORMATS.get(name)
    if kind is None:
        raise _refused(header or "no Content-Type")
    if kind == "xlsx":
        return Media(kind, None)
    charset = None
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "charset":
            charset = value.strip().strip('"')
    if charset is None:
        return Media(kind, None if kind == "csv" else "utf-8")
    if charset in _UTF8:
        return Media(kind, "utf-8")
    if kind == "csv" and charset in _GB18030:
        return Media(kind, "gb18030")
    raise _refused(header)


def _refused(value: str) -> Unreadable:
    allowed = ", ".join(FORMATS)
    return Unreadable(
        "unsupported-media-type", "unsupported-media-type", value=value, allowed=allowed
    )
