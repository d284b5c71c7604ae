"""What the statuses of verdicts are called on pages, in proofs and at the shell."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.indicators.domain.rows import Reason, Status


class Words(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str


STATUS: Final[Mapping[Status, Words]] = {
    "sustained": Words("持续达标", "Sustained"),
    "met": Words("达标", "Met"),
    "on_track": Words("正常推进", "On track"),
    "at_risk": Words("临近预警", "At risk"),
    "behind": Words("滞后", "Behind"),
    "regressed": Words("回落", "Regressed"),
    "missed": Words("未达标", "Missed"),
    "unknown": Words("无数据", "Unknown"),
    "waived": Words("豁免", "Waived"),
}
"""In the order in which totals are shown: from good to bad, then what cannot be judged."""

REASON: Final[Mapping[Reason, Words]] = {
    "no_figure": STATUS["unknown"],
    "no_threshold": Words("未设目标值", "No threshold"),
    "no_comparison": Words("无可比期", "No comparison"),
}
"""What `unknown` is called by its reason: a figure may well be there."""
