"""Violations of the register or of the rules of cases, periods and reports."""

from collections.abc import Mapping
from typing import Final

from duibiao.web.codes.wording import Wording

RULES: Final[Mapping[str, Wording]] = {
    "unknown-org": Wording(
        "The register knows no org {value}.",
        "登记册中没有单位“{value}”。",
    ),
    "unknown-indicator": Wording(
        "The register knows no indicator {value}.",
        "登记册中没有指标“{value}”。",
    ),
    "unknown-region": Wording(
        "The register knows no region {value}.",
        "登记册中没有区划“{value}”。",
    ),
    "unknown-measure": Wording(
        "The register knows no measure {value}.",
        "登记册中没有措施“{value}”。",
    ),
    "ambiguous-measure": Wording(
        "{value} may be measure {value} or {value}0; set the cell's format to text.",
        "{value}可能是措施{value}，也可能是{value}0，请将单元格格式设为“文本”。",
    ),
    "unknown-milestone": Wording(
        "Measure {measure} has no milestone {value}.",
        "措施{measure}没有节点“{value}”。",
    ),
    "unknown-target": Wording(
        "The register knows no target {value}.",
        "登记册中没有目标“{value}”。",
    ),
    "not-yours": Wording(
        "{org} does not report {subject}; {owners} may.",
        "“{subject}”不由{org}报送，可由{owners}报送。",
    ),
    "other-org": Wording(
        "This key belongs to {own}; only the office may send rows of {org}.",
        "本密钥属于{own}，只有牵头办公室可以代报{org}的数据。",
    ),
    "mixed-orgs": Wording(
        "A submission holds rows of one org; this row is of {org}, the first of {first}.",
        "一次报送只能含一个单位的数据：本行为{org}，首行为{first}。",
    ),
    "org-required": Wording(
        "This key belongs to no org; set org.",
        "本密钥不属于具体单位，请填写单位（“org”）。",
    ),
    "office-only": Wording(
        "Only the office may set {field}.",
        "只有牵头办公室可以填写“{field}”。",
    ),
    "bad-period": Wording(
        "{value} is not a period; use 2021, 2021S1, 2021Q1, 202103 or 20210325.",
        "“{value}”不是有效的期间，写法如2021、2021S1、2021Q1、202103、20210325。",
    ),
    "period-not-begun": Wording(
        "The period {value} has not begun yet.",
        "期间{value}尚未开始。",
    ),
    "period-too-coarse": Wording(
        "The period {value} is longer than the {expected} this indicator is judged by.",
        "期间{value}长于本指标的评估周期（{expected}）。",
    ),
    "not-a-report-period": Wording(
        "No report on measure {measure} is due for {value}.",
        "措施{measure}没有期间{value}的报送任务。",
    ),
    "zero-report-with-content": Wording(
        "A zero report must not have {field}.",
        "零报告表示本期无进展，不得填写“{field}”。",
    ),
    "needed-when-done": Wording(
        "state done requires {field}.",
        "进展状态为“已完成”的，必须填写“{field}”。",
    ),
    "completed-before-accepted": Wording(
        "The case was completed ({completed}) before it was accepted ({accepted}).",
        "办结时间（{completed}）早于受理时间（{accepted}）。",
    ),
    "outcome-needs-completion": Wording(
        "outcome {outcome} requires completed_at.",
        "办理结果为“{outcome}”时，必须填写办结时间（“completed_at”）。",
    ),
    "open-with-completion": Wording(
        "An open case cannot have completed_at.",
        "在办的办件不得填写办结时间（“completed_at”）。",
    ),
    "rule-broken": Wording(
        "{said} (rule {rule} of the register).",
        "{said}（登记册校验规则“{rule}”）。",
    ),
    "unusual-figure": Wording(
        "{value} is outside the usual range of {indicator} ({minimum} to {maximum}). It is "
        "accepted; please check it.",
        "“{indicator}”通常为{minimum}至{maximum}，本次为{value}，偏离较大。数据可接收，请核对。",
    ),
    "no-cases": Wording(
        "The indicator {value} accepts reported figures, not cases.",
        "“{value}”只接受报送值，不接受办件。",
    ),
    "bad-pause": Wording(
        "The pause ends ({end}) before it begins ({start}).",
        "暂停结束时间（{end}）早于开始时间（{start}）。",
    ),
    "pause-before-acceptance": Wording(
        "The pause begins ({start}) before the case was accepted ({accepted}).",
        "暂停开始时间（{start}）早于受理日期（{accepted}）。",
    ),
    "pause-after-completion": Wording(
        "The pause ends ({end}) after the case was completed ({completed}).",
        "暂停结束时间（{end}）晚于办结日期（{completed}）。",
    ),
    "pause-not-ended": Wording(
        "The case is completed, so its pause must have an end.",
        "办件已办结，须填写暂停结束时间。",
    ),
    "pauses-overlap": Wording(
        "Pauses of the case overlap; shared days are deducted once.",
        "各次暂停时间有重叠，重叠的日期只扣除一次，请核对。",
    ),
    "extension-too-long": Wording(
        "{indicator} may be extended by at most {limit} working days, not by {value}.",
        "“{indicator}”最多可延长{limit}个工作日，不能延长{value}个工作日。",
    ),
    "no-approval-asked": Wording(
        "Extensions and pauses of {value} need no approval.",
        "“{value}”的延期和暂停无须批准。",
    ),
    "open-but-resolved": Wording(
        "An open case cannot be resolved; give it its outcome.",
        "在办的办件不能填报为已解决，请填写办理结果。",
    ),
    "unusual-age": Wording(
        "The case was accepted on {day} and has been open for {age} days (usual: up to {limit}). "
        "It is accepted; please check the date.",
        "该办件受理日期为{day}，至今未办结已{age}天（通常不超过{limit}天）。数据可接收，请核对受理日期。",
    ),
    "not-own-region": Wording(
        "{org} governs region {own}; this row is for {region}. It is accepted; please check it.",
        "“{org}”所辖区划为“{own}”，本行填报的区划为“{region}”。数据可接收，请核对。",
    ),
    "wrong-state": Wording(
        "An alert that is {state} cannot be {step}.",
        "预警{state}，不能{step}。",
    ),
    "reason-needed": Wording(
        "A period has not recovered or a reply is missing: closing requires a reason.",
        "数据尚未恢复或仍有牵头单位未回复，销号须说明理由。",
    ),
}
