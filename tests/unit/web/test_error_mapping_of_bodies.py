from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from duibiao.web.error_mapping import from_pydantic, kind_of
from duibiao.web.problems import ErrorDetail


class Silence(BaseModel):
    model_config = ConfigDict(extra="forbid")

    owner: str = Field(min_length=1, max_length=5)
    colour: Literal["yellow", "red"] = "red"
    days: int = Field(3, ge=1, le=9)
    share: float = Field(0.5, allow_inf_nan=False)
    targets: list[str] = Field(default=[], max_length=2)
    on: bool = True
    password: int = 0


def told(**sent: object) -> ErrorDetail:
    with pytest.raises(ValidationError) as error:
        Silence.model_validate({"owner": "x", **sent})
    (only,) = error.value.errors()
    return from_pydantic({**only, "loc": ("body", *only["loc"])})


@pytest.mark.parametrize(
    ("sent", "code", "pointer", "message", "message_zh"),
    [
        ({"x/y": 1}, "unknown-field", "/x~1y", "no field x/y", "没有字段“x/y”"),
        ({"owner": ""}, "empty", "/owner", "owner is empty", "“owner”为空"),
        ({"owner": "123456"}, "too-long", "/owner", "longer than 5", "超过5个字符"),
        ({"owner": 5}, "wrong-type", "/owner", "must be text, not a number", "应为文本"),
        (
            {"colour": "blue"},
            "not-one-of",
            "/colour",
            "one of yellow, red, not blue",
            "“yellow”、“red”之一，不能是“blue”",
        ),
        ({"days": 0}, "below-minimum", "/days", "is 0; it must be at least 1", "不得小于1"),
        ({"days": 10}, "above-maximum", "/days", "is 10; it must be at most 9", "不得大于9"),
        ({"days": "ten"}, "not-a-whole-number", "/days", "not ten", "应为整数，不能是“ten”"),
        ({"days": 1.5}, "not-a-whole-number", "/days", "not 1.5", "不能是“1.5”"),
        ({"share": "much"}, "not-a-number", "/share", "not much", "应为数字"),
        ({"share": float("nan")}, "not-a-number", "/share", "not nan", "应为数字"),
        ({"targets": "T01"}, "wrong-type", "/targets", "a list, not text", "列表，不能是文本"),
        ({"targets": ["a", "b", "c"]}, "too-many", "/targets", "more than 2", "超过2项"),
        ({"targets": ["a", None]}, "wrong-type", "/targets/1", "not null", "不能是空值"),
        ({"on": "perhaps"}, "wrong-type", "/on", "must be true or false", "应为“true”或“false”"),
    ],
)
def test_what_does_not_fit_is_told_in_our_words(
    sent: dict[str, object], code: str, pointer: str, message: str, message_zh: str
) -> None:
    found = told(**sent)
    assert (found.code, found.pointer) == (code, pointer)
    assert message in found.message
    assert message_zh in found.message_zh


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValidationError) as error:
        Silence.model_validate({})
    found = from_pydantic({**error.value.errors()[0], "loc": ("body", "owner")})
    assert (found.code, found.message) == ("missing", "The field owner is missing.")


def test_a_body_that_is_no_json_says_where() -> None:
    error = {
        "type": "json_invalid",
        "loc": ("body", 7),
        "msg": "JSON decode error",
        "input": {},
        "ctx": {"error": "Expecting value"},
    }
    found = from_pydantic(error)
    assert (found.code, found.pointer) == ("malformed", None)
    assert found.message == "The body cannot be parsed as JSON: Expecting value."
    assert "第7个字符" in found.message_zh


def test_a_whole_body_of_the_wrong_kind_is_called_the_body() -> None:
    with pytest.raises(ValidationError) as error:
        Silence.model_validate([])
    found = from_pydantic({**error.value.errors()[0], "loc": ("body",)})
    assert found.message == "the body must be an object, not a list."
    assert found.message_zh == "“正文”应为对象，不能是列表。"
    assert found.pointer == ""


def test_a_secret_is_never_quoted() -> None:
    assert "hunter2" not in str(told(password="hunter2"))
    header = {"type": "int_parsing", "loc": ("header", "x-number"), "msg": "", "input": "hunter2"}
    assert "hunter2" not in str(from_pydantic(header))


def test_what_is_large_is_never_quoted() -> None:
    error = {"type": "int_type", "loc": ("body", "days"), "msg": "", "input": ["x"] * 100}
    assert from_pydantic(error).message == "days must be a whole number, not …."


def test_a_rule_we_have_no_words_for_is_still_told_in_both_languages() -> None:
    error = {"type": "novel", "loc": ("query", "q"), "msg": "Odd input", "input": 1, "ctx": {}}
    found = from_pydantic(error)
    assert (found.code, found.pointer) == ("invalid-value", "/query/q")
    assert found.message == "q is not valid: Odd input."
    assert found.message_zh == "“q”无效：格式不符合要求。"


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (None, "null"),
        (True, "true or false"),
        (5, "a number"),
        (5.5, "a number"),
        ("5", "text"),
        (b"5", "text"),
        ([5], "a list"),
        ({"a": 5}, "an object"),
    ],
)
def test_kinds_of_json_values_have_names(sent: object, kind: str) -> None:
    assert kind_of(sent)[0] == kind
