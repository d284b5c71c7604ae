"""PostgreSQL takes no NUL in a text: whoever asks for one is told as on SQLite, not 500."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from duibiao.store import Store
from duibiao.web.lists import to_cursor
from services.ingest.adapters.migrations import SCHEMA
from tests.service.ingest.service import Desk, assert_problem


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with closing(Store(database_url, "ingest")) as store:
        SCHEMA.migrate(store)
    with Desk(tmp_path, url=database_url) as desk:
        yield desk


@pytest.mark.parametrize("ident", ["%00", "a%00b"])
def test_nothing_has_it_in_its_id(desk: Desk, ident: str) -> None:
    assert_problem(desk.get(f"/v1/submissions/{ident}"), 404)


def test_no_cursor_of_ours_has_it(desk: Desk) -> None:
    forged = to_cursor(("a\0b",))

    assert_problem(desk.get(f"/v1/submissions?cursor={forged}"), 422)
