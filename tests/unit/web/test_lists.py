import base64

import pytest

from duibiao.web.lists import Page, Paging, Position, answer, from_cursor, to_cursor
from duibiao.web.problems import Problem

ROWS = [("T01", 1), ("T02", 2), ("T03", 3)]


def position(row: tuple[str, int]) -> Position:
    return row


def test_a_page_gives_its_rows_and_a_cursor_to_the_rest() -> None:
    rows, cursor = Page(limit=2, after=None).cut(ROWS, position)
    assert list(rows) == [("T01", 1), ("T02", 2)]
    assert cursor is not None
    assert from_cursor(cursor) == ("T02", 2)


@pytest.mark.parametrize("limit", [3, 4])
def test_the_last_page_has_no_cursor(limit: int) -> None:
    rows, cursor = Page(limit=limit, after=None).cut(ROWS, position)
    assert list(rows) == ROWS
    assert cursor is None


def test_an_empty_list_is_a_last_page() -> None:
    none: list[tuple[str, int]] = []
    assert Page(limit=1, after=("T03", 3)).cut(none, position) == ([], None)


def test_paging_reads_what_it_gave_out() -> None:
    paging = Paging(str, int, default=50)
    assert paging(None, None) == Page(50, None)
    assert paging(7, to_cursor(("T02", 2))) == Page(7, ("T02", 2))
    assert paging(7, to_cursor((None, 2))) == Page(7, (None, 2))


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!!",
        "é",
        to_cursor(("T02",)),
        to_cursor((2, "T02")),
        to_cursor(("T02", 2, 3)),
        to_cursor(("T\0", 2)),
        to_cursor(("T02", 2**63)),
        to_cursor(("T02", -(2**63) - 1)),
        base64.urlsafe_b64encode(b"{}").decode(),
        base64.urlsafe_b64encode(b'[1.5,"a"]').decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 700).decode(),
        base64.urlsafe_b64encode(b'["a",1').decode(),
    ],
)
def test_a_cursor_of_another_list_is_refused_in_both_languages(cursor: str) -> None:
    with pytest.raises(Problem) as told:
        Paging(str, int)(None, cursor)
    assert told.value.status == 422
    assert [fault.code for fault in told.value.faults] == ["bad-cursor"]
    assert told.value.faults[0].pointer == "/query/cursor"


def test_an_answer_has_items_and_a_next_cursor() -> None:
    assert answer(iter([1, 2])) == {"items": [1, 2], "next_cursor": None}
    assert answer((), "abc") == {"items": [], "next_cursor": "abc"}
