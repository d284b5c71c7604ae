"""Questions of doubts as people read them: figures in their unit, rounded ones said to be so."""

import pytest

from duibiao.register import Indicator
from services.indicators.adapters.http.doubts import question
from services.indicators.domain.doubts import Doubt
from tests.support.registers import CITY, TAX, indicator, register

DAYS = indicator()
TOTAL = indicator("items", unit="item", statistic="latest", direction="up")
REGISTER = register(indicators=[DAYS, TOTAL], targets=[])


def asked(kind: str, about: Indicator, **facts: object) -> tuple[str, str]:
    doubt = Doubt(kind, "2021Q1", (TAX,), CITY, about.code, facts)
    return question(REGISTER, doubt, "zh"), question(REGISTER, doubt, "en")


@pytest.mark.parametrize(
    ("about", "facts", "zh", "en"),
    [
        (
            DAYS,
            {"value": "480/7", "lowest": "1", "highest": "290/7"},
            "本期约为68.5714个工作日，此前各期为1个工作日至约41.4286个工作日：变化是否属实？",
            "about 68.5714 working days, in earlier periods 1 working day to about 41.4286",
        ),
        (
            TOTAL,
            {"value": "61", "lowest": "20", "highest": "20"},
            "本期新增61项（累计数较上期的增量），此前各期新增20项：变化是否属实？",
            "Its growth in the period is 61 items, in earlier periods 20 items: is it real?",
        ),
    ],
)
def test_a_jump(about: Indicator, facts: dict[str, str], zh: str, en: str) -> None:
    asked_zh, asked_en = asked("jump", about, **facts)
    assert asked_zh == f"“{about.name_zh}”{zh}"
    assert asked_en.startswith(f"“{about.name}” is ")
    assert en in asked_en


def test_where_there_was_no_figure() -> None:
    zh, en = asked("revised_after_closing", DAYS, reported=None, value="0")
    assert "锁定时为无数据，锁定后更正为0个工作日" in zh
    assert "stood at no figure, now at 0 working days" in en


def test_examples_are_listed_and_counts_have_no_unit() -> None:
    zh, en = asked("double_case", DAYS, cases=2, examples=["A-1", "A-2"])
    assert "有2件办件由上述单位以同一编号分别报送（如A-1、A-2）" in zh
    assert "2 cases were reported" in en
    assert "(such as A-1, A-2)" in en
