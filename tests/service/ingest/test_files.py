"""Evidence files over HTTP: uploaded, listed, downloaded; by whom, how large, how often."""

import hashlib
import io
import re
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import openpyxl
import pytest
import xlsxwriter

from duibiao.store import Store
from duibiao.web.files import KINDS, DatabaseContents
from services.ingest.adapters.tables import FILES
from tests.service.ingest.service import Desk, assert_problem
from tests.support.asgi import Calls
from tests.support.registers import CUSTOMS, TAX
from tests.unit.ingest.evidence_samples import DOCX, PDF, SOUND, XLSX, docx, pdf

A_PDF = pdf()
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
MIB = 1 << 20


def upload(
    desk: Desk,
    name: str = "a.pdf",
    media: str = PDF,
    content: bytes | AsyncIterator[bytes] = A_PDF,
    *,
    by: str = "tax",
) -> httpx.Response:
    path = f"/v1/files?name={quote(name, safe='')}"
    return Calls(desk.app, by).post(path, content=content, headers={"Content-Type": media})


def uploaded(desk: Desk, content: bytes = A_PDF, *, by: str = "tax") -> dict[str, Any]:
    answer = upload(desk, content=content, by=by)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def listed(desk: Desk, by: str, query: str = "") -> list[tuple[str, str | None]]:
    answer = desk.get(f"/v1/files{query}", by=by)
    assert answer.status_code == 200, answer.text
    return [(file["sha256"], file["org"]) for file in answer.json()["items"]]


def refused(answer: httpx.Response, status: int) -> list[str]:
    return [error["code"] for error in assert_problem(answer, status)]


@pytest.mark.parametrize("name", SOUND)
def test_what_is_uploaded_can_be_downloaded(shared_desk: Desk, name: str) -> None:
    media, content = SOUND[name]
    answer = upload(shared_desk, name, media, content)
    digest = hashlib.sha256(content).hexdigest()
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "sha256": digest,
        "org": TAX,
        "name": name,
        "type": media,
        "size": len(content),
        "uploaded_at": "2021-06-01T04:00:00Z",
    }
    found = shared_desk.get(f"/v1/files/{digest}")
    assert found.status_code == 200
    assert found.content == content


def test_a_download_is_an_attachment_and_nothing_of_it_runs(shared_desk: Desk) -> None:
    name = "附件 1; filename=\"x.html\"\t'%0d%0a'.pdf".replace("\t", " ")
    answer = upload(shared_desk, name, PDF, pdf("headers"))
    assert answer.status_code == 201, answer.text
    found = shared_desk.get(f"/v1/files/{answer.json()['sha256']}")
    assert found.headers["content-type"] == PDF
    assert found.headers["content-length"] == str(len(pdf("headers")))
    assert found.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%E9%99%84%E4%BB%B6%201%3B%20filename%3D%22x.html%22%20"
        "%27%250d%250a%27.pdf"
    )
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_workbooks_as_programs_save_them(shared_desk: Desk) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(first)
    with xlsxwriter.Workbook(second, {"in_memory": True}) as book:
        book.add_worksheet().write(0, 0, "台账")
    for content in (first.getvalue(), second.getvalue()):
        answer = upload(shared_desk, "台账.xlsx", XLSX, content)
        assert answer.status_code == 201, answer.text
        assert shared_desk.get(f"/v1/files/{answer.json()['sha256']}").content == content


def test_content_that_is_not_what_it_says(shared_desk: Desk) -> None:
    before = listed(shared_desk, "office")
    assert refused(upload(shared_desk, "a.pdf", PDF, HTML), 422) == ["file-not-as-declared"]
    assert refused(upload(shared_desk, "a.pdf", PDF, b""), 422) == ["file-not-as-declared"]
    assert refused(upload(shared_desk, "a.pdf", PDF, docx()), 422) == ["file-not-as-declared"]
    macros = docx("word/vbaProject.bin")
    assert refused(upload(shared_desk, "a.docx", DOCX, macros), 422) == ["file-macros"]
    found = upload(shared_desk, "\u202e.docx", DOCX, HTML)
    assert refused(found, 422) == ["control-character", "file-not-as-declared"]
    assert listed(shared_desk, "office") == before


@pytest.mark.parametrize("media", ["APPLICATION/PDF", f"{PDF}; charset=utf-8"])
def test_a_type_may_be_written_in_other_ways(shared_desk: Desk, media: str) -> None:
    answer = upload(shared_desk, media=media, content=A_PDF + b"%other\n")
    assert (answer.status_code, answer.json()["type"]) == (201, PDF)


def test_a_compressed_body_is_no_file(shared_desk: Desk) -> None:
    headers = {"Content-Type": PDF, "Content-Encoding": "gzip"}
    caller = Calls(shared_desk.app, "tax")
    answer = caller.post("/v1/files?name=a.pdf", content=A_PDF, headers=headers)
    assert refused(answer, 415) == ["unsupported-encoding"]


@pytest.mark.parametrize("media", ["text/html", "", "application/msword", "image/svg+xml"])
def test_other_types(shared_desk: Desk, media: str) -> None:
    answer = upload(shared_desk, media=media)
    assert refused(answer, 415) == ["unsupported-media-type"]
    assert all(kind in answer.json()["errors"][0]["message"] for kind in KINDS)


@pytest.mark.parametrize("name", ["../a.pdf", "a/b.pdf", "C:\\a.pdf", "", "x" * 201, "a\0.pdf"])
def test_names_with_a_path(shared_desk: Desk, name: str) -> None:
    assert_problem(upload(shared_desk, name), 422)


def test_no_name(shared_desk: Desk) -> None:
    headers = {"Content-Type": PDF}
    answer = Calls(shared_desk.app, "tax").post("/v1/files", content=pdf(), headers=headers)
    assert refused(answer, 422) == ["missing"]


@pytest.mark.parametrize("by", ["auditor", "admin"])
def test_who_uploads_nothing(shared_desk: Desk, by: str) -> None:
    assert refused(upload(shared_desk, by=by), 403) == ["role-not-allowed"]


def test_without_a_key(shared_desk: Desk) -> None:
    assert refused(upload(shared_desk, by="nobody"), 401) == ["key-missing"]
    assert_problem(shared_desk.get("/v1/files", by="nobody"), 401)
    assert_problem(shared_desk.get(f"/v1/files/{'0' * 64}", by="nobody"), 401)


def test_the_same_content_again_stores_nothing(desk: Desk) -> None:
    first = upload(desk, "first.pdf")
    desk.clock.advance(seconds=60)
    again = upload(desk, "second.pdf")
    assert (again.status_code, again.content) == (201, first.content)
    assert (desk.count("files"), desk.count("file_contents")) == (1, 1)
    acts = "audit WHERE act = 'file.uploaded'"
    assert desk.count(acts) == 1
    other = uploaded(desk, by="customs")
    assert (other["sha256"], other["org"]) == (first.json()["sha256"], CUSTOMS)
    assert (desk.count("files"), desk.count("file_contents"), desk.count(acts)) == (2, 1, 2)


def test_many_at_once_store_one(desk: Desk) -> None:
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda by=by: answers.append(upload(desk, by=by)))
        for by in ("tax", "customs") * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 8
    assert (desk.count("files"), desk.count("file_contents")) == (2, 1)


def test_an_org_learns_nothing_of_others(desk: Desk) -> None:
    ours, theirs = uploaded(desk, pdf("ours")), uploaded(desk, pdf("theirs"), by="customs")
    offices = uploaded(desk, pdf("office's"), by="office")
    assert offices["org"] is None
    assert listed(desk, "tax") == [(ours["sha256"], TAX)]
    assert listed(desk, "finance") == []
    everything = [(one["sha256"], one["org"]) for one in (offices, theirs, ours)]
    assert listed(desk, "office") == listed(desk, "auditor") == everything
    told = set()
    for digest in (theirs["sha256"], offices["sha256"], "0" * 64):
        answer = desk.get(f"/v1/files/{digest}")
        assert refused(answer, 404) == ["not-found"]
        document = answer.json() | {"trace_id": "", "instance": ""}
        told.add((re.sub("[0-9a-f]{40,}", "", str(document)), *answer.headers))
    assert len(told) == 1
    assert refused(desk.get("/v1/files/x"), 404) == ["not-found"]
    for by in ("office", "auditor"):
        assert desk.get(f"/v1/files/{theirs['sha256']}", by=by).content == pdf("theirs")
    assert_problem(desk.get("/v1/files", by="admin"), 403)
    assert_problem(desk.get(f"/v1/files/{ours['sha256']}", by="admin"), 403)


def test_content_of_two_orgs_belongs_to_both(desk: Desk) -> None:
    digest = uploaded(desk)["sha256"]
    assert_problem(desk.get(f"/v1/files/{digest}", by="customs"), 404)
    upload(desk, "ours.pdf", by="customs")
    names = [desk.get(f"/v1/files/{digest}", by=by).headers["content-disposition"]
             for by in ("tax", "customs", "office")]  # fmt: skip
    assert [name.rpartition("'")[2] for name in names] == ["a.pdf", "ours.pdf", "a.pdf"]


def test_pages(desk: Desk) -> None:
    digests = [uploaded(desk, pdf(str(number)))["sha256"] for number in range(5)]
    uploaded(desk, pdf("3"), by="customs")
    answer = desk.get("/v1/files?limit=2").json()
    found = [file["sha256"] for file in answer["items"]]
    while answer["next_cursor"]:
        answer = desk.get(f"/v1/files?limit=2&cursor={answer['next_cursor']}").json()
        found += [file["sha256"] for file in answer["items"]]
    assert found == digests[::-1]
    assert refused(desk.get("/v1/files?cursor=x"), 422) == ["bad-cursor"]
    assert refused(desk.get("/v1/files?orgs=x"), 422) == ["unknown-field"]


def of_size(size: int) -> bytes:
    body = pdf()
    return body + b"\n" * (size - len(body))


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


def test_the_largest_file(desk: Desk) -> None:
    """Larger than a body of rows may be, and read in several parts."""
    content = of_size(10 * MIB)
    digest = uploaded(desk, content)["sha256"]
    found = desk.get(f"/v1/files/{digest}")
    assert hashlib.sha256(found.content).hexdigest() == digest
    assert desk.get(f"/v1/files/{digest}", by="auditor").content == content
    for body in (content + b"\n", in_pieces(content + b"\n")):
        answer = upload(desk, content=body)
        assert refused(answer, 413) == ["too-large"]
        assert str(10 * MIB) in answer.json()["detail"]
    assert desk.count("files") == 1


def test_a_limit_of_the_settings(tmp_path: Path) -> None:
    with Desk(tmp_path, max_file_bytes=2_048) as desk:
        assert upload(desk, content=of_size(2_048)).status_code == 201
        assert refused(upload(desk, content=of_size(2_049)), 413) == ["too-large"]
        assert upload(desk, content=in_pieces(of_size(2_000))).status_code == 201


def test_ordinary_bodies_are_no_larger_for_it(shared_desk: Desk) -> None:
    answer = Calls(shared_desk.app, "admin").post("/v1/keys", content=b" " * (65 << 10))
    assert answer.status_code in {404, 413}


def test_a_kibibyte_counts_as_a_row(tmp_path: Path) -> None:
    with Desk(tmp_path, row_burst=100, request_burst=5) as desk:
        left = upload(desk, content=of_size(40 << 10)).headers["RateLimit"]
        assert left == '"requests";r=4;t=1, "rows";r=60;t=1'
        assert_problem(upload(desk, content=HTML * 2_000), 422)  # 78 KiB
        assert refused(upload(desk), 429) == ["too-many-requests"]
        assert upload(desk, by="customs").status_code == 201
    with Desk(tmp_path, request_burst=1) as desk:
        assert upload(desk).status_code == 201
        answer = upload(desk)
        assert refused(answer, 429) == ["too-many-requests"]
        assert int(answer.headers["Retry-After"]) > 0


def test_files_outlive_the_process(each_database: str, tmp_path: Path) -> None:
    folder = tmp_path / each_database
    folder.mkdir()
    with Desk(folder) as desk:
        told = uploaded(desk)
    with Desk(folder) as desk:
        assert listed(desk, "tax") == [(told["sha256"], TAX)]
        assert desk.get(f"/v1/files/{told['sha256']}").content == pdf()
        assert uploaded(desk) == told


def test_content_that_a_killed_process_left_is_nobodys(desk: Desk) -> None:
    digest = hashlib.sha256(pdf()).hexdigest()
    with closing(Store(desk.url, "ingest")) as store:
        DatabaseContents(store, FILES).put(digest, pdf())
    assert listed(desk, "office") == []
    assert_problem(desk.get(f"/v1/files/{digest}", by="office"), 404)
    uploaded(desk)
    assert desk.get(f"/v1/files/{digest}").content == pdf()
    assert desk.count("file_contents") == 1


def test_the_audit_chain_says_who_uploaded_what(desk: Desk) -> None:
    told = uploaded(desk)
    records = desk.get("/v1/audit/ingest", by="auditor").json()["items"]
    (record,) = [record for record in records if record["act"] == "file.uploaded"]
    assert record["actor"] == f"tax000000001/org/{TAX}"
    assert record["subject"] == told["sha256"]
    assert record["details"] == {
        "about": "",
        "name": "a.pdf",
        "org": TAX,
        "sha256": told["sha256"],
        "size": len(pdf()),
        "type": PDF,
        "uploaded_by": f"tax000000001/org/{TAX}",
        "uploaded_us": 1_622_520_000_000_000,
    }
