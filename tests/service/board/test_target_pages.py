from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.indicators.board.data import SHOWN
from tests.service.board.boards import HeldBoard, alert, proof, series, verdict, verdict_row
from tests.service.board.html import Element
from tests.service.board.pages import page, serve
from tests.support.asgi import Calls
from tests.support.registers import register, target

REBATE = target(threshold="5.5")
OWN = verdict_row(REBATE, "2021Q3", Decimal("5.2"), org="tax-bureau", reporters=1, expected=1)
DISTRICT = verdict_row(REBATE, "2021Q3", 6, "missed", region="610103", reporters=1)
CITY = series(
    verdict_row(REBATE, "2021Q2", Decimal("5.51"), "missed"),
    verdict_row(REBATE, "2021Q3", Decimal("5.5"), attainment_ratio=1),
)


def held(**parts: object) -> HeldBoard:
    board = HeldBoard(
        register(targets=[REBATE]),
        verdicts=(*CITY, verdict(OWN), verdict(DISTRICT)),
        alerts=(alert(target="T01"), alert("黄-2021-0002", target="T02")),
        proofs={v.row.id: proof(v.row) for v in CITY} | {OWN.id: proof(OWN)},
    )
    return replace(board, **parts)  # type: ignore[arg-type]


def terms(shown: Element) -> dict[str, str]:
    rows = shown.with_class("terms")[0].all("div")
    return {row.all("dt")[0].text: row.all("dd")[0].text for row in rows}


def test_the_figure_stands_large_with_its_period_status_and_reason() -> None:
    big = page(serve(held()), "/board/targets/T01").with_class("big")[0]

    assert big.with_class("period")[0].text == "2021年三季度"
    assert big.with_class("value")[0].text == "5.5 个工作日"
    assert big.with_class("state")[0].text == "达标"
    assert "正好等于目标值" in big.with_class("why")[0].text


def test_the_terms_say_what_is_asked_and_where_that_comes_from() -> None:
    assert terms(page(serve(held()), "/board/targets/T01")) == {
        "要求": "≤ 5.5 个工作日",
        "目标值来源": "原文 通知原文给出目标值",
        "时限": "长期",
        "口径": "平均用时",
        "达标率": "100%",
        "差距": "0 个工作日",
        "已报/应报": "2/2",
        "牵头单位": "tax-bureau、customs",
    }


def test_the_terms_say_how_the_promise_was_kept_beside_how_it_stands() -> None:
    missed = verdict_row(REBATE, "2021Q2", Decimal("9.9"), "missed", decisive=True)
    good = verdict_row(REBATE, "2021Q3", 5, decisive=True)
    shown = page(serve(held(verdicts=series(missed, good))), "/board/targets/T01")

    assert shown.with_class("state")[0].text == "达标"
    flags = [row.all("th")[0].text for row in shown.with_class("verdicts")[0].all("tr")[1:]]
    assert flags == ["2021年三季度 当期 判定", "2021年二季度 判定"]
    assert terms(shown)["判定"] == "未达标 2期中1期达标"


def test_a_local_threshold_names_who_decided_it_and_since_when() -> None:
    local = target(
        basis="local", decided_by="市营商办", decided_since=date(2021, 4, 1), verb="strive"
    )
    said = terms(page(serve(held(register=register(targets=[local]))), "/board/targets/T01"))

    assert said["目标值来源"] == "本地 本市另行设定，通知未设目标值（市营商办，自 2021-04-01）"
    assert said["通知用语"] == "力争"


def test_the_table_holds_every_period_the_newest_first() -> None:
    rows = page(serve(held()), "/board/targets/T01").with_class("verdicts")[0].all("tr")[1:]

    assert [row.all("th")[0].text for row in rows] == ["2021年三季度 当期", "2021年二季度"]
    assert [cell.text for cell in rows[1].all("td")[:5]] == [
        "未达标",
        "5.51",
        "—",
        "+0.01 个工作日",
        "40",
    ]


def test_units_and_regions_stand_in_their_own_table() -> None:
    table = page(serve(held()), "/board/targets/T01").with_class("verdicts")[1]

    assert table.one("caption").text == "2021年三季度各单位、各区域的结论"
    assert [row.all("th")[0].text for row in table.all("tr")[1:]] == ["610103", "tax-bureau"]


def test_one_period_is_shown_at_a_time_and_in_pages() -> None:
    units = [verdict_row(REBATE, "2021Q3", 5, org=f"unit-{n:03}") for n in range(SHOWN + 3)]
    older = verdict_row(REBATE, "2021Q2", 5, org="unit-000")
    calls = serve(held(verdicts=(*CITY, *map(verdict, [*units, older]))))
    first = page(calls, "/board/targets/T01")
    rows, links = first.with_class("verdicts")[1], first.with_class("pager")
    assert len(rows.all("tr")) == 1 + SHOWN
    assert first.by_id("parts").text == "各单位、各区域"
    assert [a.text for nav in links for a in nav.all("a")] == ["下一页", "2021年二季度"]

    following = page(calls, "/board/targets/T01" + links[0].all("a")[0].attributes["href"])
    shown = following.with_class("verdicts")[1]
    assert [row.all("th")[0].text for row in shown.all("tr")[1:]] == [
        f"unit-{n:03}" for n in range(SHOWN, SHOWN + 3)
    ]
    assert [a.text for a in following.with_class("pager")[0].all("a")] == ["回到开头"]
    # A proof is shown beside the page that its link stands on.
    link = shown.all("a")[0].attributes["href"].partition("#")[0]
    proven = page(calls, f"/board/targets/T01{link}")
    assert len(proven.with_class("verdicts")[1].all("tr")) == 1 + 3
    assert proven.by_id("proof").text == f"依据 unit-{SHOWN:03} · 2021年三季度"

    other = page(calls, "/board/targets/T01" + links[1].all("a")[0].attributes["href"])
    assert other.with_class("verdicts")[1].one("caption").text == "2021年二季度各单位、各区域的结论"


@pytest.mark.parametrize("odd", ["after=WyJhIl0", "after=x&period=y", "period=x"])
def test_a_place_that_makes_no_sense_is_the_beginning(odd: str) -> None:
    shown = page(serve(held()), f"/board/targets/T01?{odd}")
    assert len(shown.with_class("verdicts")[1].all("tr")) == 1 + 2


def test_only_alerts_of_this_target_are_shown() -> None:
    shown = page(serve(held()), "/board/targets/T01")
    assert "黄〔2021〕1号" in shown.text
    assert "黄〔2021〕2号" not in shown.text


def test_the_proof_of_the_present_verdict_is_shown_unless_another_is_asked_for() -> None:
    calls = serve(held())

    shown = page(calls, "/board/targets/T01")
    assert shown.by_id("proof").text == "依据 610100 · 2021年三季度"
    earlier = page(calls, f"/board/targets/T01?verdict={CITY[0].row.id}")
    assert earlier.by_id("proof").text == "依据 610100 · 2021年二季度"
    unit = page(calls, f"/board/targets/T01?verdict={OWN.id}")
    assert unit.by_id("proof").text == "依据 tax-bureau · 2021年三季度"


@pytest.mark.parametrize("odd", ["nothing", "", "T02-city-610100-2021Q3", "'; --"])
def test_a_verdict_that_is_not_this_targets_is_not_asked_for(odd: str) -> None:
    shown = page(serve(held()), f"/board/targets/T01?verdict={odd}")
    assert shown.by_id("proof").text == "依据 610100 · 2021年三季度"


def test_the_links_to_proofs_lead_to_them() -> None:
    calls = serve(held())
    shown = page(calls, "/board/targets/T01")
    links = [a.attributes["href"] for a in shown.all("a") if "?verdict=" in a.attributes["href"]]

    assert len(links) == 3
    for link in links:
        query, _, anchor = link.partition("#")
        assert len(page(calls, f"/board/targets/T01{query}").all("h2", id=anchor)) == 1


def test_a_target_without_verdicts_says_so() -> None:
    shown = page(serve(held(verdicts=())), "/board/targets/T01")

    assert "尚无评估结论。" in shown.text
    assert shown.with_class("verdicts") == []
    assert shown.with_class("proof") == []


def test_every_target_of_the_notice_has_its_page(asked: Calls) -> None:
    for number in range(1, 19):
        language = ("zh", "en")[number % 2]
        shown = page(asked, f"/board/targets/T{number:02}?lang={language}")
        assert len(shown.all("h1")) == 1
        assert len(shown.with_class("proof")) == 1


def test_the_trail_leads_back_to_the_task(asked: Calls) -> None:
    shown = page(asked, "/board/targets/T13")
    back = shown.with_class("trail")[0].all("a")[-1]

    assert back.attributes["href"] == "/board/tasks/18"
    assert page(asked, "/board").by_id("task-18").tag == "article"
