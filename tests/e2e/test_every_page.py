"""Every page of the board in a browser, found from the routes, full of hostile words.

Windows of three widths, light and dark, both languages. `make test` looks at each page once, the
combinations taking turns; `make soak` looks at all of them.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import product as all_of
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser

from tests.e2e import every_page, hostile
from tests.e2e.chromium import CONTRAST, Visit, axe_source, chromium, visit
from tests.e2e.every_page import Sight
from tests.e2e.firefox import firefox
from tests.e2e.test_first_page import check_soon
from tests.service.board.html import read
from tests.support.product import NO_LIMITS, Product
from tests.support.waiting import until

Scheme = Literal["light", "dark"]
Combination = tuple[int, Scheme, str]
WIDTHS = (1440, 390, 768)
COMBINATIONS: list[Combination] = list(all_of(WIDTHS, ("light", "dark"), ("zh", "en")))
LOOK = """async () => {
    const options = {resultTypes: ['violations'], rules: {'color-contrast': {enabled: false}},
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']};
    const report = await window.axe.run(document, options);
    return report.violations.map((rule) => `${rule.id}: ${rule.nodes[0].html.slice(0, 200)}`);
}"""
SAID = """() => {
    const words = document.querySelector('main').innerText.split('\\n').map((one) => one.trim());
    const actions = ['a[href]', 'button', 'input', 'select', 'textarea']
        .flatMap((kind) => [...document.querySelectorAll(`main ${kind}`)])
        .filter((one) => one.type !== 'hidden')
        .map((one) => `${one.tagName} ${one.name ?? ''} ${one.getAttribute('href') ?? ''}`);
    return {words: words.filter(Boolean), actions};
}"""


SEEN = """() => [document.documentElement.scrollWidth,
    matchMedia('(prefers-color-scheme: dark)').matches]"""
# The words that do not fit into their own cell.
OVERFLOWING = """() => [...document.querySelectorAll('td, th:not(.unseen), .totals li, .strip a')]
    .filter((cell) => cell.clientWidth > 1 && cell.scrollWidth > cell.clientWidth + 1
        && !cell.querySelector('svg.spark'))
    .map((cell) => `overflows: ${cell.textContent.trim()}`)"""
NARROWEST = 320  # CSS pixels, WCAG 1.4.10
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(E-?[0-9]+)?")
QUERY = (
    *("verdict", "period", "after", "cursor", "number", "state", "colour", "lead", "target"),
    *("receiver", "from", "to", "next", "org", "q", "unit", "threshold", "region"),
)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    state = tmp_path_factory.mktemp("pages") / "state"
    settings = {**NO_LIMITS, "DUIBIAO_WATCH_FROM": ""}
    with Product(state, arguments=("up",), settings=settings) as product:
        until(lambda: product.items("/v1/alerts"), seconds=120, what="the sample is posted")
        product.settled()
        yield product


@pytest.fixture(scope="module")
def pen(product: Product) -> hostile.Pen:
    pen = hostile.fill(product)
    product.settled()
    return pen


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return every_page.addresses(tmp_path_factory.mktemp("routes"))


@pytest.fixture(scope="module")
def sights(product: Product, pen: hostile.Pen, paths: list[str]) -> list[Sight]:
    assert pen.written
    return every_page.pages(product, paths)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@dataclass
class Windows:
    """Windows of a browser, one for each reader, scheme and whether scripts run."""

    browser: Browser
    stack: ExitStack
    opened: dict[tuple[str, Scheme, bool], Visit] = field(default_factory=dict)

    def go(self, sight: Sight, how: Combination, *, script: bool = True) -> Visit:
        width, scheme, language = how
        reader = sight.reader
        key = reader.who, scheme, script
        if key not in self.opened:
            opening = visit(
                self.browser, reader.url, script=script, scheme=scheme, session=reader.cookie
            )
            self.opened[key] = self.stack.enter_context(opening)
        one = self.opened[key]
        one.said.clear()
        one.outside.clear()
        one.page.set_viewport_size({"width": width, "height": 900})
        one.go(f"{sight.address}?lang={language}")
        return one


@pytest.fixture
def windows(browser: Browser) -> Iterator[Windows]:
    with ExitStack() as stack:
        yield Windows(browser, stack)


def faults(windows: Windows, sight: Sight, how: Combination, axe: str) -> list[str]:
    """Return everything that is wrong with a page in a window."""
    width, scheme, _ = how
    one = windows.go(sight, how)
    page = one.page
    wide, dark = page.evaluate(SEEN)
    assert dark == (scheme == "dark")
    page.evaluate(axe)  # not added as a script: the policy of the pages would forbid it
    full = page.evaluate(SAID)
    told = [
        *([f"{wide} px wide"] if wide > width else []),
        *(f"contrast {text}" for text in page.evaluate(CONTRAST)["faint"]),
        *page.evaluate(LOOK),
        *(f"console: {text}" for text in one.said),
        *(f"asks {url}" for url in one.outside),
        *page.evaluate(OVERFLOWING),
    ]
    if width == min(WIDTHS):
        page.set_viewport_size({"width": NARROWEST, "height": 900})
        wide, _ = page.evaluate(SEEN)
        told += [f"{wide} px wide in {NARROWEST}"] if wide > NARROWEST else []
    plain = windows.go(sight, how, script=False).page.evaluate(SAID)
    assert len(plain["words"]) > 3, sight
    lost = (words for kind in full for words in set(full[kind]) - set(plain[kind]))
    return [*told, *(f"without scripts missing: {words}" for words in lost)]


def found(windows: Windows, tried: Iterable[tuple[Sight, Combination]]) -> str:
    axe = axe_source()
    told = {f"{sight} {how}": faults(windows, sight, how, axe) for sight, how in tried}
    return "\n".join(f"{where}: {one}" for where, what in told.items() for one in what)


def test_every_page_in_a_window_that_takes_turns(windows: Windows, sights: list[Sight]) -> None:
    once = list({sight.address: sight for sight in reversed(sights)}.values())
    turns = [COMBINATIONS[(n * 5) % len(COMBINATIONS)] for n in range(len(once))]
    assert not found(windows, zip(once, turns, strict=True))
    assert set(turns) == set(COMBINATIONS)


@pytest.mark.soak
@pytest.mark.parametrize("how", COMBINATIONS, ids=str)
def test_every_page_in_every_window(
    windows: Windows, sights: list[Sight], how: Combination
) -> None:
    assert not found(windows, [(sight, how) for sight in sights])


@pytest.mark.soak
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_in_firefox(sights: list[Sight], scheme: Scheme, tmp_path: Path) -> None:
    bad, axe = {}, axe_source()
    with firefox(tmp_path, scheme) as one:
        for n, sight in enumerate(sights):
            width, _, language = COMBINATIONS[(n * 5) % len(COMBINATIONS)]
            url = f"{sight.reader.url}{sight.address}?lang={language}"
            one.go(url, width=width, session=sight.reader.cookie)
            one.run(axe)
            wide, dark = one.evaluate(SEEN)
            assert dark == (scheme == "dark")
            told = [
                *([f"{wide} px wide"] if wide > width else []),
                *one.evaluate(CONTRAST)["faint"],
                *one.evaluate(LOOK),
                *one.said,
                *one.outside,
            ]
            if told:
                bad[f"{sight} {width} {language}"] = told
    assert bad == {}


def test_the_pages_are_those_of_the_routes(sights: list[Sight]) -> None:
    seen = {sight.address for sight in sights}
    assert {"/board", "/board/targets/T02", "/board/orgs", "/board/inbox", "/board/sign-in"} <= seen
    assert len(seen) >= 15


def test_the_first_page_is_there_soon(product: Product, browser: Browser) -> None:
    check_soon(product, browser)


def test_every_text_that_the_api_takes_was_a_hostile_one(
    product: Product, pen: hostile.Pen
) -> None:
    document = product.client.get("/openapi.json").json()
    assert hostile.free_texts(document) - pen.written == hostile.NO_OCCASION
    assert pen.written <= hostile.free_texts(document)


def answered(sight: Sight, query: dict[str, str]) -> httpx.Response:
    """Ask for a page without what it refuses: one of another view, or period, would mislead."""
    get = partial(sight.reader.client.get, sight.address, follow_redirects=True)
    while (answer := get(params=query)).status_code == 422:
        assert answer.headers["content-type"] == "application/problem+json"
        for fault in answer.json()["errors"]:
            del query[fault["pointer"].removeprefix("/query/")]
    return answer


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.soak)])
def test_hostile_words_are_shown_and_never_obeyed(sights: list[Sight], language: str) -> None:
    asked = dict.fromkeys(QUERY, hostile.MARKUP) | {"lang": language}
    showing = set()
    for sight in sights:
        for query in ({"lang": language}, asked):
            answer = answered(sight, dict(query))
            assert answer.status_code == 200, sight
            page = read(answer.text)
            assert {one.attributes["src"].split("/")[2] for one in page.all("script")} <= {"static"}
            assert page.all("img") == [], sight
            for element in page.all():
                assert not any(name.startswith("on") for name in element.attributes), sight
                led = {element.attributes.get(name, "") for name in ("href", "src", "action")}
                assert not any(one.startswith(("javascript:", "//", "http")) for one in led), sight
            if hostile.MARKUP in page.text or hostile.SHORT in page.text:
                showing.add(sight.address.rpartition("/")[0])
    assert {"/board", "/board/alerts", "/board/measures"} <= showing


def test_no_download_holds_a_formula(product: Product, pen: hostile.Pen, paths: list[str]) -> None:
    assert pen.written
    hostile_ones = 0
    for sight in every_page.downloads(product, paths):
        content = sight.reader.client.get(sight.address).content
        cells = list(every_page.texts_of(sight.address, content))
        assert cells or "template" in sight.address, sight
        if sight.address.endswith(".csv"):
            bad = [one for one in cells if one.startswith(FORMULA) and not NUMBER.fullmatch(one)]
            assert bad == [], sight
        hostile_ones += any(hostile.MARKUP in one for one in cells)
    assert hostile_ones >= 10
