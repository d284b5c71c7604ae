"""What clerks call the codes of the fixed lists, as the drop-downs of the forms show them."""

from collections.abc import Mapping
from typing import Final

SAID: Final[Mapping[str, tuple[str, str]]] = {
    "open": ("在办", "open"),
    "completed": ("办结", "completed"),
    "refused": ("不予办理", "refused"),
    "withdrawn": ("撤回", "withdrawn"),
    "not_started": ("未开始", "not started"),
    "in_progress": ("进行中", "in progress"),
    "done": ("已完成", "done"),
    "normal": ("正常", "normal"),
    "not_applicable": ("不适用", "does not apply"),
    "hearing": ("听证", "hearing"),
    "tender": ("招标", "tender"),
    "auction": ("拍卖", "auction"),
    "inspection": ("检验", "inspection"),
    "testing": ("检测", "testing"),
    "quarantine": ("检疫", "quarantine"),
    "appraisal": ("鉴定", "appraisal"),
    "expert_review": ("专家评审", "review by experts"),
    "supplement": ("补正", "supplement"),
    "true": ("是", "yes"),
    "false": ("否", "no"),
}
"""By code: the word in Chinese and in English."""

CODES: Final[Mapping[str, str]] = {zh: code for code, (zh, _) in SAID.items()}
"""By Chinese word: the code. No word stands for two of them."""
