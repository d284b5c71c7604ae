"""A clerk's path in a browser: form, file with errors, correction, receipt, and the new verdict."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from tests.e2e.chromium import chromium, visit
from tests.e2e.test_a_day_on_the_board import looked_at, person, signed_in
from tests.e2e.test_board_in_chromium import DESK, PHONE
from tests.support.product import NO_LIMITS, Product
from tests.support.spreadsheets import Form
from tests.support.waiting import until

UNIT = "market-regulation-bureau"  # alone leads on T03: 30 % by the end of 2021
INDICATOR, PERIOD = "ccc-self-declaration-share", "2021Q4"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("clerk") / "state", settings=NO_LIMITS) as product:
        yield product


@pytest.fixture(scope="module")
def key(product: Product) -> str:
    return person(product, "赵报送", "reporter", UNIT)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_a_clerks_path(product: Product, browser: Browser, key: str) -> None:
    with visit(browser, product.url, width=DESK) as one:
        page = signed_in(one, key)
        page.get_by_role("link", name="报送", exact=True).click()
        looked_at(page, "submit")
        form = downloaded_form(page)
        line = next(
            line
            for line, row in form.prepared()
            if row["indicator"].startswith(INDICATOR) and row["period"] == PERIOD
        )
        form.put(line, numerator="二十五", denominator=100)
        form.put(line + 1, comment="尚未统计")
        upload(page, form.saved())
        faults = page.locator(".faults tbody tr")
        expect(faults).to_have_count(2)
        expect(faults.nth(0)).to_contain_text(f"第{line}行")
        expect(faults.nth(0)).to_contain_text("分子")
        expect(faults.nth(0)).to_contain_text("二十五")
        expect(faults.nth(0)).to_contain_text("应为")
        expect(faults.nth(1)).to_contain_text(f"第{line + 1}行")
        looked_at(page, "submit-errors")
        corrected_where_marked(page, line)
        expect(page.locator("h2")).to_contain_text("已检查1行，没有错误")
        looked_at(page, "submit-checked")
        checked, before = page.url, verdict(page, product)
        page.goto(checked)
        send(page)
        page.reload()  # sends nothing again
        looked_at(page, "submit-receipt")
        assert before != until(lambda: changed(page, product, before), what="another verdict")
        expect(page.locator("main")).to_contain_text("25")
        # A download is a visit that the browser gives up.
        one.said[:] = [said for said in one.said if not said.endswith((".xlsx", "/marked"))]
        one.nothing_odd()


def downloaded_form(page: Page) -> Form:
    with page.expect_download() as download:
        page.get_by_role("link", name="指标数据报送表").click()
    return Form(Path(download.value.path()).read_bytes())


def upload(page: Page, content: bytes, name: str = "指标数据.xlsx") -> None:
    page.get_by_label("报送内容").select_option(label="指标数据")
    page.get_by_label("文件").set_input_files({"name": name, "mimeType": XLSX, "buffer": content})
    page.get_by_role("button", name="检查").click()
    page.wait_for_load_state()


def corrected_where_marked(page: Page, line: int) -> None:
    """Correct the copy with the errors marked, as a clerk does in a spreadsheet program."""
    with page.expect_download() as download:
        page.get_by_role("link", name="下载标注了错误的文件").click()
    book = load_workbook(BytesIO(Path(download.value.path()).read_bytes()))
    sheet = book["填报"]
    heading = next(row for row in sheet.iter_rows() if "_错误" in [cell.value for cell in row])
    names = {str(cell.value).split()[-1]: cell.column or 0 for cell in heading}
    assert "应为" in str(sheet.cell(line, names["_错误"]).value)
    sheet.cell(line, names["numerator"]).value = 25
    sheet.cell(line + 1, names["comment"]).value = None
    file = BytesIO()
    book.save(file)
    page.get_by_role("link", name="重新上传").click()
    upload(page, file.getvalue(), "指标数据.errors.xlsx")


def send(page: Page) -> None:
    page.get_by_role("button", name="报送", exact=True).click()
    expect(page.locator("h2").first).to_have_text("报送成功")
    page.wait_for_load_state()


def verdict(page: Page, product: Product) -> str:
    """Return what the board says of the target."""
    page.goto(f"{product.url}/board/targets/T03")
    return page.locator(".verdict").first.inner_text()


def changed(page: Page, product: Product, before: str) -> str | None:
    now = verdict(page, product)
    return now if now != before else None


def test_the_same_without_javascript_on_a_telephone_by_typing(
    product: Product, browser: Browser, key: str
) -> None:
    with visit(browser, product.url, width=PHONE, script=False) as one:
        page = signed_in(one, key)
        before = verdict(page, product)
        page.goto(f"{product.url}/board/submit/forms/observation?period={PERIOD}")
        group = page.get_by_role("group").filter(has_text="自我声明").first
        group.get_by_label("分子").fill("36")
        group.get_by_label("分母").fill("一百")
        page.get_by_role("button", name="保存草稿").click()
        expect(group.get_by_label("分子")).to_have_value("36")
        expect(page.locator(".lede")).to_contain_text("已恢复")
        page.get_by_role("button", name="检查并报送").click()
        expect(page.locator(".faults tbody tr")).to_contain_text("一百")
        page.get_by_role("link", name="返回修改").click()
        group.get_by_label("分母").fill("100")
        page.get_by_role("button", name="检查并报送").click()
        send(page)
        until(lambda: changed(page, product, before), what="another verdict")
        page.goto(f"{product.url}/board/submit/forms/observation?period={PERIOD}")
        expect(group).to_contain_text("上次报送：36 / 100（2021年四季度）")
        expect(group.get_by_label("分子")).to_have_value("")


def test_what_was_typed_outlives_the_session(product: Product, browser: Browser, key: str) -> None:
    with visit(browser, product.url, width=DESK) as one:
        page = signed_in(one, key)
        page.goto(f"{product.url}/board/submit/forms/progress_report?period={PERIOD}")
        looked_at(page, "submit-progress")
        group = page.get_by_role("group").first
        group.get_by_label("进展状态").select_option(label="进行中")
        words = "已完成12个行业目录的调整，<正在>推进&落实。"
        group.get_by_label("进展情况").fill(words)
        other = page.context.new_page()
        other.goto(f"{product.url}/board/sign-in")
        other.get_by_role("button", name="退出", exact=True).first.click()
        page.get_by_role("button", name="检查并报送").click()
        expect(page.locator("main")).to_contain_text("在新窗口登录")
        other.goto(f"{product.url}/board/sign-in")
        other.get_by_label("密钥").fill(key)
        other.get_by_role("button", name="登录").click()
        page.reload()
        page.get_by_role("button", name="以当前登录重新提交").click()
        expect(page.locator("h2").first).to_contain_text("已检查1行，没有错误")
        send(page)
        page.goto(f"{product.url}/board/submit/submissions")
        looked_at(page, "submissions")
