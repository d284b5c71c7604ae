"""A day on the board, lived through in a browser on three processes behind one gateway.

A unit's head signs for a yellow and replies with a file, the office returns the reply, the head
replies again, the figure recovers, the office closes, and the auditor reads who did what.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.chromium import CONTRAST, Visit, axe_source, chromium, visit
from tests.e2e.gateway import documented, gateway, served_by
from tests.e2e.test_board_in_chromium import DESK, OPTIONS, PHONE
from tests.support.product import NO_LIMITS, Product, Row
from tests.support.waiting import until
from tests.unit.ingest.evidence_samples import PDF, pdf

NAMES = ("ingest", "indicators", "alerts")
UNIT = "market-regulation-bureau"  # alone leads on T03: 30 % by the end of 2021
FIGURE = {"indicator": "ccc-self-declaration-share", "period": "2021Q4", "denominator": 100}
SHOTS = os.environ.get("DUIBIAO_TEST_SHOTS")
"""A folder for pictures of the pages, for whoever wants to look at them."""


@dataclass(frozen=True)
class City:
    services: dict[str, Product]
    url: str
    keys: dict[str, str]

    def post(self, numerator: int) -> None:
        row = {**FIGURE, "numerator": numerator}
        answer = httpx.post(
            f"{self.url}/v1/observations", json=row, headers=self.services["ingest"].key(UNIT)
        )
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        self.services["ingest"].evaluated(answer.json()["submission_id"])

    def alert(self) -> Row:
        (found,) = self.services["alerts"].items("/v1/alerts?target=T03")
        return found


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("day") / "state"
    with Product(folder) as whole:  # makes the files and the keys
        people = {
            position: person(whole, name, position, org)
            for name, position, org in (
                ("张局长", "head", UNIT),
                ("李主任", "office-head", None),
                ("王审计", "auditor", None),
            )
        }
        assert whole.stop() == 0
    with ExitStack() as stack:
        services = {
            name: stack.enter_context(
                Product(folder, arguments=("serve", name), settings=NO_LIMITS)
            )
            for name in NAMES
        }
        city = City(services, stack.enter_context(gateway(services)), people)
        city.post(25)
        until(lambda: services["alerts"].items("/v1/alerts?target=T03"), what="a card")
        yield city


def person(product: Product, name: str, position: str, org: str | None) -> str:
    body = {"name": name, "position": position, "org": org}
    answer = product.client.post("/v1/people", json=body, headers=product.key("admin"))
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return str(answer.json()["key"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def signed_in(one: Visit, key: str) -> Page:
    one.go("/board/sign-in")
    one.page.get_by_label("密钥").fill(key)
    one.page.get_by_role("button", name="登录").click()
    expect(one.page.get_by_role("button", name="退出")).to_be_visible()
    one.said.clear()  # the browser would like a name beside the key
    return one.page


def act(page: Page, action: str) -> None:
    page.wait_for_load_state()  # else the style sheet of this page is given up, which is told
    page.get_by_role("navigation", name="办理").get_by_role("link", name=action).click()


def opened(page: Page, number: str) -> None:
    page.wait_for_load_state()
    page.get_by_role("link", name=number, exact=True).click()


def looked_at(page: Page, name: str) -> None:
    """Whatever is wrong with a page for anybody is found, at a desk and on a telephone."""
    page.evaluate(axe_source())  # evaluated: the policy of the pages forbids scripts
    for width in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        report = page.evaluate(f"axe.run(document, {OPTIONS})")
        found = [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in report["violations"]]
        assert found == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(CONTRAST)["faint"] == [], name
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": DESK, "height": 900})


def test_the_gateway_knows_the_service_of_every_address(city: City) -> None:
    prefixes = documented()
    for name, product in city.services.items():
        paths = product.client.get("/openapi.json").json()["paths"]
        own = {path for path in paths if not path.startswith(("/livez", "/readyz", "/metrics"))}
        assert {served_by(path, prefixes) for path in own} == {name}, own


def test_a_day(city: City, browser: Browser) -> None:
    colour, year, place = city.alert()["number"].split("-")
    number = f"{colour}〔{year}〕{int(place)}号"
    head_signs_and_replies_with_a_file(city, browser, number)
    office_returns_the_reply(city, browser, number)
    head_replies_again_by_keyboard_on_a_telephone(city, browser, number)
    for figure in (35, 36):  # the second evaluation agrees with the first
        city.post(figure)
    until(lambda: city.alert()["recovered_at"], what="the card has recovered")
    office_closes(city, browser, number)
    auditor_reads_who_did_what(city, browser, number)


def head_signs_and_replies_with_a_file(city: City, browser: Browser, number: str) -> None:
    with visit(browser, city.url, width=DESK) as head:
        page = signed_in(head, city.keys["head"])
        page.get_by_role("link", name="待办").click()
        looked_at(page, "inbox-of-unit")
        opened(page, number)
        looked_at(page, "card")
        page.get_by_role("button", name="签收").click()
        act(page, "回复")
        page.get_by_label("整改情况").fill("已增加自我声明产品种类")
        page.get_by_label("原因").fill("目录更新较晚")
        page.get_by_label("措施").fill("每周通报")
        page.get_by_label("完成时限").fill("2021-12-31")
        page.get_by_label("附件").set_input_files(
            {"name": "整改报告.pdf", "mimeType": PDF, "buffer": pdf()}
        )
        looked_at(page, "reply")
        page.get_by_role("button", name="回复").click()
        expect(page.locator(".answer")).to_contain_text("整改报告.pdf")
        page.wait_for_load_state()
        page.reload()  # sends nothing again
        looked_at(page, "replied")
        head.nothing_odd()


def office_returns_the_reply(city: City, browser: Browser, number: str) -> None:
    with visit(browser, city.url, width=DESK) as office:
        page = signed_in(office, city.keys["office-head"])
        page.get_by_role("link", name="待办").click()
        looked_at(page, "inbox-of-office")
        opened(page, number)
        act(page, "退回修改")
        page.get_by_label("理由").fill("未说明具体产品")
        looked_at(page, "return")
        page.get_by_role("button", name="退回修改").click()
        expect(page.locator(".history")).to_contain_text("未说明具体产品")
        office.nothing_odd()


def head_replies_again_by_keyboard_on_a_telephone(
    city: City, browser: Browser, number: str
) -> None:
    with visit(browser, city.url, width=PHONE) as head:
        page = signed_in(head, city.keys["head"])
        page.goto(f"{city.url}/board/inbox")
        expect(page.locator(".returned")).to_have_text("退回理由：未说明具体产品")
        opened(page, number)
        act(page, "回复")
        page.get_by_label("整改情况").focus()
        for words in ("空调器等12种", "目录更新较晚", "每周通报"):
            page.keyboard.insert_text(words)
            page.keyboard.press("Tab")
        page.get_by_label("完成时限").fill("2021-12-31")
        page.get_by_label("附件").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".answer")).to_contain_text("空调器等12种")


def office_closes(city: City, browser: Browser, number: str) -> None:
    with visit(browser, city.url, width=DESK) as office:
        page = signed_in(office, city.keys["office-head"])
        page.goto(f"{city.url}/board/inbox")
        opened(page, number)
        expect(page.locator(".facts").first).to_contain_text("数据已恢复，待核实销号")
        act(page, "核实销号")
        page.get_by_label("核实情况").fill("属实")
        looked_at(page, "close")
        page.get_by_role("button", name="核实销号").click()
        expect(page.locator(".facts").first).to_contain_text("已销号")


def auditor_reads_who_did_what(city: City, browser: Browser, number: str) -> None:
    with visit(browser, city.url, width=DESK, script=False) as auditor:
        page = signed_in(auditor, city.keys["auditor"])
        page.get_by_role("link", name="预警", exact=True).click()
        page.get_by_label("文号").fill(number)
        page.get_by_role("button", name="筛选").click()
        opened(page, number)
        expect(page.get_by_role("navigation", name="办理")).to_have_count(0)
        steps = page.locator(".history > li > p:first-child").all_inner_texts()
        told = [step.split(" · ")[0].split() for step in reversed(steps)]
        unit, office = "市市场监管局", "牵头办公室"
        assert told == [
            ["触发", "系统"],
            ["签收", unit, "张局长"],
            ["回复", unit, "张局长"],
            ["退回", office, "李主任"],
            ["回复", unit, "张局长"],
            ["数据恢复", "系统"],
            ["销号", office, "李主任"],
        ]
        page.locator(".history summary").last.click()
        with page.expect_download() as download:
            page.locator(".history .files a").click()
        assert Path(download.value.path()).read_bytes() == pdf()


def test_the_list_and_its_filters(city: City, browser: Browser) -> None:
    with visit(browser, city.url, width=DESK) as office:
        page = signed_in(office, city.keys["office-head"])
        page.get_by_role("link", name="预警", exact=True).click()
        page.get_by_label("颜色").select_option("yellow")
        page.get_by_role("button", name="筛选").click()
        rows = page.locator(".alerts tbody tr")
        expect(rows.filter(has_text="黄牌").first).to_be_visible()
        assert rows.count() == rows.filter(has_text="黄牌").count()
        looked_at(page, "alerts")
        page.get_by_label("颜色").select_option("red")
        page.get_by_role("button", name="筛选").click()
        expect(page.locator("main")).to_contain_text("暂无")
        office.nothing_odd()


def test_without_signing_in_a_card_leads_to_the_sign_in_page_and_back(
    city: City, browser: Browser
) -> None:
    card = f"/board/alerts/{city.alert()['id']}"
    with visit(browser, city.url, width=DESK) as one:
        one.page.goto(f"{city.url}{card}")
        expect(one.page).to_have_url(f"{city.url}/board/sign-in?next={card}")
        one.page.get_by_label("密钥").fill(city.keys["auditor"])
        one.page.get_by_role("button", name="登录").click()
        expect(one.page).to_have_url(f"{city.url}{card}")
