"""Which media types are taken, and in which encodings their text may be."""

from typing import Final

from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.submission import Encoding, Format, Media
from services.ingest.domain.words import words_of

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Final[dict[str, Format]] = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "text/csv": "csv",
    XLSX: "xlsx",
}
# What spreadsheet programs save that is not taken, by its media type.
NOT_TAKEN: Final = words_of(__package__)["not_taken"]

_CHARSETS: Final[dict[str, Encoding]] = {
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
    **dict.fromkeys(("gb18030", "gbk", "gb2312"), "gb18030"),  # each within the one before it
}
_PLAIN_JSON: Final = Media("json", "utf-8")


def media_type(header: str) -> Media:
    """Read a Content-Type header.

    Raises:
        Unreadable: a type or a charset that is not taken (415).

    """
    if header == "application/json":
        return _PLAIN_JSON
    name, *parameters = (part.strip().lower() for part in header.split(";"))
    if name in NOT_TAKEN:
        raise Unreadable("unsupported-media-type", "workbook-other", name=NOT_TAKEN[name])
    kind = FORMATS.get(name)
    if kind == "xlsx":
        return Media(kind, None)
    pairs = (parameter.partition("=")[::2] for parameter in parameters)
    charset = {key.strip(): value.strip().strip('"') for key, value in pairs}.get("charset")
    encoding = _CHARSETS.get(charset or "")
    if kind == "csv" and (charset is None or encoding):
        return Media(kind, encoding)
    if kind in ("json", "ndjson") and (charset is None or encoding == "utf-8"):
        return Media(kind, "utf-8")
    said = (header, f"“{header}”") if header else ("no Content-Type", "未注明类型的正文")
    names = {"value": said, "allowed": list(FORMATS)}
    raise Unreadable("unsupported-media-type", "unsupported-media-type", **names)
