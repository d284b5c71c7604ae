"""The words of every fault a caller can be told: one row per code, English and Chinese.

Only data. A wording is a template whose named fields `duibiao.web.problems.fault` fills; both
languages of a row use the same fields. Every row stands in docs/errors.md too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Wording:
    """What a fault code says; both are `str.format` templates with the same named fields."""

    en: str
    zh: str


# What is wrong with the bytes or the shape of a body, before any row is looked at.
_BODY: Final[Mapping[str, Wording]] = {
    "malformed": Wording(
        "The body cannot be read as {format}: {reason}.",
        "正文无法按{format}读取：{reason}。",
    ),
    "bad-encoding": Wording(
        "The body is not {encoding} text; the first bad byte is number {position}.",
        "正文不是{encoding}编码的文本，第{position}个字节有误。",
    ),
    "bad-compression": Wording(
        "The body cannot be unpacked as {encoding}.",
        "正文无法按{encoding}解压。",
    ),
    "empty-body": Wording(
        "The body holds no rows.",
        "正文中没有任何数据行。",
    ),
    "not-an-object": Wording(
        "A row must be an object of named fields, not {kind}.",
        "每一行应为带字段名的对象，不能是{kind}。",
    ),
    "too-many-rows": Wording(
        "More than {limit} rows in one submission; split it.",
        "一次报送超过{limit}行，请分批报送。",
    ),
    "too-large": Wording(
        "The body is larger than {limit} bytes.",
        "正文超过{limit}字节。",
    ),
    "too-deep": Wording(
        "Values are nested deeper than {limit} levels.",
        "数据嵌套超过{limit}层。",
    ),
    "unsupported-media-type": Wording(
        "{value} is not accepted here; send {allowed}.",
        "不接受{value}，请使用{allowed}。",
    ),
    "unsupported-encoding": Wording(
        "Content-Encoding {value} is not accepted; send {allowed}.",
        "不接受压缩方式{value}，请使用{allowed}。",
    ),
    "duplicate-column": Wording(
        "The header row names the column {field} more than once.",
        "表头中的列“{field}”重复。",
    ),
    "wrong-column-count": Wording(
        "The row has {count} columns, the header row {expected}.",
        "本行有{count}列，表头有{expected}列。",
    ),
}

# What is wrong with one field or one row.
_ROWS: Final[Mapping[str, Wording]] = {
    "missing": Wording(
        "The field {field} is missing.",
        "缺少字段“{field}”。",
    ),
    "unknown-field": Wording(
        "There is no field {field} here.",
        "此处没有字段“{field}”。",
    ),
    "duplicate-key": Wording(
        "The field {field} is given more than once.",
        "字段“{field}”重复出现。",
    ),
    "duplicate-row": Wording(
        "Row {other} of this submission is about the same thing ({identity}); send one of them.",
        "本次报送的第{other}行（从0起）与本行为同一事项（{identity}），只能保留一行。",
    ),
    "wrong-type": Wording(
        "{field} must be {expected}, not {kind}.",
        "“{field}”应为{expected}，不能是{kind}。",
    ),
    "not-one-of": Wording(
        "{field} must be one of {allowed}, not {value}.",
        "“{field}”只能是{allowed}之一，不能是{value}。",
    ),
    "not-allowed": Wording(
        "{field} cannot be given when {reason}.",
        "{reason}时不得填写“{field}”。",
    ),
    "too-long": Wording(
        "{field} is longer than {limit} characters.",
        "“{field}”超过{limit}个字符。",
    ),
    "too-many": Wording(
        "{field} holds more than {limit} entries.",
        "“{field}”超过{limit}项。",
    ),
    "empty": Wording(
        "{field} is empty.",
        "“{field}”为空。",
    ),
    "nul-character": Wording(
        "{field} holds a NUL character.",
        "“{field}”含有空字符（NUL）。",
    ),
    "surrogate": Wording(
        "{field} holds half of a character (a lone surrogate).",
        "“{field}”含有不完整的字符（孤立代理项）。",
    ),
    "not-a-number": Wording(
        "{field} must be a number, not {value}.",
        "“{field}”应为数字，不能是{value}。",
    ),
    "not-a-whole-number": Wording(
        "{field} must be a whole number, not {value}.",
        "“{field}”应为整数，不能是{value}。",
    ),
    "too-many-digits": Wording(
        "{field} has more than {limit} significant digits.",
        "“{field}”的有效数字超过{limit}位。",
    ),
    "out-of-range": Wording(
        "{field} is {value}; it must lie between {minimum} and {maximum}.",
        "“{field}”为{value}，应在{minimum}至{maximum}之间。",
    ),
    "denominator-zero": Wording(
        "The denominator is 0, so there is no share; use status not_applicable with a comment.",
        "分母为0，无法计算比例；如不适用，请将status填为not_applicable并说明原因。",
    ),
    "numerator-above-denominator": Wording(
        "The numerator {numerator} is larger than the denominator {denominator}.",
        "分子{numerator}大于分母{denominator}。",
    ),
    "value-or-share": Wording(
        "Give either value, or numerator and denominator together.",
        "请填写value，或同时填写numerator和denominator，二者只取其一。",
    ),
    "comment-required": Wording(
        "A row that does not apply needs a comment that says why.",
        "填报“不适用”的，须在comment中说明原因。",
    ),
    "bad-time": Wording(
        "{field} is no RFC 3339 time or date: {value}.",
        "“{field}”不是有效的时间或日期（RFC 3339）：{value}。",
    ),
    "in-the-future": Wording(
        "{field} lies in the future: {value}.",
        "“{field}”晚于当前时间：{value}。",
    ),
}

# What the register or the rules of cases, periods and reports do not allow.
_RULES: Final[Mapping[str, Wording]] = {
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
        "This key speaks for {own}; only the office may send rows of {org}.",
        "本密钥属于{own}，只有牵头办公室可以代报{org}的数据。",
    ),
    "mixed-orgs": Wording(
        "A submission holds rows of one org; this row is of {org}, the first of {first}.",
        "一次报送只能含一个单位的数据：本行为{org}，首行为{first}。",
    ),
    "org-required": Wording(
        "This key speaks for no org of its own; name the org.",
        "本密钥不属于具体单位，请填写org。",
    ),
    "office-only": Wording(
        "Only the office may give {field}.",
        "只有牵头办公室可以填写“{field}”。",
    ),
    "bad-period": Wording(
        "{value} is no period; write 2021, 2021S1, 2021Q1, 202103 or 20210325.",
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
        "No report on measure {measure} is owed for {value}.",
        "措施{measure}没有期间{value}的报送任务。",
    ),
    "completed-before-accepted": Wording(
        "The case was completed ({completed}) before it was accepted ({accepted}).",
        "办结时间（{completed}）早于受理时间（{accepted}）。",
    ),
    "outcome-needs-completion": Wording(
        "The outcome {outcome} needs completed_at.",
        "outcome为{outcome}时必须填写completed_at。",
    ),
    "open-with-completion": Wording(
        "An open case cannot have completed_at.",
        "未办结（open）的办件不得填写completed_at。",
    ),
    "no-cases": Wording(
        "The indicator {value} takes reported figures, not cases.",
        "指标{value}只接受报送值，不接受办件。",
    ),
    "bad-pause": Wording(
        "The pause ends ({end}) before it begins ({start}).",
        "暂停结束时间（{end}）早于开始时间（{start}）。",
    ),
    "state-needs-date": Wording(
        "The state done needs done_on.",
        "状态为done时必须填写done_on。",
    ),
}

# What is wrong with the request around the body: keys, parameters, headers, the server's state.
_REQUEST: Final[Mapping[str, Wording]] = {
    "key-missing": Wording(
        "Send a key: Authorization: Bearer KEY.",
        "请提供密钥：Authorization: Bearer KEY。",
    ),
    "key-malformed": Wording(
        "This is no key of this product, or a character of it is mistyped.",
        "密钥格式不对，可能抄错了字符。",
    ),
    "key-unknown": Wording(
        "This key is not known here.",
        "密钥无效。",
    ),
    "key-revoked": Wording(
        "This key has been revoked.",
        "密钥已吊销。",
    ),
    "key-expired": Wording(
        "This key has expired.",
        "密钥已过期。",
    ),
    "role-not-allowed": Wording(
        "The role {role} may not do this; {allowed} may.",
        "角色{role}无权进行此操作，需要{allowed}。",
    ),
    "not-visible": Wording(
        "This belongs to another org.",
        "该内容属于其他单位。",
    ),
    "not-found": Wording(
        "There is nothing at {value}.",
        "{value}不存在。",
    ),
    "method-not-allowed": Wording(
        "{method} is not possible here; {allowed} is.",
        "此处不支持{method}，可用{allowed}。",
    ),
    "bad-cursor": Wording(
        "The cursor is not one that this list gave out.",
        "cursor不是本列表给出的翻页标记。",
    ),
    "invalid-value": Wording(
        "{field} is not valid: {reason}.",
        "“{field}”无效：{reason}。",
    ),
    "key-reused": Wording(
        "The Idempotency-Key was used before with another request.",
        "该Idempotency-Key已用于另一请求。",
    ),
    "still-running": Wording(
        "The first request with this Idempotency-Key is still running.",
        "使用该Idempotency-Key的首个请求仍在处理中。",
    ),
    "too-many-requests": Wording(
        "More than {limit} {unit} in a short time; wait {seconds} s.",
        "短时间内超过{limit}{unit}，请等待{seconds}秒。",
    ),
    "backlog-full": Wording(
        "Too much waits to be taken in; try again in {seconds} s.",
        "待处理的报送过多，请在{seconds}秒后重试。",
    ),
    "not-ready": Wording(
        "Not ready: {reason}.",
        "尚未就绪：{reason}。",
    ),
    "unavailable": Wording(
        "The store cannot be reached at the moment.",
        "暂时无法访问数据存储。",
    ),
    "internal": Wording(
        "Something went wrong here; the trace id finds it in our log.",
        "系统内部出错，可凭trace_id在日志中查询。",
    ),
    "http-error": Wording(
        "The request cannot be served ({status}).",
        "无法处理该请求（{status}）。",
    ),
}

CODES: Final[Mapping[str, Wording]] = {**_BODY, **_ROWS, **_RULES, **_REQUEST}
