"""Which media types are taken, and in which encodings their text may be."""

from typing import Final

from services.ingest.adapters.formats.unreadable import Unreadable
from services.ingest.domain.flaws import Words
from services.ingest.domain.posting import Format, Media

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Final[dict[str, Format]] = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "text/csv": "csv",
    XLSX: "xlsx",
}
_ALLOWED: Final = list(FORMATS)
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
    if name in OTHERS:
        raise Unreadable("unsupported-media-type", "workbook-other", name=OTHERS[name])
    if kind is None:
        raise _refused(header)
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
    said = (value, f"“{value}”") if value else ("no Content-Type", "未注明类型的正文")
    return Unreadable(
        "unsupported-media-type", "unsupported-media-type", value=said, allowed=_ALLOWED
    )
