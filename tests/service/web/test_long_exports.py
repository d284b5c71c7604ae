"""Exports of a list of any length and with any text: one call, all pages, little memory."""

import io
import tracemalloc
from typing import Annotated, Final

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
from tests.service.web.exported import read_csv, read_workbook
from tests.support.asgi import OFFICE, Calls, KnownKeys

NOTES: Final = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "harmless", ""]


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
