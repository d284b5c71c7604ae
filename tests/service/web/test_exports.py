"""Every list as .csv and .xlsx: the same rows for the same callers, whole, without formulas."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any, Final

import httpx
import pytest

from duibiao.web import exports
from duibiao.web.access import caller_as
from duibiao.web.cookies import NAME
from duibiao.web.people import NewPerson
from tests.service.web.exported import read_csv, read_workbook
from tests.service.web.whole_process import running
from tests.support.asgi import bearer, foreign, made
from tests.support.waiting import until

ROLES: Final = ("org", "office", "auditor", "admin")
NEEDED: Final = {"/v1/scorecards": {"period": "2021Q1"}}
STARTS: Final = tuple("=+-@\t\r\n＝＋－＠")
NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

Row = Mapping[str, Any]


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
    session: str

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
            duty_officer = installation.keyring.people.create(NewPerson("李", "duty-officer", None))
            session = installation.keyring.sessions.begin(caller_as(duty_officer))
            found = Product(client, lists, keys, session)
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


@pytest.mark.parametrize(
    ("page", "leads_to"),
    [
        ("/board/alerts?colour=yellow", "/v1/alerts.{}?colour=yellow"),
        ("/board/alerts?state=closed&target=T16", "/v1/alerts.{}?state=closed&target=T16"),
        ("/board/notifications?state=sent", "/v1/notifications.{}?state=sent"),
        ("/board/silences", "/v1/silences.{}"),
        ("/board/targets/T16", "/v1/verdicts.{}?target=T16"),
        ("/board/targets/T16?as_of=reported", "/v1/verdicts.{}?target=T16&as_of=reported"),
        ("/board/orgs/tax-bureau", "/v1/duties.{}?org=tax-bureau"),
        ("/board/submit/submissions", "/v1/submissions.{}"),
    ],
)
def test_lists_of_the_board_lead_to_the_whole_as_it_is_filtered(
    product: Product, page: str, leads_to: str
) -> None:
    signed_in = {"Cookie": f"{NAME}={product.session}"}
    html = product.client.get(page, headers=signed_in).text
    links = [unescape(link) for link in re.findall(r'href="(/v1/[^"]+)"', html)]
    assert links == [leads_to.format(kind) for kind in ("csv", "xlsx")]
    heading, *lines = read_csv(product.client.get(links[0], headers=signed_in))
    assert len(lines) == len(read_workbook(product.client.get(links[1], headers=signed_in))) - 1
    for line in lines:
        for name, value in httpx.URL(links[0]).params.items():
            assert name == "as_of" or line[heading.index(name)] == value


def test_strangers_are_shown_no_links_to_what_needs_a_key(product: Product) -> None:
    assert 'href="/v1/' not in product.client.get("/board/targets/T16").text


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
