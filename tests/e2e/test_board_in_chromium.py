"""The board as readers meet it: the product as a child process, its pages in a real Chromium."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.chromium import Visit, chromium, visit
from tests.support.product import Product
from tests.support.waiting import until

PATHS = (
    "/board",
    "/board/targets/T02",
    "/board/targets/T12",
    "/board/targets/T16",
    "/board/tasks/6",
    "/board/measures/11.1",
    "/board/orgs",
    "/board/orgs/tax-bureau",
    "/board/orgs/districts-and-counties",
)
DESK, PHONE = 1280, 390
# Contrast is held against contrast.js, in a fraction of axe's time.
OPTIONS = """{rules: {'color-contrast': {enabled: false}}, runOnly:
    ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    state = tmp_path_factory.mktemp("board") / "state"
    with Product(state, arguments=("up",), settings={"DUIBIAO_WATCH_FROM": ""}) as product:
        until(lambda: greeted(product), seconds=120, what="the sample is posted")
        product.settled()
        yield product


def greeted(product: Product) -> bool:
    output = product.output.read_text(encoding="utf-8", errors="replace")
    assert product.process.poll() is None, output[-2000:]
    return "/board" in output.rpartition("Board:")[2]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def desk(browser: Browser, product: Product) -> Iterator[Visit]:
    """A reader at a desk, who at the end has seen nothing odd."""
    with visit(browser, product.url, width=DESK) as one:
        yield one
        one.nothing_odd()


@pytest.fixture
def phone(browser: Browser, product: Product) -> Iterator[Visit]:
    with visit(browser, product.url, width=PHONE) as one:
        yield one
        one.nothing_odd()


def test_the_first_page_shows_what_the_api_says(desk: Visit, product: Product) -> None:
    verdicts = product.items("/v1/verdicts?org=&region=610100&limit=1000")
    desk.go("/board?lang=en")
    rows = desk.page.locator(".targets tbody tr")
    expect(rows).to_have_count(18)

    for place, target in enumerate(product.items("/v1/targets")):
        text = rows.nth(place).inner_text()
        assert target["id"] in text
        period = re.search(r"(2021) (Q\d)", text)
        assert period is not None
        (verdict,) = (
            v
            for v in verdicts
            if v["target"] == target["id"] and v["period"] == "".join(period.groups())
        )
        assert f"{round(verdict['value'], 2):g}" in text
        status = str(verdict["status"]).replace("_", " ")
        assert {"unknown": "no threshold"}.get(status, status) in text.lower()
        assert f"{verdict['reporters']}/{verdict['expected']}" in text


def test_open_alerts_on_the_page_are_those_of_the_api(desk: Visit, product: Product) -> None:
    over = {"closed", "resolved", "revoked"}
    numbers = {
        re.sub(r"-(\d+)-0*(\d+)", r"〔\1〕\2号", a["number"])
        for a in product.items("/v1/alerts?limit=1000")
        if a["state"] not in over
    }
    assert numbers

    def shown() -> bool:
        desk.go("/board")
        return set(desk.page.locator(".alerts .code").all_inner_texts()) == numbers

    until(shown, what="the alerts have reached the board")


def test_the_proof_shown_is_the_one_the_api_gives(desk: Visit, product: Product) -> None:
    verdict = product.verdict("T16", "2021Q3")
    desk.go(f"/board/targets/T16?verdict={verdict['id']}")

    answer = product.client.get(
        f"/v1/verdicts/{verdict['id']}/proof", headers=product.key("office")
    )
    lines = [line["zh"] for line in answer.json()["lines"]]
    assert lines
    assert desk.page.locator("ol.steps li").all_inner_texts() == lines


def test_a_reader_follows_a_target_to_its_proof_and_to_the_unit(desk: Visit) -> None:
    page = desk.page
    desk.go("/board")
    page.locator(".strip >> nth=0").locator("a", has_text="T16").click()
    expect(page).to_have_url(re.compile(r"/board/targets/T16$"))

    page.locator(".verdicts").first.locator("tbody tr").last.get_by_role("link").click()
    expect(page.locator("#proof")).to_contain_text("2021年一季度")
    expect(page.locator("#proof")).to_be_in_viewport()

    page.locator(".terms").get_by_role("link", name="市税务局").click()
    expect(page.locator("h1")).to_have_text("市税务局")
    page.get_by_role("link", name="总览").click()
    expect(page).to_have_url(re.compile(r"/board$"))


def test_the_language_is_switched_once_and_kept(desk: Visit) -> None:
    page = desk.page
    desk.go("/board/targets/T02")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")

    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(re.compile(r"/board/targets/T02\?lang=en$"))
    page.get_by_role("link", name="Units", exact=True).click()
    expect(page.locator("h1")).to_have_text("The units")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("h1")).to_have_text("各单位")


def test_a_reader_is_told_when_the_page_has_changed_and_not_when_another_one_has(
    desk: Visit, product: Product
) -> None:
    report = {"measure": "1.2", "period": "2021Q4", "state": "in_progress", "summary": "新的进展"}
    desk.go("/board/measures/1.2")
    with desk.page.context.new_page() as other:
        other.goto(f"{desk.url}/board/measures/11.1")
        with other.expect_response(f"{desk.url}/board/measures/11.1"):  # it looks again
            told = product.post("progress-reports", "tax-bureau", report)
            product.evaluated(told.json()["submission_id"])
        status = desk.page.get_by_role("status")
        expect(status).to_contain_text("本页数据已更新", timeout=20_000)
        expect(other.get_by_role("status")).to_be_empty()
        status.get_by_role("button", name="刷新").click()
        expect(desk.page.locator("main")).to_contain_text("新的进展")
        expect(desk.page.get_by_role("status")).to_be_empty()


def test_a_keyboard_is_enough(desk: Visit) -> None:
    page = desk.page
    desk.go("/board")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    expect(page.locator(":focus")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    summary = page.locator("#task-6 summary")
    summary.focus()
    outline: str = summary.evaluate("one => getComputedStyle(one).outlineStyle")
    page.keyboard.press("Enter")
    assert outline == "solid"
    expect(page.locator("#task-6 .measures")).to_be_visible()


def test_every_status_is_told_by_shape_and_word_in_grey_too(desk: Visit) -> None:
    desk.go("/board")
    marks = desk.page.locator(".targets .mark")
    drawn = "one => document.querySelector(one.getAttribute('href')).getAttribute('d')"
    told = {
        (mark.inner_text().strip(), str(mark.locator("use").evaluate(drawn)))
        for mark in marks.all()
    }
    words = {word for word, _ in told}
    assert len(words) >= 3
    assert all(word for word in words)
    known = {d for word, d in told if word not in {"未设目标值", "无可比期", "无数据"}}
    assert len(known) == len(words - {"未设目标值", "无可比期", "无数据"})


def test_on_a_phone_rows_become_cards_with_their_own_labels(phone: Visit) -> None:
    phone.go("/board")
    cell = phone.page.locator("#task-6 .targets tbody td").first

    assert cell.evaluate("one => getComputedStyle(one, '::before').content") == '"现值"'
    head = phone.page.locator("#task-6 .targets thead").bounding_box()
    assert head is not None
    assert head["height"] <= 1
    roles = phone.page.get_by_role("table", name="任务（六）的指标").get_by_role("columnheader")
    expect(roles).to_have_count(8)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_a_label_never_runs_into_what_it_labels(phone: Visit, language: str) -> None:
    for path in ("/board", "/board/orgs"):
        phone.go(f"{path}?lang={language}")
        close = phone.page.evaluate(
            """() => [...document.querySelectorAll('.rows td')].filter(cell => {
                const pen = document.createElement('canvas').getContext('2d');
                pen.font = getComputedStyle(cell, '::before').font;
                const room = parseFloat(getComputedStyle(cell).paddingLeft);
                return pen.measureText(cell.dataset.label).width > room - 4;
            }).map(cell => cell.dataset.label)"""
        )
        assert close == []


def test_on_paper_everything_is_open_and_nothing_is_to_be_clicked(desk: Visit) -> None:
    desk.go("/board")
    page = desk.page
    page.emulate_media(media="print")

    expect(page.locator(".masthead nav")).to_be_hidden()
    expect(page.locator(".switch")).to_be_hidden()
    expect(page.locator("#task-6 .measures")).to_be_visible()
    assert page.pdf(format="A4")[:5] == b"%PDF-"


def test_the_sample_is_told_on_every_page_before_anything_else(desk: Visit) -> None:
    for path in PATHS:
        desk.go(path)
        banner = desk.page.locator(".sample").bounding_box()
        assert banner is not None
        assert banner["y"] == 0
        assert banner["width"] == DESK
        expect(desk.page.locator(".sample")).to_contain_text("示例数据 Sample data")


def test_the_page_of_a_target_draws_every_period(desk: Visit, product: Product) -> None:
    rows = product.items("/v1/verdicts?target=T10&org=&region=610100&limit=1000")
    desk.go("/board/targets/T10")

    picture = desk.page.locator("figure.chart svg.plot[role=img]").first
    expect(picture.locator("use.shape")).to_have_count(len(rows))
    values = {f"{row['value']:g}" for row in rows if row["value"] is not None}
    assert set(picture.locator("text.value").all_text_contents()) == values
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] > 1000
