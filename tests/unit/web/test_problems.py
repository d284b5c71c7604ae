import json
import string

import pytest

from duibiao.web.problems import (
    CODES,
    PROBLEM_TYPES,
    ErrorDetail,
    Problem,
    document,
    error_detail,
    response,
    shown,
)


def body(problem: Problem, path: str = "/v1/cases") -> dict[str, object]:
    sent = bytes(response(problem, path=path, trace_id="t-1").body)
    found: dict[str, object] = json.loads(sent)
    return found


def test_a_fault_speaks_english_and_chinese() -> None:
    told = error_detail(
        "unknown-indicator", pointer="/indicator", index=3, value="export-rebat-days"
    )
    assert told == ErrorDetail(
        code="unknown-indicator",
        message="The register knows no indicator export-rebat-days.",
        message_zh="登记册中没有指标“export-rebat-days”。",
        pointer="/indicator",
        index=3,
    )


def test_a_value_may_differ_by_language() -> None:
    told = error_detail("not-an-object", kind=("a number", "数字"))
    assert told.message == "A row must be an object of named fields, not a number."
    assert told.message_zh == "每一行应为带字段名的对象，不能是数字。"


def test_what_is_allowed_is_told_to_the_end() -> None:
    words = ", ".join(f"word{number}" for number in range(30))
    told = error_detail("not-one-of", field="ground", allowed=words, value="x" * 100)
    assert told.message == f"ground must be one of {words}, not {'x' * 60}…."
    assert words in told.message_zh


def test_a_forgotten_value_is_noticed() -> None:
    with pytest.raises(KeyError):
        error_detail("unknown-indicator")


def test_an_unknown_code_is_noticed() -> None:
    with pytest.raises(KeyError):
        error_detail("no-such-code")


def test_a_problem_document_has_every_member() -> None:
    told = error_detail("bad-period", pointer="/period", index=0, value="2021Q5")
    assert body(Problem("invalid", [told])) == {
        "type": "/problems/invalid",
        "title": "The content is invalid",
        "title_zh": "内容有误",
        "status": 422,
        "detail": told.message,
        "detail_zh": told.message_zh,
        "instance": "/v1/cases",
        "trace_id": "t-1",
        "errors": [
            {
                "code": "bad-period",
                "message": "2021Q5 is not a period; use 2021, 2021S1, 2021Q1, 202103 or 20210325.",
                "message_zh": (
                    "“2021Q5”不是有效的期间，写法如2021、2021S1、2021Q1、202103、20210325。"
                ),
                "pointer": "/period",
                "index": 0,
            }
        ],
        "errors_total": 1,
    }


def test_a_problem_is_sent_as_problem_json_with_its_headers() -> None:
    problem = Problem("backlog-full", headers={"Retry-After": "7"})
    sent = response(problem, path="/", trace_id="t")
    assert sent.status_code == 503
    assert sent.headers["content-type"] == "application/problem+json"
    assert sent.headers["retry-after"] == "7"


def test_no_more_than_a_thousand_faults_are_listed_but_all_are_counted() -> None:
    told = [error_detail("missing", index=row, field="period") for row in range(1_234)]
    found = document(Problem("invalid", told), path="/", trace_id="t")
    listed = found["errors"]
    assert isinstance(listed, tuple)
    assert [one.index for one in listed] == list(range(1_000))
    assert found["errors_total"] == 1_234
    assert found["detail"] == "1234 faults, listed under errors."
    assert found["detail_zh"] == "共1234处问题，逐项列出。"


def test_faults_counted_elsewhere_are_told_as_counted() -> None:
    problem = Problem("invalid", [error_detail("missing", field="value")], errors_total=5_000)
    assert body(problem)["errors_total"] == 5_000
    assert body(problem)["detail"] == "5000 faults, listed under errors."


def test_without_faults_the_title_is_the_detail() -> None:
    assert body(Problem("conflict"))["detail"] == "Conflict with a request in progress."
    assert body(Problem("conflict"))["detail_zh"] == "与正在进行的操作冲突。"


def test_a_problem_may_have_words_and_a_status_of_its_own() -> None:
    problem = Problem("client-error", status=418, detail="No coffee.", detail_zh="没有咖啡。")
    assert (problem.status, problem.detail, problem.detail_zh) == (418, "No coffee.", "没有咖啡。")


def test_the_instance_is_an_address_whatever_the_path_holds() -> None:
    assert body(Problem("not-found"), path="/v1/目标 \udc80")["instance"] == (
        "/v1/%E7%9B%AE%E6%A0%87%20%3F"
    )
    assert len(str(body(Problem("not-found"), path="/" + "a" * 5_000)["instance"])) == 300


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("tax-bureau", "tax-bureau"),
        (5.5, "5.5"),
        (None, "None"),
        ("a" * 61, "a" * 60 + "…"),
        ("nul\0here", "nul�here"),
        ("\ud800", "�"),
        ("two\nlines", "two�lines"),
        ("市税务局", "市税务局"),
        (10**59, "1" + "0" * 59),
    ],
)
def test_what_was_sent_is_shown_short_and_printable(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_number_of_five_thousand_digits_is_not_shown() -> None:
    assert shown(10**5_000) == "…"


@pytest.mark.parametrize("code", sorted(CODES))
def test_both_wordings_of_a_code_have_the_same_fields(code: str) -> None:
    def fields(template: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(template)} - {None}

    assert fields(CODES[code].en) == fields(CODES[code].zh)


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_is_worded_in_both_languages(code: str) -> None:
    wording = CODES[code]
    assert wording.en.endswith(".")
    assert wording.zh.endswith("。")
    assert any("\u4e00" <= character <= "\u9fff" for character in wording.zh)
    assert not any("\u4e00" <= character <= "\u9fff" for character in wording.en)


@pytest.mark.parametrize("slug", sorted(PROBLEM_TYPES))
def test_a_problem_type_is_worded_in_both_languages(slug: str) -> None:
    kind = PROBLEM_TYPES[slug]
    assert 400 <= kind.status < 600
    for zh in (kind.title_zh, kind.advice_zh):
        assert any("\u4e00" <= character <= "\u9fff" for character in zh)
    for en in (kind.title, kind.advice):
        assert not any("\u4e00" <= character <= "\u9fff" for character in en)
    assert not kind.title.endswith(".")
    assert kind.advice.endswith(".")
