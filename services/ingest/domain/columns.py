"""The columns of a table of rows: what clerks call each field, and what to write there.

A table has no lists in its cells, so the first pauses of a case and its extension have columns of
their own; `nested` puts them where the fields of a row are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from services.ingest.domain.terms import Kind
from services.ingest.domain.written import Written

PAUSES: Final = 2
"""Pauses that have columns of their own; more of them go as JSON into `pauses`."""


BAR: Final = "｜"
"""Between a code and its name in a drop-down list; no code holds it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field's name, its Chinese heading, and what is written there."""

    name: str
    title: str
    note: str
    about: str
    """The note in English."""

    required: bool = False
    plain: bool = True
    """Whether a clerk fills it in; JSON and what only programs need are left out of forms."""


_REGION: Final = Column("region", "区划", "区划代码；不填为全市", "Region; the city if left out")
_STATED: Final = Column(
    "stated_at",
    "陈述时间",
    "本单位作出陈述的时间；不填为收到时间",
    "When the unit stated this; the receipt if left out",
    plain=False,
)
_ORG: Final = Column(
    "org", "单位", "单位代码；不填为密钥所属单位", "Unit; the key's own if left out", plain=False
)


def _pause(number: int) -> tuple[Column, ...]:
    which, about = f"第{number}次暂停", f"Pause {number}:"
    return (
        Column(
            f"pause{number}_from", f"暂停{number}开始", f"{which}的开始时间", f"{about} its begin"
        ),
        Column(
            f"pause{number}_to",
            f"暂停{number}结束",
            f"{which}的结束时间；仍在暂停的不填",
            f"{about} its end; empty while still paused",
        ),
        Column(
            f"pause{number}_ground",
            f"暂停{number}事由",
            f"{which}的法定事由，从下拉列表选择",
            f"{about} its legal ground, from the list",
        ),
        Column(
            f"pause{number}_document",
            f"暂停{number}文书号",
            f"{which}的文书编号",
            f"{about} number of the document",
        ),
    )


def _column(name: str, title: str, note: str, about: str) -> Column:
    return Column(name, title, note, about)


def _must(name: str, title: str, note: str, about: str) -> Column:
    return Column(name, title, note, about, required=True)


def _rare(name: str, title: str, note: str, about: str) -> Column:
    return Column(name, title, note, about, plain=False)


_INDICATOR: Final = _must(
    "indicator", "指标", "指标代码，从下拉列表选择", "Indicator, from the list"
)
COLUMNS: Final[Mapping[Kind, tuple[Column, ...]]] = {
    "observation": (
        _INDICATOR,
        _REGION,
        _must("period", "期间", "如2021年第一季度、2021Q1", "Such as 2021Q1, 202103"),
        _column(
            "value",
            "数值",
            "按指标单位填写，百分比95.5%填95.5；与分子、分母二者只取其一",
            "In the indicator's unit; or numerator and denominator instead",
        ),
        _column(
            "numerator",
            "分子",
            "仅比例类指标；整数，须与分母同时填写",
            "Shares only; whole, together with the denominator",
        ),
        _column("denominator", "分母", "仅比例类指标；不得为0", "Shares only; never 0"),
        _column("sample_size", "样本数", "数值所依据的办件数", "Cases behind the value"),
        _column(
            "status",
            "报送状态",
            "正常报送不填；不适用的选“不适用”",
            "Empty, or not_applicable where the indicator does not apply",
        ),
        _column("comment", "说明", "不适用时必填", "Required with not_applicable"),
        _STATED,
        _ORG,
    ),
    "case": (
        _must(
            "case_no",
            "办件编号",
            "本单位内唯一；不得使用身份证号码、手机号码",
            "Unique in the unit; no ID-card or phone number",
        ),
        _INDICATOR,
        _REGION,
        _must(
            "accepted_at",
            "受理时间",
            "如2021-03-25 09:30；只写日期即当日零时",
            "Such as 2021-03-25 09:30; a date alone is its 00:00",
        ),
        _column(
            "completed_at",
            "办结时间",
            "办结、不予办理时必填；未办结不填",
            "Required when completed or refused; empty while open",
        ),
        _must("outcome", "办理结果", "从下拉列表选择", "From the list"),
        _column(
            "resolved",
            "是否解决",
            "仅热线等比例类指标；填是或否",
            "Hotline and other shares only; yes or no, from the list",
        ),
        _column("deadline", "承诺时限", "不得早于受理时间", "Promised by; not before acceptance"),
        *(column for number in range(1, PAUSES + 1) for column in _pause(number)),
        _column(
            "extension_days", "延长工作日", "经批准延长的工作日数", "Working days of an extension"
        ),
        _column(
            "extension_document",
            "延长文书号",
            "批准延长的文书编号",
            "Number of the document that extends",
        ),
        _column(
            "extension_approved_by",
            "延长批准人",
            "批准延长的行政机关负责人职务，如局长",
            "Who approved the extension: the office held, not a name",
        ),
        _rare(
            "pauses",
            "全部暂停",
            "JSON列表；与上列各暂停栏二者只取其一",
            "JSON list; instead of the columns of single pauses",
        ),
        _rare(
            "extension",
            "延长",
            "JSON；与上列延长栏二者只取其一",
            "JSON; instead of the columns of the extension",
        ),
        _STATED,
        _ORG,
        _rare("labels", "标签", "JSON，至多10项", "JSON, at most 10 entries"),
    ),
    "progress_report": (
        _must("measure", "措施", "措施编号，从下拉列表选择", "Measure, from the list"),
        _must("period", "报告期", "如2021年第一季度、2021Q1", "Such as 2021Q1"),
        _column("milestone", "节点", "报告时间节点时填写", "For a report on a milestone"),
        _must(
            "state",
            "进展状态",
            "零报告以外必填；从下拉列表选择",
            "Required but in a zero report; from the list",
        ),
        _column(
            "done_on", "完成日期", "已完成的必填，如2021-03-25", "Required when done, else empty"
        ),
        _column(
            "summary",
            "进展情况",
            "已完成的必填；不得含身份证号码、手机号码",
            "What was done; required when done; no ID-card or phone numbers",
        ),
        _column(
            "zero_report",
            "零报告",
            "本期无进展的选“是”，其他内容不填",
            "Yes where nothing was done; leave out the rest",
        ),
        _rare(
            "received_on",
            "收到纸质报告日期",
            "仅牵头办公室补录纸质报告时填写",
            "The office only, for reports that came on paper",
        ),
        _STATED,
        _ORG,
    ),
    "approval": (
        _INDICATOR,
        _must("case_no", "办件编号", "如DJ-2021-000123", "Number of the case"),
        _must("document", "文书号", "延期或暂停的文书编号", "Of the extension or the pause"),
        _must("days", "批准工作日", "不批准填0", "Working days granted; 0 rejects"),
        _must("reason", "理由", "批准或不批准的理由", "Why"),
        _STATED,
        _ORG,
    ),
}
NAMES: Final[Mapping[str, str]] = {
    column.title: column.name for columns in COLUMNS.values() for column in columns
} | {"报告期": "period"}
"""The field of each Chinese heading; one heading never means two fields."""

_PARTS: Final[Mapping[str, tuple[str, int, str]]] = {
    **{
        f"pause{number}_{part}": ("pauses", number, part)
        for number in range(1, PAUSES + 1)
        for part in ("from", "to", "ground", "document")
    },
    **{f"extension_{part}": ("extension", 0, part) for part in ("days", "document", "approved_by")},
}
NUMBERS: Final = frozenset(
    {"value", "numerator", "denominator", "sample_size", "extension_days", "days"}
)
FLAGS: Final = frozenset({"resolved", "zero_report"})
JSON: Final = frozenset({"pauses", "extension", "labels"})
REMARKS: Final = frozenset({"_行号", "_错误", "_errors"})
"""Columns that `duibiao submit` adds to the rows that are to be mended; not read."""

PREPARED: Final = frozenset({"indicator", "region", "period", "measure", "milestone", "org"})
"""What a form has filled in beforehand; a row that holds no more than that was left blank."""

DAYS: Final = frozenset({"done_on", "received_on"})
MOMENTS: Final = frozenset(
    {"accepted_at", "completed_at", "deadline", "stated_at"}
    | {name for name, (_, _, part) in _PARTS.items() if part in ("from", "to")}
)
CODED: Final = frozenset(
    {"indicator", "region", "period", "measure", "milestone", "outcome", "state", "status", "org"}
    | {name for name in _PARTS if name.endswith("_ground")}
)


LISTED: Final = frozenset({"outcome", "state", "status"}) | {
    name for name in _PARTS if name.endswith("_ground")
}
"""Columns whose fixed words may stand there in Chinese, too."""


def column_at(kind: Kind, pointer: str) -> Column | None:
    """Return the column of a table that holds what a pointer into a row names, if one does."""
    whole, _, rest = pointer.removeprefix("/").partition("/")
    number, _, part = rest.rpartition("/")
    place = int(number) + 1 if number.isdecimal() else 0
    name = next((name for name, at in _PARTS.items() if at == (whole, place, part)), whole)
    return next((one for one in COLUMNS[kind] if one.name == name), None)


def with_parts(fields: Collection[str]) -> frozenset[str]:
    """Return the names that columns may have where rows have these fields."""
    return frozenset(fields) | {name for name, (whole, _, _) in _PARTS.items() if whole in fields}


def is_part(name: str) -> bool:
    """Whether a column is a part of a pause or an extension."""
    return name in _PARTS


def nested(cells: Collection[tuple[str, object]]) -> Written:
    """Return the row of some named cells, parts of pauses and extensions put together."""
    parts: dict[tuple[str, int], list[tuple[str, object]]] = {}
    row: list[tuple[str, object]] = []
    for name, value in cells:
        if name in _PARTS:
            whole, number, part = _PARTS[name]
            parts.setdefault((whole, number), []).append((part, value))
        else:
            row.append((name, value))
    pauses: list[object] = [
        Written(found) for (whole, _), found in sorted(parts.items()) if whole == "pauses"
    ]
    if pauses:
        row.append(("pauses", pauses))
    if ("extension", 0) in parts:
        row.append(("extension", Written(parts["extension", 0])))
    return Written(row)
