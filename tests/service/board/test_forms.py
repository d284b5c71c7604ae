"""The macros of forms: named, described and filled as a screen reader and a keyboard need it."""

import pytest
from jinja2 import Environment, PackageLoader, StrictUndefined

from duibiao.web.board.words import FRAME
from tests.service.board.html import Element, read

NASTY = '"><script>alert(1)</script>'
FIELDS = {
    "text": 'text("x", "名称", value, hint, errors, required)',
    "textarea": 'textarea("x", "名称", value, hint, errors, required)',
    "date": 'date("x", "名称", value, hint, errors, required, first="2021-12-20")',
    "select": 'select("x", "名称", [("a", "甲"), (value, "乙")], value, hint, errors, required)',
    "file": 'file("x", "名称", hint, errors, required, accept=".pdf")',
}
every = pytest.mark.parametrize("macro", FIELDS)


def shown(text: str, **values: object) -> Element:
    environment = Environment(
        loader=PackageLoader("duibiao.web.board"), autoescape=True, undefined=StrictUndefined
    )
    names = "form, error_list, text, textarea, date, select, file, submit"
    template = f'{{% from "forms.html" import {names} with context %}}{text}'
    given = {"value": "v", "hint": None, "errors": {}, "required": False, "csrf": "t0k3n"} | values
    page = environment.from_string(template)
    return read(page.render(say=lambda key: FRAME[key].say("zh"), **given))


def control(page: Element) -> Element:
    return page.by_id("f-x")


@every
def test_a_field_has_a_label_and_says_what_may_be_left_out(macro: str) -> None:
    page = shown(f"{{{{ {FIELDS[macro]} }}}}")
    label = page.one("label")
    assert label.attributes["for"] == control(page).attributes["id"]
    assert label.text == "名称 选填"
    assert "required" not in control(page).attributes
    assert "aria-describedby" not in control(page).attributes
    assert "aria-invalid" not in control(page).attributes


@every
def test_a_field_that_is_needed_says_so(macro: str) -> None:
    page = shown(f"{{{{ {FIELDS[macro]} }}}}", required=True)
    assert page.one("label").text == "名称"
    assert "required" in control(page).attributes


@every
def test_hint_and_error_are_read_with_the_field(macro: str) -> None:
    page = shown(f"{{{{ {FIELDS[macro]} }}}}", hint="说明", errors={"x": "有误", "y": "另一项"})
    described = control(page).attributes["aria-describedby"].split()
    assert [page.by_id(one).text for one in described] == ["说明", "有误"]
    assert control(page).attributes["aria-invalid"] == "true"


@every
def test_what_was_typed_stays_and_is_never_obeyed(macro: str) -> None:
    page = shown(f"{{{{ {FIELDS[macro]} }}}}", value=NASTY, hint=NASTY, errors={"x": NASTY})
    assert page.all("script") == []
    if macro in {"text", "date"}:
        assert control(page).attributes["value"] == NASTY
    if macro == "textarea":
        assert control(page).raw().strip() == NASTY
    if macro == "select":
        (chosen,) = (one for one in page.all("option") if "selected" in one.attributes)
        assert chosen.attributes["value"] == NASTY


def test_a_form_is_posted_with_the_token_of_the_session() -> None:
    page = shown('{% call form("/board/x") %}{{ submit("保存") }}{% endcall %}')
    made = page.one("form")
    assert made.attributes["method"] == "post"
    assert made.one("input", type="hidden").attributes == {
        "type": "hidden",
        "name": "csrf",
        "value": "t0k3n",
    }
    assert made.one("button").attributes["type"] == "submit"


def test_only_a_form_with_files_is_sent_in_parts() -> None:
    assert "enctype" not in shown('{% call form("/x") %}{% endcall %}').one("form").attributes
    sent = shown('{% call form("/x", files=true) %}{% endcall %}').one("form")
    assert sent.attributes["enctype"] == "multipart/form-data"


def test_a_list_of_errors_leads_to_the_fields() -> None:
    page = shown('{{ error_list({"x": "有误", "": "已锁定"}, {"x": "名称"}) }}')
    assert page.one("", role="alert").one("a").attributes["href"] == "#f-x"
    assert [one.text for one in page.all("li")] == ["名称：有误", "已锁定"]
    assert shown("{{ error_list({}) }}").all() == []
