"""The pictures of the README and the manual, taken anew where DUIBIAO_PICTURES=1 asks for it.

    DUIBIAO_PICTURES=1 .venv/bin/pytest tests/e2e/test_pictures.py

Without it, only the size of what is in docs/images is looked at.
"""

import base64
import os
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.e2e.chromium import chromium, visit
from tests.e2e.every_page import Reader
from tests.support.product import NO_LIMITS, Product
from tests.support.project import ROOT
from tests.support.waiting import until

IMAGES = ROOT / "docs" / "images"
ASKED = os.environ.get("DUIBIAO_PICTURES")
MOST, BYTES = 16, 150_000
AS_WEBP = """async (png) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${png}`;
    await picture.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [picture.width, picture.height];
    canvas.getContext('2d').drawImage(picture, 0, 0);
    return canvas.toDataURL('image/webp', 0.9).split(',')[1];
}"""
DESK, PHONE = (1280, 800), (390, 844)
# name: address, who reads, size of the window, light or dark
PICTURES: dict[str, tuple[str, str, tuple[int, int], Literal["light", "dark"]]] = {
    "board": ("/board", "", DESK, "light"),
    "board-dark": ("/board", "", DESK, "dark"),
    "board-phone": ("/board", "", PHONE, "light"),
    "target": ("/board/targets/T16", "", DESK, "light"),
    "scorecards": ("/board/scorecards", "office", DESK, "light"),
    "unit": ("/board/orgs/tax-bureau", "", DESK, "light"),
    "card": ("/board/alerts/{alert}", "tax-bureau", DESK, "light"),
}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    state = tmp_path_factory.mktemp("pictures") / "state"
    settings = {**NO_LIMITS, "DUIBIAO_WATCH_FROM": ""}
    with Product(state, arguments=("up",), settings=settings) as product:
        until(lambda: product.items("/v1/alerts"), seconds=120, what="the sample is posted")
        product.settled()
        yield product


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.skipif(not ASKED, reason="DUIBIAO_PICTURES=1 takes them anew")
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_taken(product: Product, browser: Browser, name: str) -> None:
    address, who, (width, height), scheme = PICTURES[name]
    alert = product.items("/v1/alerts?target=T16")[0]["id"]
    cookie = Reader(product, who).cookie
    with visit(browser, product.url, width=width, scheme=scheme, session=cookie) as one:
        one.page.set_viewport_size({"width": width, "height": height})
        one.go(address.format(alert=alert))
        taken = base64.b64encode(one.page.screenshot()).decode()
        one.nothing_odd()
        one.page.goto("about:blank")  # has no policy against pictures
        IMAGES.mkdir(exist_ok=True)
        content = base64.b64decode(one.page.evaluate(AS_WEBP, taken))
        (IMAGES / f"{name}.webp").write_bytes(content)


def test_pictures_are_few_and_small() -> None:
    sizes = {file.name: file.stat().st_size for file in IMAGES.iterdir()}
    assert {name for name, size in sizes.items() if size > BYTES} == set()
    assert len(sizes) <= MOST
