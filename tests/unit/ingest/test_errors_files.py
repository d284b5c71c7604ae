"""What `duibiao submit` adds to the rows of an errors file is not read."""

import pytest

from tests.support.ingest import accepted, draft, listed, unpacked


@pytest.mark.parametrize("header", ["_行号,_错误,_errors,{}", "{},_行号,_错误,_errors"])
def test_an_errors_file_is_taken_as_it_is(header: str) -> None:
    columns, cells = "case_no,indicator,accepted_at,outcome", "A,days,2021-03-01,open"
    added = "7,误,x"
    line = f"{added},{cells}" if header.startswith("_") else f"{cells},{added}"
    posted = draft("case", f"{header.format(columns)}\n{line}\n".encode(), "csv")
    taken = accepted(posted) or listed(posted)
    (row,) = unpacked(taken).cases
    assert (row.case_no, row.indicator, row.region) == ("A", "days", "610100")
