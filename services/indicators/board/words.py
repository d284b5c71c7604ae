"""Every word the pages say, in Chinese and English.

Names of tasks, units and targets come from the register, and the arithmetic of a proof from the
verdict; all else that a reader reads on a page stands here. A test finds every key in use.
"""

from collections.abc import Mapping
from typing import Final

from services.indicators.board.language import Language, Phrase
from services.indicators.domain import wording

STATUS: Final[Mapping[str, Phrase]] = {
    status: Phrase(*words) for status, words in wording.STATUS.items()
}
UNKNOWN: Final[Mapping[str, Phrase]] = {
    reason: Phrase(*words) for reason, words in wording.REASON.items()
}

DUTY: Final[Mapping[str, Phrase]] = {
    status: Phrase(*words) for status, words in wording.DUTY.items()
}

COLOUR: Final[Mapping[str, Phrase]] = {
    "red": Phrase("红牌", "Red"),
    "yellow": Phrase("黄牌", "Yellow"),
    "blue": Phrase("蓝色提醒", "Blue"),
}

ALERT_STATE: Final[Mapping[str, Phrase]] = {
    "pending": Phrase("待发送", "Waiting to be sent"),
    "firing": Phrase("已发出", "Sent"),
    "acknowledged": Phrase("已签收", "Acknowledged"),
    "replied": Phrase("已回复", "Replied"),
}

ALERT_NOTE: Final[Mapping[str, Phrase]] = {
    "recovered": Phrase("数据已恢复，待核实销号", "Recovered, to be checked and closed"),
    "late": Phrase("迟报或更正", "Late or corrected figure"),
    "removed": Phrase("登记册中已无此项", "no longer in the register"),
    "restated": Phrase(
        "{period}数据由{old}更正为{new}", "{period} was restated from {old} to {new}"
    ),
}

KEPT: Final = Phrase("{periods}期中{kept}期达标", "kept {kept} of {periods} periods")

BASIS: Final[Mapping[str, Phrase]] = {
    "stated": Phrase("原文", "Stated"),
    "interpreted": Phrase("解读", "Interpreted"),
    "local": Phrase("本地", "Local"),
    "none": Phrase("无", "None"),
}

BASIS_MEANING: Final[Mapping[str, Phrase]] = {
    "stated": Phrase("通知原文给出目标值", "The notice gives this figure"),
    "interpreted": Phrase(
        "通知要求全部做到，本系统按此理解", "The notice asks for all of it; we read it so"
    ),
    "local": Phrase(
        "本市另行设定，通知未设目标值", "Set by the office; the notice gives no figure"
    ),
    "none": Phrase("通知未设目标值", "The notice gives no figure"),
}

STATISTIC: Final[Mapping[str, Phrase]] = {
    "mean": Phrase("平均用时", "Average"),
    "each": Phrase("逐件按时办结", "Every case within the limit"),
    "share": Phrase("占比", "Share"),
    "latest": Phrase("累计数", "Running total"),
}

VERB: Final[Mapping[str, Phrase]] = {
    "ensure": Phrase("确保", "ensure"),
    "strive": Phrase("力争", "strive"),
    "promote": Phrase("推动", "promote"),
}

POINT: Final[Mapping[str, Phrase]] = {
    "percent": Phrase("个百分点", "points"),
}
"""What a difference is counted in, where it is not the unit itself."""

ORG_KIND: Final[Mapping[str, Phrase]] = {
    "department": Phrase("市级部门", "Departments"),
    "office": Phrase("办公室", "Offices"),
    "district": Phrase("区县", "Districts and counties"),
    "zone": Phrase("开发区", "Zones"),
    "group": Phrase("统称", "Collective names"),
}

INPUT_KIND: Final[Mapping[str, Phrase]] = {
    "cases": Phrase("办件", "cases"),
    "reported": Phrase("报送值", "reported figure"),
}

MILESTONE: Final[Mapping[str, Phrase]] = {
    "done": Phrase("已完成", "done"),
    "in_progress": Phrase("推进中", "in progress"),
    "not_started": Phrase("未开始", "not started"),
}


def say(table: Mapping[str, Phrase], key: str, language: Language) -> str:
    """Say a code in words; a code that has none is shown as it is rather than hidden."""
    phrase = table.get(key)
    return key if phrase is None else phrase.say(language)
