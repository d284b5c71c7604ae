"""A cursor survives kills and power failures, and no other upload resumes from it."""

from dataclasses import replace
from pathlib import Path

import pytest

from duibiao.client import Cursor, Part, Receipt, RejectedRow, RowError
from duibiao.client.cursor import Purpose

PURPOSE = Purpose("0abc", "http://example.invalid", "cases", "partial")
ROW = RejectedRow(12, '{"case_no":"bad-1","type":"part"}', (RowError("bad-time", index=11),))


def part(first: int, count: int, rejected: int = 0, *, rows: tuple[RejectedRow, ...] = ()) -> Part:
    receipt = Receipt("0190", received=count, accepted=count - rejected, rejected=rejected)
    return Part(first, count, receipt, rows)


def opened(folder: Path, purpose: Purpose = PURPOSE, rows: int = 10) -> Cursor:
    return Cursor.open(folder / "cases.csv.upload", purpose, rows=rows)


def beside(path: Path, url: str = PURPOSE.url, kind: str = "cases") -> Cursor:
    return Cursor.beside(path, url, kind, "partial")


def written(cursor: Cursor) -> Path:
    assert cursor.path is not None
    return cursor.path


def test_a_new_upload_begins_at_the_first_row(tmp_path: Path) -> None:
    begun = opened(tmp_path)

    assert (begun.next_row, begun.resumed) == (0, False)
    assert list(begun.parts()) == []


def test_two_uploads_have_two_ids(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.remove()

    assert opened(tmp_path).upload != first.upload


def test_another_run_resumes_where_the_first_ended(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.answered(part(0, 10))
    first.answered(part(10, 5, 1, rows=(ROW,)))

    second = opened(tmp_path)

    assert second.resumed
    assert second.upload == first.upload
    assert second.next_row == 15
    assert list(second.parts()) == [part(0, 10), part(10, 5, 1, rows=(ROW,))]


def test_another_run_divides_the_rows_in_the_same_way(tmp_path: Path) -> None:
    opened(tmp_path, rows=10)
    assert opened(tmp_path, rows=4).rows == 10

    opened(tmp_path).limit(5)
    assert opened(tmp_path).rows == 5


def test_a_limit_is_only_lowered(tmp_path: Path) -> None:
    cursor = opened(tmp_path)
    cursor.limit(5)
    cursor.limit(8)

    assert cursor.rows == opened(tmp_path).rows == 5


def test_parts_of_both_runs_are_recorded(tmp_path: Path) -> None:
    opened(tmp_path).answered(part(0, 3))
    second = opened(tmp_path)
    second.answered(part(3, 3))

    assert [one.first for one in second.parts()] == [0, 3]


@pytest.mark.parametrize("torn", [b"{", b'{"type":"part","part":{"first":10,', b"\x00" * 30])
def test_a_line_that_a_power_failure_left_incomplete_is_dropped(
    tmp_path: Path, torn: bytes
) -> None:
    first = opened(tmp_path)
    first.answered(part(0, 10))
    with written(first).open("ab") as file:
        file.write(torn)

    second = opened(tmp_path)
    second.answered(part(10, 5))

    assert (second.upload, second.next_row) == (first.upload, 15)
    assert [one.first for one in opened(tmp_path).parts()] == [0, 10]


def test_a_line_that_is_none_is_dropped_with_all_after_it(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.answered(part(0, 10))
    with written(first).open("ab") as file:
        file.write(b"\x00\x00\n")

    assert opened(tmp_path).next_row == 10
    assert b"\x00" not in written(first).read_bytes()


@pytest.mark.parametrize(
    "other",
    [
        replace(PURPOSE, content="0abd"),
        replace(PURPOSE, url="http://other.invalid"),
        replace(PURPOSE, kind="observations"),
        replace(PURPOSE, mode="atomic"),
    ],
)
def test_another_upload_begins_anew(tmp_path: Path, other: Purpose) -> None:
    first = opened(tmp_path)
    first.answered(part(0, 10))

    second = opened(tmp_path, other)

    assert not second.resumed
    assert second.next_row == 0
    assert second.upload != first.upload
    assert opened(tmp_path, other).resumed


@pytest.mark.parametrize("content", [b"", b"\n", b"no cursor", b"\xff\xfe", b"{}\n", b"[]"])
def test_a_file_that_is_no_cursor_begins_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cases.csv.upload").write_bytes(content)

    assert not opened(tmp_path).resumed
    assert opened(tmp_path).resumed


def test_a_cursor_is_beside_its_file(tmp_path: Path) -> None:
    path = tmp_path / "办件.csv"
    path.write_text("case_no\n1\n", encoding="utf-8")

    assert written(beside(path)) == tmp_path / "办件.csv.upload"
    assert beside(path).resumed


def test_a_changed_file_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("case_no\n1\n", encoding="utf-8")
    beside(path)
    path.write_text("case_no\n2\n", encoding="utf-8")

    assert not beside(path).resumed


def test_a_removed_cursor_leaves_nothing(tmp_path: Path) -> None:
    begun = opened(tmp_path)
    begun.remove()
    begun.remove()

    assert list(tmp_path.iterdir()) == []


def test_a_cursor_in_memory() -> None:
    cursor = Cursor(10)
    cursor.answered(part(0, 4))
    cursor.limit(2)

    assert (cursor.next_row, cursor.rows) == (4, 2)
    assert list(cursor.parts()) == []
    assert Cursor().upload != Cursor().upload
