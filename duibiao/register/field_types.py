"""The types of fields: the words allowed in them, and what else must hold for their values."""

from decimal import Decimal
from typing import Annotated, Literal, get_args

from duibiao.register.declared import NOT_EMPTY, PERIOD, Between, Length, Pattern, Words

OrgKind = Literal["department", "district", "zone", "office", "group"]
RegionKind = Literal["city", "district", "county", "new_area", "zone"]
Statistic = Literal["mean", "each", "share", "latest"]
Direction = Literal["up", "down"]
Op = Literal["<=", ">=", "rise", "fall"]
Verb = Literal["ensure", "strive", "promote"]
Basis = Literal["stated", "interpreted", "local", "none"]
AlertLevel = Literal["city", "region", "org"]
Colour = Literal["blue", "yellow", "red"]
DueRule = Literal["keep", "previous", "next"]
Occasion = Literal["verdict", "near_threshold", "duty", "figure", "reply"]
RowKind = Literal["observation", "case", "progress_report"]
PauseGround = Literal[
    "hearing",
    "tender",
    "auction",
    "inspection",
    "testing",
    "quarantine",
    "appraisal",
    "expert_review",
    "supplement",
]
FieldCheck = Literal["needs", "forbids", "not_before", "not_after", "at_most"]
VerdictStatus = Literal[
    "unknown",
    "on_track",
    "at_risk",
    "behind",
    "met",
    "missed",
    "sustained",
    "regressed",
    "waived",
]
DutyStatus = Literal[
    "not_due",
    "due_soon",
    "on_time",
    "late",
    "overdue",
    "zero_report",
    "exempt",
]

Chinese = Annotated[str, Pattern("[\u4e00-\u9fff]", "must be Chinese", "应为中文"), Length(most=60)]
English = Annotated[
    str,
    Pattern("^[^\u3000-\u9fff\uff00-\uffef]+$", "must be English", "应为英文"),
    Length(most=160),
]
Code = Annotated[
    str,
    Pattern(
        "^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        "must be lower-case words joined by -",
        "应为小写英文词，用 - 连接",
    ),
    Length(most=60),
]
RegionCode = Annotated[
    str,
    Pattern(
        "^([1-9][0-9]{5}|[A-Z][A-Z0-9]{1,11})$",
        "must be six digits in quotes, or capital letters and digits",
        "应为加引号的六位数字，或大写字母与数字",
    ),
]
MeasureNo = Annotated[
    str,
    Pattern(
        r"^[1-9][0-9]?\.[1-9][0-9]?$",
        'must be a measure such as "6.3", in quotes',
        '应为措施编号，如加引号的 "6.3"',
    ),
]
Clause = Annotated[
    str,
    Pattern(
        r"^[1-9][0-9]?(\.[1-9][0-9]?)?$",
        'must be a clause such as "6.3" or "17", in quotes',
        '应为条款编号，如加引号的 "6.3" 或 "17"',
    ),
]
TargetId = Annotated[
    str, Pattern("^T[0-9]{2,3}$", "must be T and two or three digits", "应为 T 加两三位数字")
]
MilestoneCode = Annotated[
    str,
    Pattern(
        r"^[1-9][0-9]?\.[1-9][0-9]?(-[a-z0-9]+)+$",
        "must be the measure and words joined by -, such as 9.2-plan",
        "应为措施编号加小写英文词，如 9.2-plan",
    ),
    Length(most=60),
]
PeriodCode = Annotated[str, PERIOD]
TaskNo = Annotated[int, Between(1, 99)]
Workdays = Annotated[int, Between(0, 250)]
Status = Annotated[str, Words((*get_args(VerdictStatus), *get_args(DutyStatus)))]
NotNegative = Annotated[Decimal, Between(0)]
Leads = Annotated[tuple[Code, ...], NOT_EMPTY]
