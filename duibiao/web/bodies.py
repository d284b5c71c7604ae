"""Bodies of requests: what pydantic models of every service share."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, TypeVar
from unicodedata import category

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from duibiao.web.problems import ErrorDetail, Problem, error_detail
from duibiao.workdays import SHANGHAI

TEXT_AT_MOST: Final = 4000
NAME_AT_MOST: Final = 500
_YEARS: Final = (1900, 2199)  # so that no arithmetic overflows


class Strict(BaseModel):
    """A body or a query that takes nothing it does not know."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _written(sent: object) -> object:
    # Pydantic would take a number for a day, too: seconds since 1970.
    if not isinstance(sent, str) or sent.isdecimal():
        raise PydanticCustomError("date_type", "not a day")
    return sent


def _in_utc(at: datetime) -> datetime:
    if not _YEARS[0] <= at.year <= _YEARS[1]:
        raise PydanticCustomError("datetime_type", "not a time")
    return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(UTC)


# A time, in UTC; without an offset, or as a day alone, it is of Asia/Shanghai.
Time = Annotated[datetime, BeforeValidator(_written), AfterValidator(_in_utc)]
Day = Annotated[date, BeforeValidator(_written)]
Text = Annotated[str, Field(min_length=1, max_length=TEXT_AT_MOST)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_AT_MOST)]
B = TypeVar("B", bound=Strict)


def clean(body: B) -> B:
    """Return a body whose texts any database keeps and any page shows; Problem 422 otherwise."""
    faults = [
        found
        for name, value in body.model_dump(by_alias=True).items()
        for text in _texts(value)
        if (found := _text_error(name, text)) is not None
    ]
    if faults:
        raise Problem("invalid", faults)
    return body


def said(body: Strict) -> dict[str, Any]:
    """Return what a body says, for the audit log."""
    return body.model_dump(mode="json", by_alias=True)


def _texts(value: object) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, str)]


def _text_error(name: str, text: str) -> ErrorDetail | None:
    if "\0" in text:
        return error_detail("nul-character", pointer=f"/{name}", field=name)
    if any(category(character) == "Cc" and character not in "\r\n\t" for character in text):
        return error_detail("control-character", pointer=f"/{name}", field=name)
    return None
