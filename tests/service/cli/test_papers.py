"""`duibiao bulletin` and `inspection-pack`: what they ask the product for, and what they save."""

import json
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from tests.support.log_settings import logs_as_before

CASES = 100_000
FILE, RETURNED = sha256(b"file").hexdigest(), sha256(b"returned").hexdigest()
REPLY = {"files": [{"name": "整改<b>.PDF", "sha256": FILE, "type": None, "size": 4}]}
BEFORE = {"files": [{"name": "旧稿", "sha256": RETURNED}, {"name": "附件", "sha256": None}]}
CARD = {"id": "a1", "number": "黄-2021-0001", "periods": ["202102"], "replies": [REPLY]}
LISTS: dict[str, list[dict[str, Any]]] = {
    "/v1/targets": [{"id": "T01", "leads": ["tax-bureau"]}, {"id": "T02", "leads": ["customs"]}],
    "/v1/alerts": [CARD, {"id": "a2", "number": "黄-2021-0002", "periods": ["2021Q2"]}],
}
RECORDS = [
    {"actor": "k1/org/tax-bureau", "subject": "s1", "details": {}},
    {"actor": "k2/org/customs", "subject": "s2", "details": {"org": "tax-bureau"}},
    {"actor": "k2/office/", "subject": "a1", "details": {}},
    {"actor": "k2/office/", "subject": "tax-bureau/2021Q1", "details": {}},
    {"actor": "k2/org/customs", "subject": "a2", "details": {"org": "customs"}},
]
asked: list[tuple[str, dict[str, str]]] = []


class _Rows(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield "\ufeffcase_no\r\n".encode()
        for first in range(0, CASES, 1_000):
            yield b"".join(b"A-%06d\r\n" % number for number in range(first, first + 1_000))


def answer(request: httpx.Request) -> httpx.Response:  # noqa: PLR0911 - one for each path
    path, params = request.url.path, dict(request.url.params)
    asked.append((path, params))
    if params.get("org") == "nobody" or path.endswith("2021Q9.docx"):
        fault = {"message": "unknown", "message_zh": "没有此单位。"}
        kind = {"content-type": "application/problem+json"}
        return httpx.Response(422, json={"errors": [fault]}, headers=kind)
    if path == "/v1/records/cases.csv":
        return httpx.Response(200, stream=_Rows())
    if path == "/v1/alerts/a1":
        content = json.dumps(CARD | {"history": [{"reply": BEFORE}]}, separators=(",", ":"))
        return httpx.Response(200, content=content)
    if path == "/v1/alerts/a2":
        return httpx.Response(200, json=LISTS["/v1/alerts"][1])
    if path.startswith("/v1/alerts/a1/files/"):
        return httpx.Response(200, content=b"file" if path.endswith(FILE) else b"returned")
    if path == "/v1/verdicts":
        period, org = params["period"], params["org"]
        rows = [{"id": f"{period}-{org}-{target}", "target": target} for target in ("T01", "T02")]
        return httpx.Response(200, json={"items": rows if period == "2021Q1" else []})
    if path.startswith("/v1/audit/"):
        # Two pages, as a list of the product has them.
        page = RECORDS[3:] if "cursor" in params else RECORDS[:3]
        more = None if "cursor" in params else "next"
        return httpx.Response(200, json={"items": page, "next_cursor": more})
    if path in LISTS:
        return httpx.Response(200, json={"items": LISTS[path]})
    return httpx.Response(200, content=path.encode())


@pytest.fixture(autouse=True)
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dev-keys.json").write_text(json.dumps({"office": "dbk_x"}))
    monkeypatch.setenv("DUIBIAO_STATE_FOLDER", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    asked.clear()
    client = httpx.Client

    def made(**options: Any) -> httpx.Client:  # noqa: ANN401 - of httpx
        return client(transport=httpx.MockTransport(answer), **options)

    monkeypatch.setattr("services.cli.asking.httpx.Client", made)


def run(*arguments: str, code: int = 0) -> Result:
    with logs_as_before():
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result


def packed(period: str = "2021Q1") -> dict[str, bytes]:
    run("inspection-pack", "tax-bureau", period, "-o", "pack.zip")
    with zipfile.ZipFile("pack.zip") as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_bulletin_is_saved_under_its_name() -> None:
    run("bulletin", "2021Q1")
    assert Path("通报-2021Q1.docx").read_text() == "/v1/bulletins/2021Q1.docx"
    run("bulletin", "2021", "--format", "xlsx", "-o", "y.xlsx")
    assert Path("y.xlsx").read_text() == "/v1/bulletins/2021.xlsx"


def test_a_bulletin_that_there_is_not_is_not_saved() -> None:
    assert "没有此单位" in run("bulletin", "2021Q9", code=1).output
    assert not list(Path().glob("通报*"))


def test_the_archive_holds_everything_on_the_period_and_those_within_it() -> None:
    found = packed()
    codes = ("2021Q1", "202101", "202102", "202103")
    lists = ("observations", "progress-reports", "verdicts", "reviews")
    expected = {f"{code}/{name}.csv" for code in codes for name in lists}
    expected |= {"cases.csv", "duties.csv", "index.html"}
    expected |= {f"audit-{chain}.jsonl" for chain in ("ingest", "access", "indicators", "alerts")}
    # Proofs: all of its own rows, and the city's of the target that it leads.
    own = {f"2021Q1/2021Q1-tax-bureau-{target}.json" for target in ("T01", "T02")}
    expected |= own | {"2021Q1/2021Q1--T01.json"}
    expected |= {"cards/黄-2021-0001.json"}
    expected |= {f"cards/黄-2021-0001/{name}" for name in (f"{FILE}.PDF", RETURNED)}
    assert set(found) == expected
    assert found[f"cards/黄-2021-0001/{FILE}.PDF"] == b"file"
    assert found[f"cards/黄-2021-0001/{RETURNED}"] == b"returned"
    assert found["202101/reviews.csv"] == b"/v1/reviews.csv"
    assert {"org": "tax-bureau", "period": "202101"} in [
        p for path, p in asked if "reviews" in path
    ]


def test_a_year_has_its_halves_quarters_and_months() -> None:
    folders = {name.partition("/")[0] for name in packed("2021") if name.endswith("verdicts.csv")}
    months = {f"2021{month:02}" for month in range(1, 13)}
    assert folders == {"2021", "2021S1", "2021S2", *(f"2021Q{n}" for n in (1, 2, 3, 4)), *months}


def test_a_hundred_thousand_cases_are_written_as_they_come() -> None:
    lines = packed()["cases.csv"].decode("utf-8-sig").splitlines()
    assert (len(lines), lines[0], lines[-1]) == (CASES + 1, "case_no", f"A-{CASES - 1:06}")


def test_records_of_the_audit_are_those_that_concern_the_unit_or_its_cards() -> None:
    lines = packed()["audit-alerts.jsonl"].splitlines()
    assert [json.loads(line) for line in lines] == RECORDS[:4]


def test_the_page_lists_every_file_with_its_digest() -> None:
    found = packed()
    page = found.pop("index.html").decode()
    for name, content in found.items():
        assert sha256(content).hexdigest() in page, name
        assert name in page
    assert page.count("<tr>") == len(found) + 1


def test_what_cannot_be_asked_for_leaves_no_file() -> None:
    assert "没有此单位" in run("inspection-pack", "nobody", "2021Q1", "-o", "p.zip", code=1).output
    assert "不是期间代码" in run("inspection-pack", "nobody", "Q1", "-o", "p.zip", code=2).output
    assert sorted(path.name for path in Path().iterdir()) == ["dev-keys.json"]
