"""What people send when they act on an alert (contract section 3). One model a body."""

from datetime import date
from typing import Annotated, Any, Final, TypeVar
from unicodedata import category

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from duibiao.web.problems import ErrorDetail, Problem, error_detail

TEXT_AT_MOST: Final = 4000
_FILES_AT_MOST: Final = 20
_NAME_AT_MOST: Final = 500


class Strict(BaseModel):
    """A body or a query that takes nothing it does not know."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _written(sent: object) -> object:
    # Pydantic would take a number for a day, too: seconds since 1970.
    if not isinstance(sent, str):
        raise PydanticCustomError("date_type", "not a day")
    return sent


Day = Annotated[date, BeforeValidator(_written)]
Text = Annotated[str, Field(min_length=1, max_length=TEXT_AT_MOST)]
Name = Annotated[str, Field(min_length=1, max_length=_NAME_AT_MOST)]


class AlertAcknowledgement(Strict):
    """签收。A receipt; it may say something."""

    comment: Text | None = Field(None, description="说明 A remark.")


class AlertReplyBody(Strict):
    """回复。What a lead unit answers."""

    comment: Text = Field(description="整改情况 What was done.")
    cause: Text = Field(description="原因 Why it came to this.")
    measures: Text = Field(description="措施 What is being done about it.")
    finish_by: Day = Field(description="完成时限 The day it will be done.")
    files: list[Name] = Field(
        default_factory=list,
        max_length=_FILES_AT_MOST,
        description="附件名称或地址 Names or addresses of files.",
    )


class AlertReturn(Strict):
    """退回修改。A reply given back; every reply where no lead is named."""

    reason: Text = Field(description="退回理由 Why.")
    lead: Name | None = Field(None, description="牵头单位 Whose reply; left out: all.")
    reply_due: Day | None = Field(
        None, description="新的回复期限 The new date; left out: counted anew from today."
    )


class AlertExtension(Strict):
    """延期。A later reply date."""

    reason: Text = Field(description="延期理由 Why.")
    reply_due: Day = Field(description="新的回复期限 The new date, not before the present one.")


class AlertAssignment(Strict):
    """转办。Another unit in the place of a lead unit."""

    org: Name = Field(description="接办单位 The unit that takes it over.")
    from_: Name | None = Field(
        None,
        alias="from",
        description="原牵头单位 Whose place it takes; may be left out where there is one lead.",
    )
    reason: Text = Field(description="转办理由 Why.")


class AlertClosing(Strict):
    """核实销号。What the office found when it checked."""

    comment: Text = Field(description="核实情况 What was found.")
    reason: Text | None = Field(
        None,
        description="数据未恢复或有单位未回复时须说明理由 "
        "Needed while a period is still bad or a reply is missing.",
    )


class AlertReason(Strict):
    """A decision that needs nothing but a reason."""

    reason: Text = Field(description="理由 Why.")


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
