"""Progress that survives kills and power cuts, and that no other upload goes on from."""

from pathlib import Path

import pytest

from duibiao.client import Fault, MemoryProgress, Part, Receipt, RefusedRow, StateFile, Totals
from duibiao.client.progress import Purpose, durably

PURPOSE = Purpose("0abc", "http://example.invalid", "cases", "partial")
ROW = RefusedRow(11, '{"case_no":"bad-1","receipt":"upload"}', (Fault("bad-time", index=11),))


def part(first: int, count: int, rejected: int = 0, *, rows: tuple[RefusedRow, ...] = ()) -> Part:
    receipt = Receipt("0190", received=count, accepted=count - rejected, rejected=rejected)
    return Part(first, count, receipt, rows)


def state(folder: Path, purpose: Purpose = PURPOSE) -> StateFile:
    return StateFile(folder / "cases.csv.upload", purpose)


def test_a_new_upload_begins_at_the_first_row(tmp_path: Path) -> None:
    begun = state(tmp_path)

    assert (begun.next_row, begun.under_way, begun.resumed) == (0, None, False)
    assert begun.totals == Totals()
    assert list(begun.parts()) == []


def test_two_uploads_have_two_ids(tmp_path: Path) -> None:
    first = state(tmp_path)
    first.remove()

    assert state(tmp_path).upload != first.upload
    assert len(first.upload) == 32


def test_another_run_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    first = state(tmp_path)
    first.sending(0, 10)
    first.answered(part(0, 10))
    first.sending(10, 5)
    first.answered(part(10, 5, 1, rows=(ROW,)))

    second = state(tmp_path)

    assert second.resumed
    assert second.upload == first.upload
    assert (second.next_row, second.under_way) == (15, None)
    assert second.totals == Totals(received=15, taken=14, rejected=1)
    assert list(second.parts()) == [part(0, 10), part(10, 5, 1, rows=(ROW,))]


def test_rows_that_were_sent_and_not_answered_are_remembered(tmp_path: Path) -> None:
    first = state(tmp_path)
    first.sending(0, 10)
    first.answered(part(0, 10))
    first.sending(10, 7)

    second = state(tmp_path)

    assert (second.next_row, second.under_way) == (10, 7)


def test_rows_sent_again_in_smaller_requests_are_remembered_so(tmp_path: Path) -> None:
    first = state(tmp_path)
    first.sending(0, 10)
    first.sending(0, 5)

    assert state(tmp_path).under_way == 5


def test_parts_of_both_runs_are_told(tmp_path: Path) -> None:
    first = state(tmp_path)
    first.answered(part(0, 3))
    second = state(tmp_path)
    second.answered(part(3, 3))

    assert [one.first for one in second.parts()] == [0, 3]
    assert second.totals.received == 6


@pytest.mark.parametrize("torn", [b"{", b'{"first":10,"count":5,"receipt":', b"\x00" * 30])
def test_a_line_that_a_power_cut_left_half_written_is_forgotten(
    tmp_path: Path, torn: bytes
) -> None:
    first = state(tmp_path)
    first.answered(part(0, 10))
    with first.path.open("ab") as file:
        file.write(torn)

    second = state(tmp_path)
    second.answered(part(10, 5))

    assert (second.upload, second.next_row) == (first.upload, 15)
    assert [one.first for one in state(tmp_path).parts()] == [0, 10]


def test_a_line_that_is_none_is_forgotten_with_all_after_it(tmp_path: Path) -> None:
    first = state(tmp_path)
    first.answered(part(0, 10))
    with first.path.open("ab") as file:
        file.write(b"\x00\x00\n")

    assert state(tmp_path).next_row == 10
    assert b"\x00" not in first.path.read_bytes()


@pytest.mark.parametrize(
    "other",
    [
        Purpose("0abd", PURPOSE.url, "cases", "partial"),
        Purpose("0abc", "http://other.invalid", "cases", "partial"),
        Purpose("0abc", PURPOSE.url, "observations", "partial"),
        Purpose("0abc", PURPOSE.url, "cases", "atomic"),
    ],
)
def test_what_is_another_upload_begins_anew(tmp_path: Path, other: Purpose) -> None:
    first = state(tmp_path)
    first.answered(part(0, 10))

    second = state(tmp_path, other)

    assert not second.resumed
    assert second.next_row == 0
    assert second.upload != first.upload


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"no state", b"\xff\xfe", b'{"version":1}\n', b"[]"]
)
def test_a_file_that_is_no_state_begins_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cases.csv.upload").write_bytes(content)

    assert not state(tmp_path).resumed


def test_a_state_of_another_version_begins_anew(tmp_path: Path) -> None:
    first = state(tmp_path)
    text = first.path.read_text(encoding="utf-8").replace('"version":1', '"version":2')
    first.path.write_text(text, encoding="utf-8")

    assert not state(tmp_path).resumed


def test_a_state_file_stands_beside_its_file(tmp_path: Path) -> None:
    path = tmp_path / "办件.csv"
    path.write_text("case_no\n1\n", encoding="utf-8")

    begun = StateFile.beside(path, "http://example.invalid", "cases", "partial")
    begun.answered(part(0, 1))

    assert begun.path == tmp_path / "办件.csv.upload"
    assert StateFile.beside(path, "http://example.invalid", "cases", "partial").resumed


def test_a_changed_file_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("case_no\n1\n", encoding="utf-8")
    StateFile.beside(path, "http://example.invalid", "cases", "partial")
    path.write_text("case_no\n2\n", encoding="utf-8")

    assert not StateFile.beside(path, "http://example.invalid", "cases", "partial").resumed


def test_a_restart_forgets(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("case_no\n1\n", encoding="utf-8")
    first = StateFile.beside(path, "http://example.invalid", "cases", "partial")

    again = StateFile.beside(path, "http://example.invalid", "cases", "partial", restart=True)

    assert not again.resumed
    assert again.upload != first.upload


def test_a_removed_state_leaves_nothing(tmp_path: Path) -> None:
    begun = state(tmp_path)
    begun.remove()
    begun.remove()

    assert list(tmp_path.iterdir()) == []


def test_what_waits_in_a_spool_counts_apart() -> None:
    totals = Totals().plus(part(0, 10, 2)).plus(Part(10, 5))

    assert totals == Totals(received=10, taken=8, rejected=2, spooled=5)


def test_progress_in_memory() -> None:
    progress = MemoryProgress("an-id")
    progress.sending(0, 4)
    assert (progress.upload, progress.under_way) == ("an-id", 4)
    progress.answered(part(0, 4))

    assert (progress.next_row, progress.under_way) == (4, None)
    assert list(progress.parts()) == [part(0, 4)]
    assert MemoryProgress().upload != MemoryProgress().upload


def test_a_file_is_put_in_its_place_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "a"
    durably(path, b"1")
    durably(path, b"22")

    assert path.read_bytes() == b"22"
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]
