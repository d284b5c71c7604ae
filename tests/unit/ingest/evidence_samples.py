"""Evidence files: the smallest sound one of each kind, and what only looks like one."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

OFFICE = "application/vnd.openxmlformats-officedocument."
PDF, PNG, JPEG, OFD = "application/pdf", "image/png", "image/jpeg", "application/ofd"
DOCX = f"{OFFICE}wordprocessingml.document"
XLSX = f"{OFFICE}spreadsheetml.sheet"
PPTX = f"{OFFICE}presentationml.presentation"
TYPES = "[Content_Types].xml"


def pdf(text: str = "Minutes") -> bytes:
    """Return a document of one page, with a table of its objects that is right."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]
    whole, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(whole))
        whole += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{len(whole)}\n%%EOF\n"
    return whole + f"xref\n0 5\n0000000000 65535 f \n{table}{trailer}".encode()


def png() -> bytes:
    """Return a picture of one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = chunk(b"IDAT", zlib.compress(b"\0\x7f"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixel + chunk(b"IEND", b"")


def jpeg() -> bytes:
    """Return the segments that begin and end a photograph."""
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + b"\x7f" * 99 + b"\xff\xd9"


def archive(
    parts: Iterable[str], content: bytes = b"<x/>", packing: int = zipfile.ZIP_STORED
) -> bytes:
    """Return a zip archive with these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as made:
        for part in parts:
            made.writestr(part, content)
    return buffer.getvalue()


def docx(*more: str) -> bytes:
    return archive([TYPES, "_rels/.rels", "word/document.xml", *more])


def pptx() -> bytes:
    return archive([TYPES, "_rels/.rels", "ppt/presentation.xml"])


def xlsx() -> bytes:
    return archive([TYPES, "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"])


def ofd() -> bytes:
    return archive(["OFD.xml", "Doc_0/Document.xml"])


SOUND = {
    "会议纪要.pdf": (PDF, pdf()),
    "现场.png": (PNG, png()),
    "现场.JPG": (JPEG, jpeg()),
    "远景.jpeg": (JPEG, jpeg() + b"what a telephone adds"),
    "方案.docx": (DOCX, docx()),
    "台账.xlsx": (XLSX, xlsx()),
    "汇报.pptx": (PPTX, pptx()),
    "批复.ofd": (OFD, ofd()),
}
"""What is taken, by name: its media type and its bytes."""
