"""Every list as .csv and .xlsx: the same rows for the same callers, whole, without formulas."""

import csv
import io
import re
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import httpx
import openpyxl
import pytest
from fastapi import APIRouter, Depends
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from duibiao.web import exports
from duibiao.web.access import any_key
from duibiao.web.app import App, Bounds
from duibiao.web.lists import Listed, Page, Paging, answer, only
from duibiao.web.problems import Problem
from duibiao.web.quotas import Policy, Quota
from tests.service.web.whole_process import running
from tests.support.asgi import OFFICE, Calls, KnownKeys, bearer, foreign, made
from tests.support.waiting import until

ROLES: Final = ("org", "office", "auditor", "admin")
NEEDED: Final = {"/v1/scorecards": {"period": "2021Q1"}}
NOTES: Final = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "harmless", ""]
STARTS: Final = tuple("=+-@\t\r\n＝＋－＠")
NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

Row = Mapping[str, Any]


def read_csv(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def read_workbook(answer: httpx.Response) -> list[list[Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == exports.XLSX
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b", "inlineStr"}  # no formula
    return [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]


def found_in(row: Row, field: str) -> Any:  # noqa: ANN401 - JSON
    value: Any = row
    for name in field.split("."):
        value = None if value is None else value[name]
    return value


def same(value: Any, cell: Any) -> bool:  # noqa: ANN401, PLR0911 - JSON, a case each
    """Tell whether a cell of a CSV or of a workbook says what JSON says."""
    match value:
        case None | "" | []:
            return cell in (None, "")
        case bool():
            return cell in (value, str(value).lower())
        case int() | float():
            return float(cell) == value
        case str() if TIME.fullmatch(value):
            shown = datetime.fromisoformat(value) + timedelta(hours=8)
            return str(cell) == f"{shown:%Y-%m-%d %H:%M:%S}"
        case str():
            return cell in (value, f"'{value}")
        case list() if isinstance(value[0], str):
            return str(cell) == ", ".join(value)
        case _:
            return bool(httpx.Response(200, text=str(cell)).json() == value)


@dataclass(frozen=True)
class Product:
    client: httpx.Client
    lists: Mapping[str, Row]
    keys: Mapping[str, str]

    def get(self, path: str, role: str = "office") -> httpx.Response:
        headers = {"Authorization": bearer(self.keys[role])} if role in self.keys else {}
        given = NEEDED.get(path.partition(".")[0], {})
        return self.client.get(path, params=given, headers=headers)

    def every(self, path: str, role: str) -> list[Row]:
        found, asked = list[Row](), dict[str, str](NEEDED.get(path, {}))
        while True:
            headers = {"Authorization": bearer(self.keys[role])}
            page = self.client.get(path, params=asked, headers=headers).json()
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            asked["cursor"] = page["next_cursor"]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("installation")) as (installation, process):
        keys = {
            role: made(installation.keyring, "tax-bureau" if role == "org" else None, role)
            for role in ROLES
        }
        url = f"http://127.0.0.1:{process.port}"
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            document = client.get("/openapi.json").json()
            lists = {path: row for path in document["paths"] if (row := row_of(document, path))}
            found = Product(client, lists, keys)
            fill(found)
            yield found


def row_of(document: Row, path: str) -> Row | None:
    """Return the schema of the rows of a list, found without the code under test."""
    about = document["paths"][path].get("get", {}).get("responses", {}).get("200", {})
    schema = about.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    whole = document["components"]["schemas"].get(name, {})
    if "items" not in whole.get("properties", {}):
        return None
    row: Row = whole["properties"]["items"]["items"]
    found: Row = document["components"]["schemas"].get(row.get("$ref", "").rpartition("/")[2], row)
    return found


def fill(product: Product) -> None:
    """Send rows of every kind; what people write looks like formulas."""
    headers = {"Authorization": bearer(product.keys["org"])}
    posts: list[tuple[str, object]] = [
        ("observations", [
            {"indicator": "tax-enterprise-online-share", "period": "2021Q1", "numerator": 9,
             "denominator": 13, "comment": "=1+1"},
            {"indicator": "tax-personal-mobile-share", "period": "2021Q1", "value": 12.5,
             "sample_size": 8, "comment": "@SUM(A1)"},
            {"indicator": "export-rebate-days", "period": "2021Q2", "value": 9, "sample_size": 9},
        ]),
        ("cases", [
            {"case_no": case_no, "indicator": "export-rebate-days", "outcome": "open",
             "accepted_at": "2021-03-25T09:30", "labels": {"=label": "-1"}}
            for case_no in ("=cmd", "+1", "-1", "@x")
        ]),
        ("progress-reports", {"measure": "16.2", "period": "2021Q1", "state": "in_progress",
                              "summary": "=HYPERLINK(1)"}),
    ]  # fmt: skip
    for kind, body in posts:
        answer = product.client.post(f"/v1/{kind}", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
    waiver = {"target": "T16", "first": "2021-01-01", "until": "2021-12-31", "reason": "=1+1",
              "document": "@1"}  # fmt: skip
    answer = product.client.post("/v1/waivers", json=waiver, headers=headers)
    assert answer.status_code < 300, answer.text
    until(
        lambda: all(
            row["state"] == "evaluated" for row in product.get("/v1/submissions").json()["items"]
        ),
        what="all is evaluated",
    )
    until(lambda: product.get("/v1/alerts").json()["items"], what="there is an alert")


def test_there_are_lists(product: Product) -> None:
    assert len(product.lists) >= 27
    assert {"/v1/verdicts", "/v1/records/cases", "/v1/audit/alerts", "/v1/keys"} <= set(
        product.lists
    )


def test_every_list_is_there_as_csv_and_as_a_workbook_for_the_same_callers(
    product: Product,
) -> None:
    for path in product.lists:
        for role in (*ROLES, "stranger"):
            asked = [product.get(f"{path}{suffix}", role) for suffix in ("", ".csv", ".xlsx")]
            told = {answer.status_code for answer in asked}
            assert len(told) == 1, (path, role, told)
            assert told <= {200, 401, 403}, (path, role)
            if told != {200}:
                codes = [[one["code"] for one in answer.json()["errors"]] for answer in asked]
                assert codes[0] == codes[1] == codes[2], (path, role)


@pytest.mark.parametrize("role", ["office", "org", "admin"])
def test_the_rows_are_those_of_the_list(product: Product, role: str) -> None:
    filled = set[str]()
    for path, schema in product.lists.items():
        if product.get(path, role).status_code != 200:
            continue
        rows = product.every(path, role)
        names, *of_workbook = read_workbook(product.get(f"{path}.xlsx", role))
        for heading, *lines in (
            read_csv(product.get(f"{path}.csv", role)),
            [[name.split(" ")[1] for name in names], *of_workbook],
        ):
            assert list(dict.fromkeys(field.split(".")[0] for field in heading)) == list(
                schema["properties"]
            ), path
            assert len(lines) == len(rows), path
            for line, row in zip(lines, rows, strict=True):
                for field, cell in zip(heading, line, strict=True):
                    value = found_in(row, field)
                    if field != "last_used_at":  # of the very key that asks
                        assert same(value, cell), (path, field, value, cell)
        filled |= {path} if rows else set()
    if role == "office":
        assert filled >= {
            *("/v1/submissions", "/v1/verdicts", "/v1/duties", "/v1/waivers", "/v1/alerts"),
            *(f"/v1/records/{kind}" for kind in ("observations", "cases", "progress-reports")),
        }


def test_what_looks_like_a_formula_is_marked_as_text_in_a_csv(product: Product) -> None:
    for path in product.lists:
        answer = product.get(f"{path}.csv")
        if answer.status_code == 200:
            for line in read_csv(answer):
                bad = [one for one in line if one.startswith(STARTS) and not NUMBER.fullmatch(one)]
                assert bad == [], path
    (heading, *lines) = read_csv(product.get("/v1/records/cases.csv"))
    assert sorted(line[heading.index("case_no")] for line in lines) == [
        "'+1",
        "'-1",
        "'=cmd",
        "'@x",
    ]


def test_a_workbook_names_every_field_in_chinese_first(product: Product) -> None:
    for path in product.lists:
        answer = product.get(f"{path}.xlsx", "admin" if path == "/v1/people" else "office")
        for name in read_workbook(answer)[0]:
            chinese, field = name.split(" ")
            assert re.match("[\u4e00-\u9fff90%]+", chinese), (path, name)
            assert exports.HEADINGS[field.rpartition(".")[2]] == chinese
            assert foreign(chinese) == [], name


def test_filters_are_those_of_the_list(product: Product) -> None:
    def states(query: str) -> list[str]:
        heading, *lines = read_csv(product.client.get(f"/v1/duties.csv?{query}", headers=headers))
        return sorted({line[heading.index("org")] for line in lines})

    headers = {"Authorization": bearer(product.keys["office"])}
    assert states("org=tax-bureau") == ["tax-bureau"]
    assert len(states("")) > 30
    for suffix in ("", ".csv", ".xlsx"):
        answer = product.client.get(f"/v1/duties{suffix}?status=x&orgs=y", headers=headers)
        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == [
            "/query/orgs",
            "/query/status",
        ]


@pytest.mark.parametrize("name", ["limit", "cursor"])
def test_an_export_has_no_pages(product: Product, name: str) -> None:
    headers = {"Authorization": bearer(product.keys["office"])}
    answer = product.client.get("/v1/duties.csv", params={name: "1"}, headers=headers)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"/query/{name}"]


@pytest.mark.parametrize(
    "path",
    ["/v1/nothing.csv", "/v1/notice.csv", "/v1/workdays.xlsx", "/v1/targets/T01.csv", "/v1/.csv"],
)
def test_only_lists_are_exported(product: Product, path: str) -> None:
    assert product.get(path).status_code == 404


def test_the_reference_says_so(product: Product) -> None:
    paths = product.client.get("/openapi.json").json()["paths"]
    said = {
        path
        for path, methods in paths.items()
        if ".xlsx" in str(methods.get("get", {}).get("description"))
    }
    assert said == set(product.lists)


class Entry(BaseModel):
    no: int
    note: str


class Rows:
    """A list of its own, in which anything can happen."""

    def __init__(self, number: int, *, breaks_at: int = -1) -> None:
        self.number, self.breaks_at, self.asked = number, breaks_at, list[int]()

    def router(self) -> APIRouter:
        router, paging = APIRouter(), Paging(str)

        @router.get(
            "/v1/entries",
            responses={200: {"model": Listed[Entry]}},
            dependencies=[Depends(any_key), Depends(only())],
        )
        def entries(page: Annotated[Page, Depends(paging)]) -> dict[str, object]:
            self.asked.append(page.limit)
            first = 0 if page.after is None else int(page.after[0] or 0) + 1
            if first == self.breaks_at:
                raise Problem("unavailable")
            rows = [
                {"no": n, "note": NOTES[n % len(NOTES)]}
                for n in range(first, min(first + page.limit + 1, self.number))
            ]
            return answer(*page.cut(rows, lambda row: (str(row["no"]),)))

        return router

    def calls(self, bounds: Bounds | None = None) -> Calls:
        registry = CollectorRegistry()
        app = App(
            keyring=KnownKeys(office=OFFICE),
            registry=registry,
            routers=[self.router()],
            bounds=bounds,
        )
        return Calls(app, "office")


def test_all_pages_are_one_call() -> None:
    rows = Rows(2_500)
    quota = Quota(Policy("calls", ("calls", "次"), 2, 0.000_1), lambda: 0.0)
    calls = rows.calls(Bounds(calls=quota))

    first = calls.get("/v1/entries.csv")

    assert [int(line[0]) for line in read_csv(first)[1:]] == list(range(2_500))
    assert rows.asked == [1_000] * 3
    assert '"calls";r=1;' in first.headers["ratelimit"]
    assert [calls.get("/v1/entries.csv").status_code for _ in range(2)] == [200, 429]


def test_notes_are_kept_and_harmless() -> None:
    calls = Rows(len(NOTES)).calls()

    texts = [line[1] for line in read_csv(calls.get("/v1/entries.csv"))[1:]]
    cells = [line[1] for line in read_workbook(calls.get("/v1/entries.xlsx"))[1:]]

    assert texts == [*(f"'{note}" for note in NOTES[:8]), "harmless", ""]
    # As Office Open XML writes a carriage return, ECMA-376 part 1, 22.9.2.19.
    assert [(cell or "").replace("_x000D_", "\r") for cell in cells] == NOTES


def test_an_export_that_breaks_off_is_never_taken_for_whole() -> None:
    calls = Rows(2_500, breaks_at=2_000).calls()
    assert calls.get("/v1/entries.xlsx").status_code == 500
    with pytest.raises(AssertionError):  # of the client: what was begun does not come to its end
        calls.get("/v1/entries.csv")


def test_more_lines_than_a_sheet_takes_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_LINES_OF_A_SHEET", 4)
    answer = Rows(9).calls().get("/v1/entries.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert [[cell.value for cell in sheet["A"]] for sheet in book] == [
        ["编号 no", 0, 1, 2],
        ["编号 no", 3, 4, 5],
        ["编号 no", 6, 7, 8],
    ]


@pytest.mark.parametrize("number", [10_000, pytest.param(100_000, marks=pytest.mark.soak)])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_many_rows_do_not_fill_the_memory(number: int, kind: str) -> None:
    calls = Rows(number).calls()
    calls.get(f"/v1/entries.{kind}")  # what is imported and kept for good
    tracemalloc.start()
    try:
        answer = calls.get(f"/v1/entries.{kind}")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000 + 4 * len(answer.content)  # the client holds it in its memory
