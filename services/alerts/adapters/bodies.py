"""What people send when they act on an alert (contract section 3). One model a body."""

from typing import Final

from pydantic import Field

from duibiao.web.bodies import Day, Name, Strict, Text

_FILES_AT_MOST: Final = 20


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
        description="附件：已上传文件的SHA-256或地址，或其他名称、地址 "
        "The SHA-256 or address of files uploaded to the alert; other names or addresses.",
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
