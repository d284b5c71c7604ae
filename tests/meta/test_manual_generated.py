"""The manual: what the board shows is docs/manual.zh.md, and its words are those of the pages."""

import re

from docs.tables import MANUAL, manual
from duibiao.web.board.words import tables
from tests.support import project

TEXT = (project.ROOT / "docs" / "manual.zh.md").read_text("utf-8")


def test_make_docs_would_change_nothing() -> None:
    assert MANUAL.read_text("utf-8") == manual()


def test_what_it_tells_to_click_is_on_the_pages() -> None:
    words = set()
    services = "ingest.board", "alerts.board", "indicators.board", "indicators.office"
    for package in ("duibiao.web.board", *(f"services.{one}" for one in services)):
        for table in tables(package).values():
            words |= {phrase.zh for phrase in table.values()}
    refused = (project.ROOT / "duibiao" / "web" / "templates" / "refused.html").read_text("utf-8")
    words |= {words.strip() for words in re.findall('<button type="submit">([^<]+)', refused)}
    clicked = set(re.findall("点“([^”]+)”", TEXT))
    assert len(clicked) > 10
    assert clicked - words == set()


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r"\]\((images/[^)]+)\)", TEXT)
    assert pictures
    assert [name for name in pictures if not (project.ROOT / "docs" / name).is_file()] == []
