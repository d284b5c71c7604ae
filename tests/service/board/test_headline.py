"""The sentence at the head of the first page, as a table of cases in both languages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from duibiao.register import Target
from services.indicators.domain.rows import Reason, Status, Verdict
from tests.service.board.boards import HeldBoard, alert, verdict, verdict_row
from tests.service.board.html import Element
from tests.service.board.pages import page, serve
from tests.service.board.test_first_page import row_of
from tests.support.registers import org, register, target

DUE = date(2021, 3, 31)
UNITS = ("a-bureau", "b-bureau", "c-bureau", "d-bureau", "e-bureau")
STANDING, DATED = target("T01", leads=UNITS[:1]), target("T02", judged_by=DUE, leads=UNITS[:2])
DAY = "截至2021年12月20日，"


def year(asked: Target, statuses: str) -> list[Verdict]:
    """Return quarters of 2021 from words; the last is the present one, the first may decide.

    A word with a question mark has a period that still runs, so that the notice is not judged by.
    """
    found = []
    words = statuses.split()
    for quarter, word in enumerate(words, 1):
        status = next(one for one in get_args(Status) if one == word.rstrip("?"))
        reason: Reason | None = "no_figure" if status == "unknown" else None
        value = None if status == "unknown" else 5
        judged = asked.judged_by is None and not word.endswith("?")
        decisive = judged or (asked.judged_by is not None and quarter == 1)
        row = verdict_row(asked, f"2021Q{quarter}", value, status, reason=reason, decisive=decisive)
        found.append(verdict(row, present=quarter == len(words)))
    return found


def head(*series: tuple[Target, str], language: str = "zh") -> Element:
    made = register(targets=[one for one, _ in series], orgs=[org(code) for code in UNITS])
    held = HeldBoard(made, verdicts=[v for one, said in series for v in year(one, said)])
    (found,) = page(serve(held), f"/board?lang={language}").with_class("headline")
    return found


def several(*said: str, leads: Sequence[str] = UNITS[:1]) -> list[tuple[Target, str]]:
    return [(target(f"T{n:02}", leads=tuple(leads)), one) for n, one in enumerate(said, 1)]


CASES = {
    "nothing broken": (
        several("met", "sustained", "missed met met"),
        "3项指标中没有未达标或回落的；另有1项判定时未达标、现已恢复：T03（3期中2期达标）。",
        (
            "of 3 targets none is missed or has fallen back; 1 more was missed when judged and has "
            "recovered since: T03 (kept 2 of 3 periods)."
        ),
    ),
    "nothing broken ever": (
        several("met", "on_track?"),
        "2项指标中没有未达标或回落的。",
        "of 2 targets none is missed or has fallen back.",
    ),
    "behind is not broken": (
        several("behind?", "at_risk?"),
        "2项指标中没有未达标或回落的。",
        "of 2 targets none is missed or has fallen back.",
    ),
    "nothing broken as far as is known": (
        several("met", "unknown"),
        "2项指标中没有未达标或回落的，其中1项暂不能判断。",
        "of 2 targets none is missed or has fallen back; 1 of them cannot be judged.",
    ),
    "nothing known": (
        several("unknown", ""),
        "2项指标中尚无可作判断的。",
        "of 2 targets none can be judged.",
    ),
    "one": (
        several("met met", "met missed"),
        "2项指标中有1项未达标：T02（自2021年二季度起，a-bureau牵头）。",
        "of 2 targets 1 is missed: T02 (since 2021 Q2, led by a-bureau).",
    ),
    "one that fell back, its units": (
        [(DATED, "met regressed")],
        "1项指标中有1项回落：T02（自2021年二季度起，a-bureau、b-bureau牵头）。",
        "of 1 targets 1 is fallen back: T02 (since 2021 Q2, led by a-bureau, b-bureau).",
    ),
    "two, the longer first": (
        several("met met missed", "met missed missed"),
        (
            "2项指标中有2项未达标：T02（自2021年二季度起，a-bureau牵头）；"
            "T01（自2021年三季度起，a-bureau牵头）。"
        ),
        (
            "of 2 targets 2 are missed: T02 (since 2021 Q2, led by a-bureau); "
            "T01 (since 2021 Q3, led by a-bureau)."
        ),
    ),
    "of both kinds": (
        [(STANDING, "missed"), (DATED, "met regressed")],
        (
            "2项指标中有2项未达标或回落：T01（自2021年一季度起，a-bureau牵头）；"
            "T02（自2021年二季度起，a-bureau、b-bureau牵头）。"
        ),
        (
            "of 2 targets 2 are missed or fallen back: T01 (since 2021 Q1, led by a-bureau); "
            "T02 (since 2021 Q2, led by a-bureau, b-bureau)."
        ),
    ),
    "more than are named": (
        several(*["missed"] * 6),
        "6项指标中有6项未达标，其中持续最久的4项为："
        + "；".join(f"T{n:02}（自2021年一季度起，a-bureau牵头）" for n in (1, 2, 3, 4))
        + "。",
        "of 6 targets 6 are missed, the 4 longest so being "
        + "; ".join(f"T{n:02} (since 2021 Q1, led by a-bureau)" for n in (1, 2, 3, 4))
        + ".",
    ),
    "one good period begins anew": (
        several("missed met missed"),
        "1项指标中有1项未达标：T01（自2021年三季度起，a-bureau牵头）。",
        "of 1 targets 1 is missed: T01 (since 2021 Q3, led by a-bureau).",
    ),
    "no data does not end it": (
        several("missed unknown missed"),
        "1项指标中有1项未达标：T01（自2021年一季度起，a-bureau牵头）。",
        "of 1 targets 1 is missed: T01 (since 2021 Q1, led by a-bureau).",
    ),
    "not mended by a period that runs and is behind": (
        several("met missed behind?"),
        "1项指标中有1项未达标：T01（自2021年二季度起，a-bureau牵头）。",
        "of 1 targets 1 is missed: T01 (since 2021 Q2, led by a-bureau).",
    ),
    "not mended by a waiver": (
        several("missed waived"),
        "1项指标中有1项未达标：T01（自2021年一季度起，a-bureau牵头）。",
        "of 1 targets 1 is missed: T01 (since 2021 Q1, led by a-bureau).",
    ),
    "broken beside recovered": (
        [(STANDING, "missed"), (DATED, "missed missed met")],
        (
            "2项指标中有1项未达标：T01（自2021年一季度起，a-bureau牵头）；"
            "另有1项判定时未达标、现已恢复：T02（2021年一季度）。"
        ),
        (
            "of 2 targets 1 is missed: T01 (since 2021 Q1, led by a-bureau); "
            "1 more was missed when judged and has recovered since: T02 (2021 Q1)."
        ),
    ),
    "several recovered": (
        [(STANDING, "missed met"), (DATED, "missed met")],
        (
            "2项指标中没有未达标或回落的；另有2项判定时未达标、现已恢复："
            "T01（2期中1期达标）、T02（2021年一季度）。"
        ),
        (
            "of 2 targets none is missed or has fallen back; 2 more were missed when judged and "
            "have recovered since: T01 (kept 1 of 2 periods), T02 (2021 Q1)."
        ),
    ),
    "many units": (
        several("missed", leads=UNITS),
        "1项指标中有1项未达标：T01（自2021年一季度起，a-bureau、b-bureau等5个单位牵头）。",
        (
            "of 1 targets 1 is missed: T01 (since 2021 Q1, led by a-bureau, b-bureau and others, "
            "5 units)."
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_says_what_is_broken_since_when_and_who_answers(case: str) -> None:
    series, zh, en = CASES[case]
    assert head(*series).text == DAY + zh
    assert head(*series, language="en").text == "As of 20 Dec 2021, " + en


def test_each_target_named_is_a_link_and_the_count_stands_out() -> None:
    found = head((STANDING, "missed"), (DATED, "missed met"))
    assert [one.attributes["href"] for one in found.all("a")] == [
        "/board/targets/T01",
        "/board/targets/T02",
    ]
    assert [one.text for one in found.all("strong")] == ["有1项未达标"]


def strips(*series: tuple[Target, str]) -> list[list[str]]:
    made = register(targets=[one for one, _ in series])
    held = HeldBoard(made, verdicts=[v for one, said in series for v in year(one, said)])
    found = page(serve(held), "/board").with_class("strip")
    return [[a.attributes["aria-label"] for a in strip.all("a")] for strip in found]


def test_how_it_stands_is_beside_how_the_promise_was_kept() -> None:
    now, kept = strips((STANDING, "missed met"), (DATED, "missed met"), *several()[:0])
    assert now == ["T01 T01：达标", "T02 T02：达标"]
    assert kept == ["T01 T01：2期中1期达标 未达标", "T02 T02：2021年一季度 未达标"]
    assert strips((STANDING, "on_track?"))[1] == ["T01 T01：未到判定"]


def test_the_judged_are_counted_by_how_they_were_kept() -> None:
    bare = replace(target("T03", threshold=None), judged_by=DUE)
    made = register(targets=[STANDING, DATED, bare])
    rows = [*year(STANDING, "missed met"), *year(DATED, "met sustained")]
    unjudged = verdict_row(bare, "2021Q1", 90, "unknown", reason="no_threshold", decisive=True)
    held = HeldBoard(made, verdicts=[*rows, verdict(unjudged, present=True)])
    text = [one.text for one in page(serve(held), "/board").with_class("row")]
    assert text == ["现状：当期是否达标", "兑现：判定期是否达标 达标 1 未达标 1 未设目标值 1"]


def test_a_target_that_recovers_says_why_its_card_is_still_open() -> None:
    card = alert("黄-2021-0007", target="T02", recovered=True, leads=UNITS[:2])
    held = HeldBoard(
        register(targets=[STANDING, DATED], orgs=[org(code) for code in UNITS]),
        verdicts=[*year(STANDING, "missed"), *year(DATED, "missed met")],
        alerts=(card, alert("黄-2021-0008", target="T01")),
    )
    calls, words = serve(held), "数据已恢复，待核实销号"
    board = page(calls, "/board")
    cell = row_of(board, "T02").all("td")[3]
    assert cell.text == f"达标 {words} 判定：2021年一季度 未达标"
    assert cell.all("a")[0].attributes["href"] == "/board/alerts/黄-2021-0007"
    assert words not in row_of(board, "T01").text
    assert words in page(calls, "/board/targets/T02").with_class("verdict")[0].text
    assert words in page(calls, "/board/orgs/a-bureau").with_class("targets")[0].text
    assert "Recovered, to be checked and closed" in page(calls, "/board?lang=en").text
