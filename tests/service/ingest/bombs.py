"""Bodies that are small to send and would be large in memory: workbooks, gzip and zstd."""

import gzip
import io
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Final

import zstandard

MEBIBYTE: Final = 1024 * 1024
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS: Final[Mapping[str, str]] = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="a" sheetId="1" r:id="s1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="s1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="s2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    "</Relationships>",
    "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}"><si><t>indicator</t></si></sst>',
}
SHEET: Final = "xl/worksheets/sheet1.xml"
HEADINGS: Final = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive of these parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def workbook(rows: str, **others: str | bytes) -> bytes:
    """Return a workbook with these rows in XML below its headings, other parts replaced."""
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{HEADINGS}{rows}</sheetData></worksheet>'
    return zipped({**PARTS, SHEET: sheet, **others})


def line(cell: str, times: int) -> str:
    """Return one line of the same cell again and again."""
    return f"<row>{cell * times}</row>"


def zeros() -> bytes:
    """Return a sheet of 300 MB that packs to a thousandth of it."""
    return zipped({**PARTS, SHEET: b" " * (300 * MEBIBYTE)})


def repeated_text() -> bytes:
    """Return a text of 32,000 characters that 400,000 cells show."""
    long = "长" * 32_000
    strings = f'<sst xmlns="{_MAIN}"><si><t>indicator</t></si><si><t>{long}</t></si></sst>'
    rows = line('<c t="s"><v>1</v></c>', 40) * 10_000
    return workbook(rows, **{"xl/sharedStrings.xml": strings})


def far_out() -> bytes:
    """Return one cell at the end of the largest sheet there is."""
    return workbook('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def full() -> bytes:
    """Return as many cells as the largest table that is read may hold, without headings."""
    return workbook(line("<c><v>1</v></c>", 50) * 10_900)


def wide() -> bytes:
    """Return lines of thousands of cells."""
    return workbook(line("<c><v>1</v></c>", 10_000) * 200)


def empty() -> bytes:
    """Return millions of cells with nothing in them."""
    return workbook(line("<c/>", 1_000) * 8_000)


def errors() -> bytes:
    """Return a million cells that hold an error."""
    return workbook(line('<c t="e"><v>#N/A</v></c>', 100) * 10_000)


def formulas() -> bytes:
    """Return half a million formulas without a value."""
    return workbook(line("<c><f>1</f></c>", 50) * 10_000)


def merged() -> bytes:
    """Return a million merged ranges."""
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{HEADINGS}</sheetData><mergeCells>'
    return zipped({**PARTS, SHEET: sheet + '<mergeCell ref="A1:B1"/>' * 1_000_000})


def laughs() -> bytes:
    """Return entities that unfold to billions of characters."""
    entities = '<!ENTITY a "ha">'
    for before, name in pairwise("abcdefghijklm"):
        entities += f"<!ENTITY {name} '" + f"&{before};" * 8 + "'>"
    sheet = f'<!DOCTYPE x [{entities}]><worksheet xmlns="{_MAIN}"><sheetData>&m;</sheetData>'
    return zipped({**PARTS, SHEET: sheet})


def many_entries() -> bytes:
    """Return an archive of 60,000 entries."""
    return zipped({**PARTS, SHEET: "", **{f"xl/{n}.xml": "" for n in range(60_000)}})


def many_strings() -> bytes:
    """Return two million shared texts of nothing."""
    strings = f'<sst xmlns="{_MAIN}"><si><t>indicator</t></si>' + "<si/>" * 6_000_000 + "</sst>"
    return workbook("", **{"xl/sharedStrings.xml": strings})


WORKBOOKS: Final[Mapping[str, Callable[[], bytes]]] = {
    "a sheet of 300 MB": zeros,
    "a long text in many cells": repeated_text,
    "a cell far out": far_out,
    "a full table": full,
    "thousands of columns": wide,
    "millions of empty cells": empty,
    "a million errors": errors,
    "formulas without values": formulas,
    "a million merged ranges": merged,
    "entities within entities": laughs,
    "60,000 entries": many_entries,
    "millions of empty texts": many_strings,
}


def zstd(megabytes: int, frames: int = 1) -> bytes:
    """Return so many megabytes of zeros as zstd, in frames one after another."""
    each = bytes(megabytes * 1_000_000 // frames)
    return zstandard.ZstdCompressor(level=3).compress(each) * frames


def gzipped(megabytes: int, level: int = 9) -> bytes:
    """Return so many megabytes of zeros as gzip: a 1,029th of their size, at level 1 a 229th."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=level) as stream:
        for _ in range(megabytes):
            stream.write(bytes(1_000_000))
    return packed.getvalue()


def blanks(mebibytes: int) -> bytes:
    """Return a row of JSON behind so many mebibytes of white space, as gzip, a 312th of them."""
    choose = random.Random(20210325).choices
    each = bytes(choose(b"\t\n\r ", k=350)).ljust(64 * 1024)
    return gzip.compress(each * 16 * mebibytes + b"{}")


def packed() -> Iterator[tuple[str, bytes]]:
    """Yield bombs by their Content-Encoding."""
    yield "gzip", gzipped(300)
    yield "gzip", gzipped(300, level=1)
    yield "zstd", zstd(300)
    yield "zstd", zstd(300, frames=300)
    yield "zstd", zstd(0, frames=1) * 100_000
    far = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    yield "zstd", zstandard.ZstdCompressor(compression_params=far).compress(bytes(200_000_000))
