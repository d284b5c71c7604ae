"""Errors beyond those that a response lists are requested until every rejected row has its own."""

import json
from collections.abc import Collection, Sequence

from duibiao.client import Part, Receipt, Refused, RowError
from duibiao.client.cursor import Cursor
from duibiao.client.upload import Errors, all_errors, by_row
from tests.service.client.fake_product import StandIn, client


def bad(number: int, faults: int = 1) -> dict[str, object]:
    return {"case_no": f"bad-{number}", "faults": faults}


def good(number: int) -> dict[str, object]:
    return {"case_no": f"good-{number}"}


def uploaded(product: StandIn, rows: Sequence[dict[str, object]]) -> Part:
    (part,) = client(product).upload("cases", rows, cursor=Cursor(1000))
    return part


def counted(part: Part) -> dict[int, int]:
    """Return how many errors each rejected row has."""
    return {row.line - 1: len(row.errors) for row in part.rejected}


def test_errors_rowby_row() -> None:
    errors = (RowError("a", index=2), RowError("b", index=0), RowError("c", index=2), RowError("d"))

    assert by_row(Receipt("1", 3, 1, 2, errors=errors)) == {
        0: (RowError("b", index=0),),
        2: (RowError("a", index=2), RowError("c", index=2)),
    }


def test_where_all_are_listed_nothing_more_is_requested() -> None:
    product = StandIn(most_rows=1000, listed=10)

    part = uploaded(product, [good(1), *map(bad, range(9))])

    assert len(product.requests) == 1
    assert counted(part) == dict.fromkeys(range(1, 10), 1)


def test_rejected_rows_beyond_the_list_are_named_by_dry_runs() -> None:
    product = StandIn(most_rows=1000, listed=10)
    rows = [bad(number) if number % 2 else good(number) for number in range(60)]

    part = uploaded(product, rows)

    assert counted(part) == dict.fromkeys(range(1, 60, 2), 1)
    assert all(request.url.params["dry_run"] == "true" for request in product.requests[1:])
    assert len(product.stored) == 1
    assert part.unlisted == 0


def test_a_row_with_its_errors_cut_off_gets_all_of_them() -> None:
    product = StandIn(most_rows=1000, listed=10)

    part = uploaded(product, [bad(number, faults=3) for number in range(20)])

    assert counted(part) == dict.fromkeys(range(20), 3)


def test_the_errors_are_about_the_rows_that_have_them() -> None:
    product = StandIn(most_rows=1000, listed=5)

    part = uploaded(product, [bad(n) if n >= 10 else good(n) for n in range(30)])

    assert [json.loads(row.row)["case_no"] for row in part.rejected] == [
        f"bad-{n}" for n in range(10, 30)
    ]
    assert all(error.index == row.line - 1 for row in part.rejected for error in row.errors)


def test_duplicates_beyond_the_list_are_found_beside_each_other() -> None:
    product = StandIn(most_rows=1000, listed=10)
    pairs = [good(number % 15) for number in range(30)]

    part = uploaded(product, [*map(bad, range(5)), *pairs])

    assert set(counted(part)) == set(range(35))
    assert part.unlisted == 0


def test_rows_that_stay_unnamed_are_counted() -> None:
    # The counts say that 3 rows were rejected; no dry run finds more than one of them.
    first = Receipt("1", 5, 2, 3, errors=(RowError("bad-time", index=0),), errors_total=3)
    again = Receipt(None, 5, 4, 1, errors=(RowError("bad-time", index=0),), errors_total=1)

    assert found(first, [again]) == [0]


def test_an_error_in_between_leaves_what_is_known() -> None:
    first = Receipt("1", 5, 2, 3, errors=(RowError("bad-time", index=4),), errors_total=3)

    assert found(first, [Refused(429)]) == [4]


def test_requests_end_where_nothing_new_is_listed() -> None:
    first = Receipt("1", 5, 2, 3, errors=(RowError("bad-time", index=0),), errors_total=3)
    again = Receipt(None, 5, 4, 3, errors=(RowError("bad-time", index=0),), errors_total=3)

    assert found(first, [again]) == [0]


def found(first: Receipt, more: list[Receipt | Refused]) -> list[int]:
    answers = iter(more)

    def check(_: Collection[int], __: Sequence[int]) -> tuple[Receipt, Errors]:
        answer = next(answers)
        if isinstance(answer, Refused):
            raise answer
        return answer, by_row(answer)

    return list(all_errors(first, by_row(first), check))
