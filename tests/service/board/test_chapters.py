"""The headings of the notice: every task under exactly one, in order, none of them a copy."""

from services.indicators.board.chapters import chapters_of
from tests.support.asgi import Calls
from tests.support.board_pages import page, serve
from tests.support.boards import HeldBoard
from tests.support.registers import the_register

CHAPTERS = chapters_of("xa-2021-6")


def test_the_notice_has_five_chapters() -> None:
    assert [chapter.no for chapter in CHAPTERS] == [1, 2, 3, 4, 5]
    assert [(chapter.first, chapter.last) for chapter in CHAPTERS] == [
        (1, 4),
        (5, 10),
        (11, 15),
        (16, 21),
        (22, 25),
    ]


def test_every_task_of_the_register_stands_under_one_chapter() -> None:
    covered = [no for chapter in CHAPTERS for no in range(chapter.first, chapter.last + 1)]
    assert covered == [task.no for task in the_register().tasks]


def test_headings_are_said_in_both_languages() -> None:
    for chapter in CHAPTERS:
        assert chapter.title.isascii()
        assert not chapter.title_zh.isascii()


def test_a_notice_we_know_no_headings_of_has_none() -> None:
    assert chapters_of("no-such-notice") == ()


def test_the_first_page_shows_them_without_being_told(story: HeldBoard) -> None:
    headings = [s.all("h2")[0].text for s in page(serve(story), "/board").with_class("chapter")]
    assert headings == [
        f"{number}、{chapter.title_zh}"
        for number, chapter in zip("一二三四五", CHAPTERS, strict=True)
    ]


def test_the_contents_lead_to_them(asked: Calls) -> None:
    board = page(asked, "/board")
    for link in board.with_class("contents")[0].all("a"):
        assert len(board.all("h2", id=link.attributes["href"][1:])) == 1
