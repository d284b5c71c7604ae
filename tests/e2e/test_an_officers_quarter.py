"""A quarter as the office lives it, in a browser: returned, corrected, accepted, closed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.chromium import chromium, visit
from tests.e2e.test_a_day_on_the_board import looked_at, signed_in
from tests.e2e.test_board_in_chromium import DESK, PHONE
from tests.support.product import NO_LIMITS, Product
from tests.support.waiting import until

UNIT, NAME = "market-regulation-bureau", "市市场监管局"
FIGURE = {"indicator": "ccc-self-declaration-share", "period": "2021Q4", "denominator": 100}
QUARTER = "/board/reviews?period=2021Q4"
PEOPLE = {
    "head": {"name": "张局长", "position": "head", "org": UNIT},
    "duty": {"name": "赵值班", "position": "duty-officer"},
    "chief": {"name": "李主任", "position": "office-head"},
}


@dataclass(frozen=True)
class City:
    product: Product
    url: str
    keys: dict[str, str]

    def reports(self, numerator: int) -> None:
        row = {**FIGURE, "numerator": numerator}
        answer = self.product.post("observations", UNIT, row)
        self.product.evaluated(answer.json()["submission_id"])


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with Product(tmp_path_factory.mktemp("quarter") / "state", settings=NO_LIMITS) as product:
        keys = {}
        for who, body in PEOPLE.items():
            made = product.client.post("/v1/people", json=body, headers=product.key("admin"))
            assert made.status_code == httpx.codes.CREATED, made.text
            keys[who] = str(made.json()["key"])
        yield City(product, str(product.client.base_url).rstrip("/"), keys)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def row(page: Page) -> str:
    return page.locator(".reviews tbody tr").filter(has_text=NAME).inner_text()


def test_a_quarter(city: City, browser: Browser) -> None:
    city.reports(25)
    with visit(browser, city.url, width=DESK, script=False) as unit:
        submitted(signed_in(unit, city.keys["head"]), city.url)
        unit.nothing_odd()
    with visit(browser, city.url, width=DESK) as office:
        returned(signed_in(office, city.keys["duty"]))
        office.nothing_odd()
    city.reports(35)
    with visit(browser, city.url, width=PHONE) as unit:
        page = signed_in(unit, city.keys["head"])
        page.goto(f"{city.url}{QUARTER}")
        expect(page.locator(".returned")).to_have_text("分子与台账不符")
        submitted(page, city.url)
    with visit(browser, city.url, width=DESK) as office:
        page = signed_in(office, city.keys["chief"])
        accepted(page, city.url)
        closed(page)
        bulletin(page)
        office.nothing_odd()


def submitted(page: Page, url: str) -> None:
    page.goto(f"{url}{QUARTER}")
    page.get_by_role("link", name="提交", exact=True).click()
    page.get_by_role("button", name="提交").click()  # the browser, or the server, asks for a name
    page.get_by_label("责任人姓名").fill("张三")
    page.get_by_label("确认本期零报告属实").check()
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".reviews")).to_contain_text("待审核")


def returned(page: Page) -> None:
    page.get_by_role("link", name="审核", exact=True).click()
    page.get_by_label("期间").select_option("2021Q4")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator(".reviews tbody tr").first).to_contain_text(NAME)
    page.locator(".reviews tbody tr").first.get_by_role("link", name="退回修改").click()
    page.get_by_label("理由").fill("分子与台账不符")
    looked_at(page, "review-return")
    page.get_by_role("button", name="退回修改").click()
    expect(page.locator(".reviews .returned")).to_have_text("分子与台账不符")
    expect(page.get_by_role("button", name="锁定")).to_have_count(0)  # the head of the office does


def accepted(page: Page, url: str) -> None:
    page.goto(f"{url}{QUARTER}")
    page.get_by_role("button", name="审核通过").click()
    expect(page.locator(".reviews tbody tr").filter(has_text=NAME)).to_contain_text("已审核通过")


def closed(page: Page) -> None:
    closing = page.locator("section").filter(has=page.locator("#closing"))
    expect(closing).to_contain_text("未审核通过的单位")
    page.get_by_label("说明").fill("四季度")
    page.get_by_role("button", name="锁定").click()
    expect(closing).to_contain_text("行。")
    expect(closing.get_by_role("link", name="临时开放")).to_have_count(1)
    looked_at(page, "closing")


def bulletin(page: Page) -> None:
    page.get_by_role("link", name="通报", exact=True).click()
    quarter = page.locator("tbody tr").filter(has_text="2021年四季度")
    expect(quarter).to_contain_text("锁定")
    quarter.get_by_role("link", name="网页").click()
    expect(page.locator("body")).to_contain_text("市市场监管局")
    expect(page.locator("body")).not_to_contain_text("草稿")


def test_what_is_owed_when(city: City, browser: Browser) -> None:
    with visit(browser, city.url, width=DESK) as office:
        page = signed_in(office, city.keys["duty"])
        page.get_by_role("link", name="日历与台账").click()
        expect(page.locator("h1")).to_have_text("工作日历")
        page.get_by_role("link", name="按清单查看").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="下载日历文件").click()
        assert download.value.path().read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
        office.said.clear()  # a download ends the page's own request
        page.get_by_role("link", name="报送台账").click()
        page.get_by_label("状态").select_option("overdue")
        page.get_by_role("button", name="筛选").click()
        expect(page.locator(".matrix tbody tr").first).to_contain_text("逾期未报")
        page.get_by_role("link", name="近期变动").click()
        expect(page).to_have_url(re.compile("/board/changes.from=.+&to=.+"))
        page.get_by_role("link", name="较上周").click()
        office.nothing_odd()


def test_a_waiver_and_a_doubt(city: City, browser: Browser) -> None:
    city.reports(35)
    with visit(browser, city.url, width=DESK) as unit:
        page = signed_in(unit, city.keys["head"])
        page.goto(f"{city.url}/board/waivers")
        page.get_by_role("link", name="申请豁免").click()
        page.get_by_label("指标").first.select_option("T03")
        for label, text in (("首日", "2021-10-01"), ("末日", "2021-12-31"), ("文号", "1号")):
            page.get_by_label(label).fill(text)
        page.get_by_label("理由").fill("系统升级")
        looked_at(page, "waiver-ask")
        page.get_by_role("button", name="提交申请").click()
        expect(page.locator(".waivers")).to_contain_text("待批准")
    with visit(browser, city.url, width=DESK) as office:
        page = signed_in(office, city.keys["chief"])
        page.get_by_role("link", name="待办").click()
        page.get_by_role("link", name="申请中的豁免").click()
        page.get_by_role("link", name="批准", exact=True).click()
        page.get_by_label("理由").fill("同意")
        page.get_by_role("button", name="批准").click()
        page.goto(f"{city.url}/board/waivers")
        expect(page.locator(".waivers")).to_contain_text("已批准")
        page.get_by_role("link", name="数据质量").click()
        page.goto(f"{city.url}/board/data-quality?period=2021Q4")
        expect(page.locator(".doubts tbody tr").first).to_contain_text("迟报数据")
        page.locator(".doubts").get_by_role("link", name="答复").first.click()
        page.get_by_label("答复").last.fill("试用期补报")
        page.get_by_role("button", name="答复").click()
        expect(page.locator(".doubts")).to_contain_text("试用期补报")
        office.nothing_odd()


def test_several_cards_are_closed(city: City, browser: Browser) -> None:
    breaches = ("licence-reform-items-city", "licence-reform-items-ftz")
    rows = [{"indicator": one, "period": "2021Q4", "value": 1} for one in breaches]
    city.product.post("observations", UNIT, rows).raise_for_status()
    until(lambda: len(city.product.items("/v1/alerts")) > 1, what="cards")
    with visit(browser, city.url, width=DESK) as office:
        page = signed_in(office, city.keys["duty"])
        page.get_by_role("link", name="预警", exact=True).click()
        page.get_by_role("link", name="批量核实销号").click()
        page.get_by_label("核实情况").nth(0).fill("属实")
        page.get_by_label("未恢复或缺回复的销号理由").nth(0).fill("已约谈")
        page.get_by_label("核实情况").nth(1).fill("属实，无理由")
        page.get_by_role("button", name="核实销号").click()
        expect(page.locator(".errors").first).to_contain_text("已销号1件")
        expect(page.get_by_label("核实情况").nth(0)).to_have_value("属实，无理由")
        looked_at(page, "closing-several")
