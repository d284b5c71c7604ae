import re
import string
from collections.abc import Iterator, Mapping
from importlib.resources import files

import pytest

from duibiao.web.board import words as shared
from duibiao.web.board.language import Phrase, asked_for, choose
from services.indicators.board import spread, whys, words

PACKAGES = (
    "duibiao.web.board",
    "services.indicators.board",
    "services.ingest.board",
    "services.alerts.board",
    "services.indicators.office",
)
TEMPLATES = {
    f"{package}/{one.name}": one.read_text("utf-8")
    for package in PACKAGES
    for one in (files(package) / "templates").iterdir()
    if one.name.endswith(".html")
}


def phrases() -> Iterator[tuple[str, Phrase]]:
    for package in PACKAGES[2:]:
        yield from (
            (f"{package} {name}[{key}]", one)
            for name, table in shared.tables(package).items()
            for key, one in table.items()
        )
    for module in (shared, words, whys, spread):
        for name, value in vars(module).items():
            if isinstance(value, Phrase):
                yield name, value
            elif isinstance(value, Mapping) and not name.startswith("__"):
                found = ((f"{name}[{key}]", one) for key, one in value.items())
                yield from ((key, one) for key, one in found if isinstance(one, Phrase))


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(("name", "phrase"), [*phrases()])
def test_a_phrase_says_the_same_in_both_languages(name: str, phrase: Phrase) -> None:
    assert phrase.zh.strip(), name
    assert phrase.en.strip(), name
    assert fields(phrase.zh) == fields(phrase.en)


@pytest.mark.parametrize(("name", "phrase"), [*phrases()])
def test_english_is_english(name: str, phrase: Phrase) -> None:
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", phrase.en), name


def keys_in_templates() -> set[str]:
    found = {key for text in TEMPLATES.values() for key in re.findall(r'say\("([a-z0-9-]+)"', text)}
    # the proof's counts name their words in a list
    proof = TEMPLATES["services.indicators.board/proof.html"]
    return found - {"nav-"} | set(re.findall(r'\("([a-z0-9-]+)", row\.', proof))


def test_every_word_a_template_asks_for_is_there_and_none_is_idle() -> None:
    asked = keys_in_templates() | {key for key in shared.FRAME if key.startswith("nav-")}
    own = [table["page"] for table in map(shared.tables, PACKAGES[1:])]
    assert asked == {key for table in (*own, shared.FRAME) for key in table}
    assert all(table.keys().isdisjoint(shared.FRAME) for table in own)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_holds_no_words_of_its_own(name: str) -> None:
    text = re.sub(r"{#.*?#}", "", TEMPLATES[name], flags=re.DOTALL)
    text = text.replace('<span lang="zh-CN">对标</span>', "").replace("示例数据", "")
    assert not re.search(r"[\u4e00-\u9fff]", text)


@pytest.mark.parametrize(
    ("query", "cookie", "spoken"),
    [
        (None, None, "zh"),
        ("en", None, "en"),
        (None, "en", "en"),
        ("zh", "en", "zh"),
        ("en", "zh", "en"),
        ("fr", "en", "en"),
        ("EN", None, "zh"),
        ("", "", "zh"),
        (None, "<script>", "zh"),
    ],
)
def test_the_reader_decides_and_chinese_is_first(
    query: str | None, cookie: str | None, spoken: str
) -> None:
    assert choose(query, cookie) == spoken


def test_only_what_we_speak_can_be_asked_for() -> None:
    assert [asked_for(word) for word in ("zh", "en", "de", None)] == ["zh", "en", None, None]
