"""Every code told in Chinese with values as its callers give them: nothing foreign stands in it."""

import string

import pytest

from duibiao.web.access import POSITIONS_ZH, ROLES, ROLES_ZH, SCOPES, SCOPES_ZH
from duibiao.web.problems import CODES, PROBLEM_TYPES, Problem, error_detail, filled
from tests.support.asgi import foreign

REBATE = ("export-rebate-days", "正常出口退税平均办理时间")
TAX, CUSTOMS = ("tax-bureau", "市税务局"), ("customs", "西安海关")
ROW = ("Row 3 of this submission (counted from 0)", "本次报送的第3行（从0起）")
VALUES: dict[str, object] = {
    "accepted": "2021-03-25T09:30:00+08:00",
    "address": "2001:db8::1",
    "age": 800,
    "allowed": ["normal", "not_applicable"],
    "cell": "C5",
    "cells": "A1:B2",
    "column": "AB",
    "completed": "2021-03-24",
    "count": 17,
    "day": "2019-03-25",
    "denominator": "12",
    "encoding": "UTF-8 / GB18030",
    "end": "2021-03-24",
    "expected": ("text", "文本"),
    "field": "sample_size",
    "file": "overlay.yaml",
    "first": TAX,
    "format": "JSON",
    "identity": "export-rebate-days 610100 2021Q1",
    "indicator": REBATE,
    "kind": ("true or false", "逻辑值"),
    "limit": 15,
    "line": 3,
    "mark": ("semicolons (;)", "分号（;）"),
    "maximum": "100",
    "measure": "6.3",
    "method": "DELETE",
    "minimum": "0",
    "name": ("an old Excel file (.xls)", "旧版Excel文件（.xls）"),
    "numerator": "13",
    "org": TAX,
    "other": ROW,
    "own": TAX,
    "owners": [TAX, CUSTOMS],
    "position": 7,
    "post": ("duty-officer", POSITIONS_ZH["duty-officer"]),
    "reason": ("it lies in the past", "早于当前时间"),
    "region": ("610104", "莲湖区"),
    "role": ("auditor", ROLES_ZH["auditor"]),
    "rule": "deadline-after-acceptance",
    "said": ("The day has not come yet", "完成日期晚于今天"),
    "scope": ("submit", SCOPES_ZH["submit"]),
    "scopes": [(scope, SCOPES_ZH[scope]) for scope in SCOPES],
    "seconds": 5,
    "start": "2021-03-25",
    "state": ("firing", "待签收"),
    "status": 418,
    "step": ("reply", "回复"),
    "subject": REBATE,
    "unit": ("rows", "行"),
    "value": "五点五",
    "version": 3,
}
"""What each field of a wording is given, unless a code says otherwise."""

OTHERWISE: dict[str, dict[str, object]] = {
    "bad-compression": {"encoding": "gzip"},
    "extension-too-long": {"value": "20"},
    "key-not-live": {"value": "K3yIdOfTwelv"},
    "no-cases": {"value": REBATE},
    "not-ready": {"reason": ("the day is not passed yet", "尚未完成当日评估")},
    "outcome-needs-completion": {"outcome": ("completed", "办结")},
    "oidc-unknown": {"field": "org", "value": "nobody"},
    "period-not-begun": {"value": "2022Q1"},
    "not-a-report-period": {"value": "2022Q1"},
    "period-too-coarse": {"value": "2021", "expected": ("quarter", "季度")},
    "role-not-allowed": {"allowed": [(role, ROLES_ZH[role]) for role in ROLES[:2]]},
    "unsupported-media-type": {"value": ("text/html", "“text/html”"), "allowed": ["text/csv"]},
    "ambiguous-measure": {"value": "6.1"},
    "unusual-figure": {"value": "95.5"},
    "wrong-cell": {"kind": ("a date", "日期")},
    "wrong-column-count": {"expected": 11},
    "method-not-allowed": {"allowed": ["GET"]},
}


def fields(code: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(CODES[code].zh) if name}


@pytest.mark.parametrize("code", CODES)
def test_nothing_foreign_stands_in_the_chinese_of_a_code(code: str) -> None:
    known = VALUES | OTHERWISE.get(code, {})
    told = filled(code, {name: known[name] for name in fields(code)})
    assert foreign(told.message_zh) == [], told.message_zh


@pytest.mark.parametrize("code", CODES)
def test_both_languages_of_a_code_speak_of_the_same(code: str) -> None:
    parsed = string.Formatter().parse(CODES[code].en)
    assert {name for _, name, _, _ in parsed if name} == fields(code)


@pytest.mark.parametrize("slug", PROBLEM_TYPES)
def test_nothing_foreign_stands_in_the_chinese_of_a_problem(slug: str) -> None:
    told = Problem(slug, [error_detail("empty", field="x"), error_detail("empty", field="y")])
    kind = PROBLEM_TYPES[slug]
    for sentence in (told.title_zh, told.detail_zh, kind.advice_zh):
        assert foreign(sentence) == [], sentence


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("“sample_size”应为数字，不能是“五”。", []),
        ("期间2021Q4、单元格C5、CSV均可。", []),
        ("“status”只能是'blue', 'yellow' or 'red'之一。", ["blue", "yellow", "or", "red"]),
        ("首行为None。", ["None"]),
        ("本密钥属于“None”。", ["None"]),
        ("可由big-data-bureau报送。", ["big", "data", "bureau"]),
    ],
)
def test_what_is_foreign_is_found(sentence: str, found: list[str]) -> None:
    assert foreign(sentence) == found
