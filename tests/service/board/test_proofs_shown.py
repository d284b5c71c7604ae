from decimal import Decimal

from services.indicators.board.proofs import INPUTS_SHOWN, read_proof
from services.indicators.domain.proof import withdrawn_proof
from tests.service.board.boards import HeldBoard, proof, series, verdict_row
from tests.service.board.html import Element
from tests.service.board.pages import page, serve
from tests.support.registers import register, target

CASES = target(threshold=35, statistic="each")
ROW = verdict_row(CASES, "2021Q3", 36, "missed", sample_size=412, within_limit=397, overdue_open=6)
KEPT = proof(ROW, distribution=[(34, 0, 397), (36, 0, 15)])


def shown(kept: dict[str, object], path: str = "/board/targets/T01") -> Element:
    held = HeldBoard(register(targets=[CASES]), verdicts=series(ROW), proofs={ROW.id: kept})
    return page(serve(held), path).with_class("proof")[0]


def test_the_steps_are_in_the_readers_language() -> None:
    steps = shown(KEPT).with_class("steps")
    assert [item.text for item in steps[0].all("li")] == ["第一步：412 件", "结论：见上"]
    assert steps[1].text == "两处来源不一致"

    english = shown(KEPT, "/board/targets/T01?lang=en").with_class("steps")
    assert [item.text for item in english[0].all("li")] == [
        "step one: 412 cases",
        "verdict: as above",
    ]


def test_the_counts_are_those_of_the_row() -> None:
    counts = shown(KEPT).with_class("tallies")[0].text
    assert counts == "已报/应报 2/2 样本量 412 按时办结 397 未办结超期 6"


def test_the_inputs_are_a_table() -> None:
    rows = shown(KEPT).with_class("inputs")[0].all("tr")[1:]

    assert len(rows) == 2
    assert rows[0].text == "tax-bureau 610100 2021年三季度 办件 36 — 206 6 —"


def test_the_spread_of_the_cases_is_drawn_and_told() -> None:
    picture = shown(KEPT).by_id("spread-d")
    assert picture.text == "34 个工作日：397 件；36 个工作日：15 件（15 件超期限）"
    assert shown(proof(ROW)).all("", id="spread-d") == []


def test_the_spread_is_a_table_too_with_the_limit_beside_it() -> None:
    whole = shown(KEPT)
    rows = whole.with_class("spread")[0].all("tr")[1:]
    assert [[cell.text for cell in row.all("td")] for row in rows] == [["397", "0"], ["0", "15"]]
    assert [row.all("th")[0].text for row in rows] == ["34", "36"]
    assert "期限 ≤ 35 个工作日" in whole.with_class("chart")[0].text
    (line,) = whole.with_class("chart")[0].all("line", y1="4")
    assert line.attributes["x1"] == "97.30%"  # 36 of 37 days


def test_a_mean_has_cases_and_no_limit_of_each() -> None:
    held = {"groups": KEPT["distribution"]["groups"], "within_limit": None}  # type: ignore[index]
    read = read_proof(register(), {**KEPT, "distribution": held}, "zh")
    assert read.spread is not None
    assert (read.spread.over, read.spread.limit_x) == (0, None)


def test_the_versions_and_the_way_to_the_data_are_told() -> None:
    versions = shown(KEPT).with_class("tallies")[1].text

    assert "评估日 2021-12-20" in versions
    assert "评估时刻 2021-12-20 12:00" in versions
    assert "登记册版本 xa-2021-6+0123456789ab" in versions
    assert f"GET /v1/verdicts/{ROW.id}/proof" in versions


def test_a_verdict_without_a_kept_proof_says_so() -> None:
    held = HeldBoard(register(targets=[CASES]), verdicts=series(ROW))
    assert "没有保存依据。" in page(serve(held), "/board/targets/T01").text


def test_many_inputs_are_cut_and_the_rest_is_counted() -> None:
    one = {"kind": "reported", "org": "customs", "region": "610100", "period": "202107"}
    read = read_proof(register(), {**KEPT, "inputs": [one] * (INPUTS_SHOWN + 3)}, "zh")
    assert (len(read.inputs), read.more) == (INPUTS_SHOWN, 3)
    assert "另有 3 条未列出。" in shown({**KEPT, "inputs": [one] * (INPUTS_SHOWN + 3)}).text


def test_numbers_are_the_decimals_that_were_written() -> None:
    one = {"kind": "reported", "org": "x", "region": "y", "period": "2021", "value": 0.1}
    large = {**one, "value": 5.5, "numerator": 1e15, "weight": 3}
    read = read_proof(register(), {"inputs": [one, large]}, "zh")

    assert [made_from.value for made_from in read.inputs] == ["0.1", "5.5"]
    assert read.inputs[1].numerator == "1,000,000,000,000,000"


def test_the_threshold_of_the_proof_decides_what_is_past_it() -> None:
    read = read_proof(register(), {**KEPT, "threshold": 36}, "zh")
    assert read.spread is not None
    assert read.spread.over == 0


def test_a_proof_that_lacks_parts_is_still_shown() -> None:
    read = read_proof(register(), withdrawn_proof(ROW), "zh")
    assert read.steps == ("本期已无数据，此行不再保留",)
    assert (read.inputs, read.spread, read.judged_day) == ((), None, None)
    assert read_proof(register(), {}, "en").steps == ()


def test_a_withdrawn_figure_keeps_its_decimal() -> None:
    row = verdict_row(target(), "2021Q3", Decimal("5.5"))
    assert proof(row)["inputs"][0]["value"] == 5.5  # type: ignore[index]
