"""The one declaration of each kind of row: fields, types, ranges, headings, who fills them in.

A field is added here and as a column of its message in `submission.proto`; a test compares the two.
From here follow:

    typed decoding (adapters/decoding.py) and the columns of the record (adapters/record.py)
    the checks of single fields (domain/fields.py)
    columns of CSV and workbooks, their headings and notes, forms (domain/columns.py)
    the schemas of the API reference
"""

from collections.abc import Mapping
from typing import Final

from duibiao.register import GROUNDS
from services.ingest.domain.field_types import Field, FieldType, RowKind
from services.ingest.domain.terms import Kind

OUTCOMES: Final = ("open", "completed", "refused", "withdrawn")
STATES: Final = ("not_started", "in_progress", "done")
STATUSES: Final = ("normal", "not_applicable")
MOST_PAUSES: Final = 50
MOST_LABELS: Final = 10
MOST_DAYS: Final = 1_000  # working days of an extension; beyond is a slip of the pen


def _must(name: str, type_: FieldType, heading: str, note: str, about: str) -> Field:
    return Field(name, type_, heading, note, about, required=True)


_INDICATOR: Final = _must(
    "indicator", "code", "指标", "指标代码，从下拉列表选择", "Indicator, from the list"
)
_REGION: Final = Field(
    "region", "code", "区划", "区划代码；不填为全市", "Region; the city if left out"
)
_STATED: Final = Field(
    "stated_at",
    "past",
    "陈述时间",
    "本单位作出陈述的时间；不填为收到时间",
    "When the unit stated this; the receipt if left out",
    filled_by="program",
)
_ORG: Final = Field(
    "org",
    "code",
    "单位",
    "单位代码；不填为密钥所属单位",
    "Unit; the key's own if left out",
    filled_by="office",
)

_PAUSE: Final = (
    _must("from", "past", "开始", "开始时间", "its begin"),
    Field("to", "time", "结束", "结束时间；仍在暂停的不填", "its end; empty while still paused"),
    Field(
        "ground",
        "choice",
        "事由",
        "法定事由，从下拉列表选择",
        "its legal ground, from the list",
        required=True,
        options=GROUNDS,
    ),
    _must("document", "name", "文书号", "文书编号", "number of the document"),
)
_EXTENSION: Final = (
    Field(
        "days",
        "count",
        "工作日",
        "经批准延长的工作日数",
        "Working days of an extension",
        required=True,
        least=1,
        most=MOST_DAYS,
    ),
    _must(
        "document", "name", "文书号", "批准延长的文书编号", "Number of the document that extends"
    ),
    _must(
        "approved_by",
        "name",
        "批准人",
        "批准延长的行政机关负责人职务，如局长",
        "Who approved the extension: the office held, not a name",
    ),
)

_OBSERVATION: Final = (
    _INDICATOR,
    _REGION,
    _must("period", "code", "期间", "如2021年第一季度、2021Q1", "Such as 2021Q1, 202103"),
    Field(
        "value",
        "figure",
        "数值",
        "按指标单位填写，百分比95.5%填95.5；与分子、分母二者只取其一",
        "In the indicator's unit; or numerator and denominator instead",
    ),
    Field(
        "numerator",
        "count",
        "分子",
        "仅比例类指标；整数，须与分母同时填写",
        "Shares only; whole, together with the denominator",
        least=0,
    ),
    # Of 0 there is no share, which is told in words of its own.
    Field("denominator", "count", "分母", "仅比例类指标；不得为0", "Shares only; never 0", least=0),
    Field(
        "sample_size", "count", "样本数", "数值所依据的办件数", "Cases behind the value", least=1
    ),
    Field(
        "status",
        "choice",
        "报送状态",
        "正常报送不填；不适用的选“不适用”",
        "Empty, or not_applicable where the indicator does not apply",
        options=STATUSES,
    ),
    Field("comment", "text", "说明", "不适用时必填", "Required with not_applicable"),
    _STATED,
    _ORG,
)
_CASE: Final = (
    _must(
        "case_no",
        "name",
        "办件编号",
        "本单位内唯一；不得使用身份证号码、手机号码",
        "Unique in the unit; no ID-card or phone number",
    ),
    _INDICATOR,
    _REGION,
    _must(
        "accepted_at",
        "past",
        "受理时间",
        "如2021-03-25 09:30；只写日期即当日零时",
        "Such as 2021-03-25 09:30; a date alone is its 00:00",
    ),
    Field(
        "completed_at",
        "past",
        "办结时间",
        "办结、不予办理时必填；未办结不填",
        "Required when completed or refused; empty while open",
    ),
    Field(
        "outcome",
        "choice",
        "办理结果",
        "从下拉列表选择",
        "From the list",
        required=True,
        options=OUTCOMES,
    ),
    Field(
        "resolved",
        "flag",
        "是否解决",
        "仅热线等比例类指标；填是或否",
        "Hotline and other shares only; yes or no, from the list",
    ),
    Field("deadline", "time", "承诺时限", "不得早于受理时间", "Promised by; not before acceptance"),
    Field(
        "pauses",
        "objects",
        "全部暂停",
        "JSON列表；与上列各暂停栏二者只取其一",
        "JSON list; instead of the columns of single pauses",
        most=MOST_PAUSES,
        parts=_PAUSE,
        filled_by="program",
    ),
    Field(
        "extension",
        "object",
        "延长",
        "JSON；与上列延长栏二者只取其一",
        "JSON; instead of the columns of the extension",
        parts=_EXTENSION,
        filled_by="program",
    ),
    _STATED,
    _ORG,
    Field(
        "labels",
        "labels",
        "标签",
        "JSON，至多10项",
        "JSON, at most 10 entries",
        most=MOST_LABELS,
        filled_by="program",
    ),
)
_REPORT: Final = (
    _must("measure", "code", "措施", "措施编号，从下拉列表选择", "Measure, from the list"),
    _must("period", "code", "报告期", "如2021年第一季度、2021Q1", "Such as 2021Q1"),
    Field("milestone", "code", "节点", "报告时间节点时填写", "For a report on a milestone"),
    Field(
        "state",
        "choice",
        "进展状态",
        "零报告以外必填；从下拉列表选择",
        "Required but in a zero report; from the list",
        usual=True,
        options=STATES,
    ),
    Field(
        "done_on",
        "day",
        "完成日期",
        "已完成的必填，如2021-03-25",
        "Required when done, else empty",
    ),
    Field(
        "summary",
        "text",
        "进展情况",
        "已完成的必填；不得含身份证号码、手机号码",
        "What was done; required when done; no ID-card or phone numbers",
    ),
    Field(
        "zero_report",
        "flag",
        "零报告",
        "本期无进展的选“是”，其他内容不填",
        "Yes where nothing was done; leave out the rest",
    ),
    Field(
        "received_on",
        "day",
        "收到纸质报告日期",
        "仅牵头办公室补录纸质报告时填写",
        "The office only, for reports that came on paper",
        filled_by="office",
    ),
    _STATED,
    _ORG,
)
_APPROVAL: Final = (
    _INDICATOR,
    _must("case_no", "name", "办件编号", "如DJ-2021-000123", "Number of the case"),
    _must("document", "name", "文书号", "延期或暂停的文书编号", "Of the extension or the pause"),
    Field(
        "days",
        "count",
        "批准工作日",
        "不批准填0",
        "Working days granted; 0 rejects",
        required=True,
        least=0,
        most=MOST_DAYS,
    ),
    _must("reason", "text", "理由", "批准或不批准的理由", "Why"),
    _STATED,
    _ORG,
)

ROWS: Final[Mapping[Kind, RowKind]] = {
    "observation": RowKind(_OBSERVATION, ("indicator", "region", "period")),
    "case": RowKind(_CASE, ("case_no", "indicator")),
    "progress_report": RowKind(_REPORT, ("measure", "milestone", "period")),
    "approval": RowKind(_APPROVAL, ("case_no", "indicator", "document")),
}
FIELDS: Final[Mapping[Kind, tuple[str, ...]]] = {kind: row.names for kind, row in ROWS.items()}
BY_NAME: Final[Mapping[Kind, Mapping[str, Field]]] = {
    kind: {field.name: field for field in row.fields} for kind, row in ROWS.items()
}
REQUIRED: Final[Mapping[Kind, frozenset[str]]] = {
    kind: frozenset(field.name for field in row.fields if field.required)
    for kind, row in ROWS.items()
}
