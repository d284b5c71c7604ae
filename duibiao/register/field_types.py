"""The types of fields, as pydantic reads them: the words allowed, what else must hold."""

import re
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetPydanticSchema,
    Strict,
    ValidationInfo,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from duibiao.register import periods
from duibiao.register.documents import table

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
CaseLimit = Literal["threshold", "deadline"]
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
VerdictStatus = Literal[
    "unknown", "on_track", "at_risk", "behind", "met", "missed", "sustained", "regressed", "waived"
]
DutyStatus = Literal["not_due", "due_soon", "on_time", "late", "overdue", "zero_report", "exempt"]
FieldCheck = Literal["needs", "forbids", "not_before", "not_after", "at_most"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """What the files say, as far as they can be read: the context of the validation.

    `names` holds the names that are declared, by kind; None where they could not be read, so that
    nothing is unknown. `dated` and `last` are the first and the last day of the notice.
    """

    names: Mapping[str, Collection[Any] | None]
    dated: date | None
    last: date | None


class FieldError(ValueError):
    """What is wrong with the value of a field, in both languages.

    With `named` the key stands before the message, with `shown` the value behind it.
    """

    def __init__(self, en: str, zh: str, *, named: bool = True, shown: bool = True) -> None:
        super().__init__(en, zh)
        self.en, self.zh, self.named, self.shown = en, zh, named, shown


def day(text: str) -> date | None:
    """Return the day written YYYY-MM-DD, None where the text is none."""
    try:
        return (
            date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
        )
    except ValueError:
        return None


def near(name: str, names: Collection[str]) -> tuple[str, str]:
    """Return which name may be meant, as the end of a message in each language."""
    # Of two numbers that look alike none is a better guess than another.
    guessable = not any(letter.isdecimal() for letter in name)
    found = get_close_matches(name, names, n=1) if guessable else []
    return (f"; {found[0]}?", f"；是否为 {found[0]}？") if found else ("", "")


def unknown(kind: str, kind_zh: str, name: Any, names: Collection[Any] | None) -> None:  # noqa: ANN401
    """Raise a FieldError if a name is not among those known."""
    if names is not None and name not in names:
        hint, hint_zh = near(str(name), [*map(str, names)])
        en, zh = f"unknown {kind} {name}{hint}", f"未知的{kind_zh} {name}{hint_zh}"
        raise FieldError(en, zh, named=False, shown=False)


def _written(read: Callable[[str], object], en: str, zh: str) -> BeforeValidator:
    """Read a value from text; `read` returns None for a text that is none."""

    def parsed(data: object) -> object:
        if not isinstance(data, str):
            raise FieldError("must be text (put it in quotes)", "应为文字（请加引号）")
        value = read(data)
        if value is None:
            raise FieldError(f"must be {en}", f"应为{zh}")
        return value

    return BeforeValidator(parsed)


def _pattern(name: str) -> BeforeValidator:
    pattern, en, zh = table("patterns")[name]
    return _written(lambda text: text if re.search(pattern, text) else None, en, zh)


def _named(kind: str, kind_zh: str) -> AfterValidator:
    """Refer to something that a file of the register names."""

    def known(name: Hashable, info: "ValidationInfo[Known]") -> Hashable:
        unknown(kind, kind_zh, name, info.context.names[kind])
        return name

    return AfterValidator(known)


def _number(data: object) -> Decimal:
    if type(data) is int or isinstance(data, Decimal):
        return Decimal(data)
    if isinstance(data, str) and re.fullmatch(r"-?[0-9.]+", data):
        raise FieldError("must be a number without quotes", "应为不加引号的数字")
    raise FieldError("must be a number", "应为数字")


def _fraction(data: object) -> Fraction:
    text = str(data)
    if re.fullmatch(r"[0-9]{1,6}/0*[1-9][0-9]{0,5}|[01]\.[0-9]{1,6}|1", text):
        share = Fraction(text)
        if 0 < share <= 1:
            return share
    raise FieldError(
        "must be a fraction such as 2/3 or 0.67, above 0 and at most 1",
        "应为大于 0、不超过 1 的分数，如 2/3 或 0.67",
    )


def _time(text: str) -> time | None:
    found = re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", text, re.ASCII)
    return time.fromisoformat(text) if found else None


def _period(code: str) -> str | None:
    try:
        return periods.parse(code).code
    except ValueError:
        return None


def _not_empty(items: tuple[T, ...]) -> tuple[T, ...]:
    if not items:
        raise FieldError("must not be empty", "不能为空", shown=False)
    return items


def _once(items: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(items)) < len(items):
        raise FieldError("names one thing twice", "有重复项", shown=False)
    return items


def _answered(days: Mapping[Colour, int]) -> Mapping[Colour, int]:
    for colour in ("yellow", "red"):
        if colour not in days:
            raise FieldError(f"{colour} is missing", f"缺少 {colour}", named=False, shown=False)
    return days


def _in_notice(found: date, info: "ValidationInfo[Known]") -> date:
    first, last = info.context.dated, info.context.last
    if first and last and not first <= found <= last:
        raise FieldError(
            f"{found} lies outside the notice ({first} to {last})",
            f"{found} 不在通知期间内（{first} 至 {last}）",
            shown=False,
        )
    return found


def _words(data: object) -> object:
    if isinstance(data, list) and data and all(isinstance(word, str) for word in data):
        return data
    raise FieldError("a list of words, in quotes", "应为加引号的词的列表", shown=False)


def _no_key(_: object) -> object:
    raise PydanticCustomError("undeclared", "no key of the file")


DERIVED: Final = BeforeValidator(_no_key)
# A field that is in no file: worked out when the register is built.
Derived = Annotated[SkipJsonSchema[T], Field(default=None), DERIVED]

NotEmpty = Annotated[tuple[T, ...], AfterValidator(_not_empty)]
Distinct = Annotated[tuple[T, ...], AfterValidator(_once)]
Some = Annotated[tuple[T, ...], AfterValidator(_once), AfterValidator(_not_empty)]

Chinese = Annotated[str, _pattern("chinese"), Field(max_length=60)]
English = Annotated[str, _pattern("english"), Field(max_length=160)]
Code = Annotated[str, _pattern("code"), Field(max_length=60)]
RegionCode = Annotated[str, _pattern("region")]
MeasureNo = Annotated[str, _pattern("measure")]
ClauseRef = Annotated[str, _pattern("clause"), _named("clause", "条款")]
TargetId = Annotated[str, _pattern("target")]
MilestoneCode = Annotated[str, _pattern("milestone"), Field(max_length=60)]
TaskNo = Annotated[int, Strict(), Field(ge=1, le=99)]
OrgRef = Annotated[Code, _named("org", "单位")]
RegionRef = Annotated[RegionCode, _named("region", "区划")]
TaskRef = Annotated[TaskNo, _named("task", "任务")]
MeasureRef = Annotated[MeasureNo, _named("measure", "措施")]
UnitRef = Annotated[Code, _named("unit", "计量单位")]
IndicatorRef = Annotated[Code, _named("indicator", "指标")]
TargetRef = Annotated[TargetId, _named("target", "目标值")]
Orgs = Distinct[OrgRef]
Leads = Some[OrgRef]

Day = Annotated[date, _written(day, "a day YYYY-MM-DD of the calendar", "日历上的日期 YYYY-MM-DD")]
NoticeDay = Annotated[Day, AfterValidator(_in_notice)]
TimeOfDay = Annotated[time, _written(_time, "a time HH:MM", "时刻 HH:MM")]
Share = Annotated[Fraction, BeforeValidator(_fraction)]
PeriodCode = Annotated[str, _written(_period, "a period such as 2021Q1", "期间代码，如 2021Q1")]
ReportRef = Annotated[PeriodCode, _named("report period", "报送期")]
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Workdays = Annotated[int, Strict(), Field(ge=0, le=250)]
Weight = Annotated[int, Strict(), Field(ge=0, le=100)]
Number = Annotated[Decimal, BeforeValidator(_number)]
NotNegative = Annotated[Number, Field(ge=0)]
NoticeBasis = Annotated[
    Basis, GetPydanticSchema(lambda _, of: of(Literal["stated", "interpreted", "none"]))
]
Place = Annotated[int, Strict(), Field(ge=1, le=24)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
ReplyWithin = Annotated[
    Mapping[Colour, Workdays],
    AfterValidator(_answered),
    Field(json_schema_extra={"required": ["yellow", "red"]}),
]
Status = Literal[VerdictStatus, DutyStatus]
