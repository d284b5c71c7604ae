"""Which media types are taken, and in which encodings their text may be."""

from typing import Final

from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.errors import Words
from services.ingest.domain.submission import Encoding, Format, Media

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Final[dict[str, Format]] = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "text/csv": "csv",
    XLSX: "xlsx",
}
OTHERS: Final[dict[str, Words]] = {
    "application/vnd.oasis.opendocument.spreadsheet": (
        "an OpenDocument sheet (.ods)",
        "OpenDocument电子表格（.ods）",
    ),
    "application/vnd.ms-excel": ("an old Excel file (.xls)", "旧版Excel文件（.xls）"),
    "application/vnd.ms-excel.sheet.macroenabled.12": (
        "a workbook with macros (.xlsm)",
        "含宏的工作簿（.xlsm）",
    ),
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": (
        "a binary workbook (.xlsb)",
        "二进制工作簿（.xlsb）",
    ),
    "application/wps-office.et": ("a WPS sheet (.et)", "WPS表格文件（.et）"),
}
"""What spreadsheet programs save that is not taken, by its media type."""

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
    if name in OTHERS:
        raise Unreadable("unsupported-media-type", "workbook-other", name=OTHERS[name])
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
