"""Which evidence files are taken, by their name, their kind and their content."""

import io
import random
import tracemalloc
import zipfile

import pytest

from duibiao.web.files.kinds import KINDS, file_errors
from tests.unit.ingest import evidence_samples as files
from tests.unit.ingest.evidence_samples import DOCX, JPEG, OFD, PDF, PNG, PPTX, SOUND, TYPES, XLSX

HTML = b"<!DOCTYPE html><script>alert(1)</script>"
NOT_AS_DECLARED = ["file-not-as-declared"]


def codes(name: str, media: str, content: bytes) -> list[str]:
    return [error.code for error in file_errors(name, media, content, 2021)]


@pytest.mark.parametrize("name", SOUND)
def test_every_kind_is_taken(name: str) -> None:
    assert codes(name, *SOUND[name]) == []


def test_no_other_kind_is_taken() -> None:
    assert (
        {*KINDS} == {PDF, PNG, JPEG, DOCX, XLSX, PPTX, OFD} == {kind for kind, _ in SOUND.values()}
    )


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("media", KINDS)
def test_content_of_one_kind_is_no_other(name: str, media: str) -> None:
    kind, content = SOUND[name]
    suffix = KINDS[media]["suffixes"][0]
    assert codes(f"a{suffix}", media, content) == ([] if kind == media else NOT_AS_DECLARED)


@pytest.mark.parametrize(
    ("media", "content"),
    [
        (PDF, HTML),
        (PDF, HTML + files.pdf()),  # a page that carries a document
        (PDF, b"\xef\xbb\xbf" + files.pdf()),
        (PDF, b"%PDF-1.7\n" + HTML),
        (PDF, files.docx() + files.pdf()),
        (PNG, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        (PNG, files.png()[:-12]),
        (PNG, files.png()[:8] + HTML + files.png()[-12:]),
        (JPEG, b"GIF89a\xff\xd9"),
        (JPEG, files.jpeg()[:-2]),
        (DOCX, HTML + files.docx()),  # whoever reads an archive from its end takes it
        (DOCX, files.docx()[:-30]),
        (DOCX, files.archive([TYPES])),
        (DOCX, files.archive(["word/document.xml"])),
        (DOCX, files.archive([TYPES, "password/x.xml", "x/word/document.xml"])),
        (DOCX, b"PK\3\4\n[content_types].xml\n\nword/document.xml\n"),
        (DOCX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)),  # old, or with a password
        (OFD, files.archive(["Doc_0/OFD.xml"])),
        *((kind, b"") for kind in KINDS),
    ],
)
def test_what_only_looks_like_it(media: str, content: bytes) -> None:
    assert codes("a" + KINDS[media]["suffixes"][0], media, content) == NOT_AS_DECLARED


@pytest.mark.parametrize("part", ["word/vbaProject.bin", "word/VBAPROJECT.BIN", "vbaProject.bin"])
def test_macros_are_refused(part: str) -> None:
    assert codes("a.docx", DOCX, files.docx(part)) == ["file-macros"]
    assert codes("a.xlsx", XLSX, files.archive([TYPES, "xl/workbook.xml", part])) == ["file-macros"]


def test_a_document_may_speak_of_macros() -> None:
    assert codes("a.pdf", PDF, files.pdf("vbaProject.bin\n")) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.exe", "file-not-as-declared"),
        ("a.pdf.html", "file-not-as-declared"),
        ("a.docm", "file-not-as-declared"),
        ("pdf", "file-not-as-declared"),
        ("a\n.pdf", "control-character"),
        ("a\x00.pdf", "nul-character"),
        ("exe\u202efdp..pdf", "control-character"),  # is shown as exe..fdp.pdf would not be
        ("\ud800.pdf", "surrogate"),
        ("x" * 197 + ".pdf", "too-long"),
        ("13800138000.pdf", "phone-number"),
        ("11010519491231002X.pdf", "id-card-number"),
    ],
)
def test_names(name: str, code: str) -> None:
    assert codes(name, PDF, files.pdf()) == [code]


def test_the_longest_name() -> None:
    assert codes("长" * 196 + ".pdf", PDF, files.pdf()) == []


def test_all_errors_are_told_at_once() -> None:
    found = list(file_errors("\u200b", DOCX, HTML, 2021))
    assert [(error.code, error.pointer) for error in found] == [
        ("control-character", "/query/name"),
        ("file-not-as-declared", None),
    ]


def bomb(size: int) -> bytes:
    """Return a document whose main part is that large once it is decompressed."""
    return files.archive([TYPES, "word/document.xml"], bytes(size), zipfile.ZIP_DEFLATED)


def test_nothing_is_decompressed() -> None:
    large, small = bomb(20 << 20), bomb(1)
    assert len(large) < 1 << 16
    codes("a.docx", DOCX, small)
    tracemalloc.start()
    try:
        assert codes("a.docx", DOCX, large) == []
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("parts", "expected"), [(10_000, []), (10_001, NOT_AS_DECLARED)])
def test_an_archive_with_many_parts(parts: int, expected: list[str]) -> None:
    names = [TYPES, "word/document.xml", *map(str, range(parts - 2))]
    assert codes("a.docx", DOCX, files.archive(names, b"")) == expected


def test_names_of_parts_that_no_encoding_has() -> None:
    whole = bytearray(files.archive([TYPES, "word/document.xml", "é"]))
    at = whole.rindex("é".encode())
    whole[at : at + 2] = b"\xff\xff"
    assert codes("a.docx", DOCX, bytes(whole)) == NOT_AS_DECLARED


def test_damaged_archives_are_refused_or_taken_and_never_break_anything() -> None:
    chosen = random.Random(20210629)
    whole = files.docx()
    for _ in range(3_000):
        damaged = bytearray(whole)
        for _ in range(chosen.randint(1, 6)):
            damaged[chosen.randrange(len(damaged))] = chosen.randrange(256)
        assert codes("a.docx", DOCX, bytes(damaged)) in ([], NOT_AS_DECLARED)
    for length in range(len(whole)):
        assert codes("a.docx", DOCX, whole[:length]) == NOT_AS_DECLARED


def test_archives_of_another_tool() -> None:
    """With a comment at its end, as some tools leave one, and stored, not deflated."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        for part in (TYPES, "word/document2.xml"):
            made.writestr(part, "<x/>")
        made.comment = "批复".encode()
    assert codes("a.docx", DOCX, buffer.getvalue()) == []
