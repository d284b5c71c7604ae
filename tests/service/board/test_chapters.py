"""The headings of the bundled notice: every task under exactly one, in both languages."""

from tests.service.board.pages import page
from tests.support.asgi import Calls
from tests.support.registers import the_register

CHAPTERS = the_register().chapters


def test_the_notice_has_five_chapters() -> None:
    assert [(chapter.no, chapter.first, chapter.last) for chapter in CHAPTERS] == [
        (1, 1, 4),
        (2, 5, 10),
        (3, 11, 15),
        (4, 16, 21),
        (5, 22, 25),
    ]


def test_the_contents_lead_to_them(asked: Calls) -> None:
    board = page(asked, "/board")
    links = board.with_class("contents")[0].all("a")
    assert len(links) == 5
    for link in links:
        assert len(board.all("h2", id=link.attributes["href"][1:])) == 1
