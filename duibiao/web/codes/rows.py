"""Errors of one field or one row of any kind."""

from collections.abc import Mapping
from typing import Final

from duibiao.web.codes.wording import Wording

ROWS: Final[Mapping[str, Wording]] = {
    "missing": Wording(
        "The field {field} is missing.",
        "缺少字段“{field}”。",
    ),
    "unknown-field": Wording(
        "There is no field {field} here.",
        "此处没有字段“{field}”。",
    ),
    "personal-field": Wording(
        "{field} looks like personal data, which is not accepted; remove it.",
        "“{field}”疑似个人信息，本系统不接收，请删除。",
    ),
    "id-card-number": Wording(
        "{field} seems to contain an identity-card number; remove it.",
        "“{field}”中疑似含有身份证号码，请删除。",
    ),
    "phone-number": Wording(
        "{field} seems to contain a mobile phone number; remove it.",
        "“{field}”中疑似含有手机号码，请删除。",
    ),
    "duplicate-key": Wording(
        "The field {field} is given more than once.",
        "字段“{field}”重复出现。",
    ),
    "duplicate-row": Wording(
        "{other} has the same identity ({identity}); send one of them.",
        "{other}与本行为同一事项（“{identity}”），只能保留一行。",
    ),
    "wrong-type": Wording(
        "{field} must be {expected}, not {kind}.",
        "“{field}”应为{expected}，不能是{kind}。",
    ),
    "not-one-of": Wording(
        "{field} must be one of {allowed}, not {value}.",
        "“{field}”只能是{allowed}之一，不能是“{value}”。",
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
        "{field} has more than {limit} entries.",
        "“{field}”超过{limit}项。",
    ),
    "empty": Wording(
        "{field} is empty.",
        "“{field}”为空。",
    ),
    "nul-character": Wording(
        "{field} contains a NUL character.",
        "“{field}”含有空字符（NUL）。",
    ),
    "control-character": Wording(
        "{field} contains an invisible character.",
        "“{field}”含有看不见的字符。",
    ),
    "surrogate": Wording(
        "{field} contains half a character (a lone surrogate).",
        "“{field}”含有不完整的字符（孤立代理项）。",
    ),
    "not-a-number": Wording(
        "{field} must be a number, not {value}.",
        "“{field}”应为数字，不能是“{value}”。",
    ),
    "not-a-percentage": Wording(
        "{indicator} is not measured in percent; the cell shows a percent sign.",
        "“{indicator}”的单位不是百分比，但单元格为百分比格式，请改为数值格式。",
    ),
    "not-a-whole-number": Wording(
        "{field} must be a whole number, not {value}.",
        "“{field}”应为整数，不能是“{value}”。",
    ),
    "too-many-digits": Wording(
        "{field} has more than {limit} significant digits.",
        "“{field}”的有效数字超过{limit}位。",
    ),
    "figure-too-large": Wording(
        "{field} is too large; it must be below 10 to the power of {limit}.",
        "“{field}”数值过大，应小于10的{limit}次方。",
    ),
    "too-many-decimals": Wording(
        "{field} has more than {limit} decimals.",
        "“{field}”的小数超过{limit}位。",
    ),
    "out-of-range": Wording(
        "{field} is {value}; it must lie between {minimum} and {maximum}.",
        "“{field}”为{value}，应在{minimum}至{maximum}之间。",
    ),
    "below-minimum": Wording(
        "{field} is {value}; it must be at least {limit}.",
        "“{field}”为{value}，不得小于{limit}。",
    ),
    "above-maximum": Wording(
        "{field} is {value}; it must be at most {limit}.",
        "“{field}”为{value}，不得大于{limit}。",
    ),
    "denominator-zero": Wording(
        "The denominator is 0, so there is no share; use status not_applicable with a comment.",
        "分母为0，无法计算比例；如不适用，请将报送状态填为“不适用”（“not_applicable”）并说明原因。",
    ),
    "numerator-above-denominator": Wording(
        "The numerator {numerator} is larger than the denominator {denominator}.",
        "分子{numerator}大于分母{denominator}。",
    ),
    "value-or-share": Wording(
        "Give either value, or numerator and denominator together.",
        "请填写数值（“value”），或同时填写分子（“numerator”）和分母（“denominator”），二者只取其一。",
    ),
    "comment-required": Wording(
        "status not_applicable requires a comment.",
        "填报“不适用”的，须在说明（“comment”）中写明原因。",
    ),
    "bad-time": Wording(
        "{field} is not a valid time or date (2021-03-25, 2021-03-25T09:30:00): {value}.",
        "“{field}”不是有效的日期或时间（如2021-03-25、2021-03-25 09:30:00）：“{value}”。",
    ),
    "in-the-future": Wording(
        "{field} is in the future: {value}.",
        "“{field}”晚于当前时间：“{value}”。",
    ),
}
