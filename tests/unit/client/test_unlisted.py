"""Faults beyond those an answer lists are asked for, until every refused row has its reasons."""

import json
from collections.abc import Sequence

from duibiao.client import Fault, MemoryProgress, Receipt, Refused
from duibiao.client.asking import Given
from duibiao.client.unlisted import all_faults, by_row
from duibiao.client.uploading import Plan, Uploading
from duibiao.client.wire import Steps
from tests.support.stand_in import StandIn
from tests.support.steps import Taker, replies


def bad(number: int, faults: int = 1) -> dict[str, object]:
    return {"case_no": f"bad-{number}", "faults": faults}


def good(number: int) -> dict[str, object]:
    return {"case_no": f"good-{number}"}


def uploaded(product: StandIn, rows: Sequence[dict[str, object]]) -> tuple[MemoryProgress, Taker]:
    taker = Taker(product.serve)
    progress = MemoryProgress("id")
    plan = Plan("cases", most_rows=1000)
    taker.take(Uploading(taker.asking(), Given(rows), plan, progress).steps())
    return progress, taker


def told(progress: MemoryProgress) -> dict[int, int]:
    """Return how many faults each refused row has."""
    return {row.index: len(row.faults) for part in progress.parts() for row in part.refused}


def test_faults_row_by_row() -> None:
    faults = [Fault("a", index=2), Fault("b", index=0), Fault("c", index=2), Fault("d")]

    assert by_row(faults) == {
        0: (Fault("b", index=0),),
        2: (Fault("a", index=2), Fault("c", index=2)),
    }


def test_where_all_are_listed_nothing_more_is_asked() -> None:
    product = StandIn(most_rows=1000, listed=10)

    progress, taker = uploaded(product, [good(1), *map(bad, range(9))])

    assert len(taker.sent) == 1
    assert told(progress) == dict.fromkeys(range(1, 10), 1)


def test_refused_rows_beyond_the_list_are_named_by_dry_runs() -> None:
    product = StandIn(most_rows=1000, listed=10)
    rows = [bad(number) if number % 2 else good(number) for number in range(60)]

    progress, taker = uploaded(product, rows)

    assert told(progress) == dict.fromkeys(range(1, 60, 2), 1)
    assert all("dry_run=true" in request.path for request in taker.sent[1:])
    assert len(product.stored) == 1
    assert [part.unlisted for part in progress.parts()] == [0]


def test_a_row_with_its_faults_cut_off_gets_all_of_them() -> None:
    product = StandIn(most_rows=1000, listed=10)

    progress, _ = uploaded(product, [bad(number, faults=3) for number in range(20)])

    assert told(progress) == dict.fromkeys(range(20), 3)


def test_the_faults_are_about_the_rows_that_have_them() -> None:
    product = StandIn(most_rows=1000, listed=5)

    progress, _ = uploaded(product, [bad(n) if n >= 10 else good(n) for n in range(30)])

    rows = [row for part in progress.parts() for row in part.refused]
    assert [json.loads(row.row)["case_no"] for row in rows] == [f"bad-{n}" for n in range(10, 30)]
    assert all(fault.index == row.index for row in rows for fault in row.faults)


def test_twins_beyond_the_list_are_found_beside_each_other() -> None:
    product = StandIn(most_rows=1000, listed=10)
    twins = [good(number % 15) for number in range(30)]

    progress, _ = uploaded(product, [*map(bad, range(5)), *twins])

    assert set(told(progress)) == set(range(35))
    assert [part.unlisted for part in progress.parts()] == [0]


def test_rows_that_stay_unnamed_are_counted() -> None:
    # The counts say that 3 rows were refused; no dry run finds more than one of them.
    first = Receipt("1", 5, 2, 3, errors=(Fault("bad-time", index=0),), errors_total=3)
    again = Receipt(None, 5, 4, 1, errors=(Fault("bad-time", index=0),), errors_total=1)

    assert taken(first, [again]) == [0]


def test_a_product_that_goes_away_in_between_leaves_what_is_known() -> None:
    first = Receipt("1", 5, 2, 3, errors=(Fault("bad-time", index=4),), errors_total=3)

    assert taken(first, [Refused(429)]) == [4]


def test_the_asking_ends_where_nothing_new_is_heard() -> None:
    first = Receipt("1", 5, 2, 3, errors=(Fault("bad-time", index=0),), errors_total=3)
    again = Receipt(None, 5, 4, 3, errors=(Fault("bad-time", index=0),), errors_total=3)

    assert taken(first, [again]) == [0]


def test_places_that_were_not_asked_for_are_looked_over() -> None:
    first = Receipt("1", 2, 0, 2, errors=(Fault("bad-time", index=0),), errors_total=2)
    odd = Receipt(None, 2, 0, 2, errors=(Fault("bad-time", index=99),), errors_total=1)

    assert taken(first, [odd]) == [0]


def taken(first: Receipt, more: list[Receipt | Refused]) -> list[int]:
    answers = iter(more)

    def check(_: Sequence[bytes]) -> Steps[Receipt]:
        answer = next(answers)
        if isinstance(answer, Refused):
            raise answer
        return answer
        yield

    steps = all_faults([b"{}"] * first.received, first, check)
    return list(Taker(replies()).take(steps))
