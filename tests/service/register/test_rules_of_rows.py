"""checks.yaml: rules between the fields of a row, and what is usual for an indicator."""

from decimal import Decimal

import pytest

from duibiao.register import FieldRule, Usual, load
from duibiao.register.checks.rules import ROW_FIELDS
from services.ingest.domain.rows import ROWS
from tests.service.register.register_files import RegisterFiles, told
from tests.support.registers import the_register

RULE = """\
rules:
  - rule: one
    kind: {kind}
    field: {field}
    {check}
    message_zh: 不对
    message: Not so
outliers:
  factor: 3
"""


def rule(kind: str, field: str, check: str) -> str:
    return RULE.format(kind=kind, field=field, check=check)


def test_a_rule_is_read(files: RegisterFiles) -> None:
    assert load(files.folder).field_rules == (
        FieldRule(
            id="deadline-after-acceptance",
            kind="case",
            field="deadline",
            not_before="accepted_at",
            when={"outcome": ("open", "completed")},
            message="Due before it was accepted",
            message_zh="时限早于受理",
        ),
    )
    assert load(files.folder).outlier_factor == Decimal(3)


def test_rules_are_found_by_the_kind_of_row(files: RegisterFiles) -> None:
    register = load(files.folder)
    assert [found.id for found in register.rules_of("case")] == ["deadline-after-acceptance"]
    assert register.rules_of("observation") == ()


@pytest.mark.parametrize(
    ("kind", "field", "check"),
    [
        ("case", "deadline", "not_after: today"),
        ("case", "completed_at", "needs: outcome"),
        ("observation", "sample_size", "at_most: denominator"),
        ("progress_report", "done_on", "not_before: received_on"),
        ("progress_report", "milestone", "forbids: zero_report"),
        ("case", "labels", "needs: deadline"),
    ],
)
def test_sound_rules(files: RegisterFiles, kind: str, field: str, check: str) -> None:
    files.write("checks", rule(kind, field, check))
    assert files.faults() == ()


@pytest.mark.parametrize(
    ("kind", "field", "check", "message"),
    [
        ("case", "dedline", "needs: outcome", "4: unknown field dedline; deadline?"),
        ("case", "deadline", "needs: outcom", "5: unknown field outcom; outcome?"),
        ("case", "value", "needs: outcome", "4: unknown field value"),
        ("case", "outcome", "not_before: deadline", "5: not_before compares times; outcome holds"),
        ("observation", "value", "at_most: comment", "5: at_most compares numbers; comment holds"),
        ("observation", "value", "at_most: value", "5: a field is compared with itself"),
        ("case", "deadline", "needs: today", "5: unknown field today"),
        ("report", "deadline", "needs: outcome", "3: kind: report is not one of"),
        ("case", "deadline", "after: outcome", "5: unknown key after"),
        ("case", "deadline", "enabled: true", "2: a rule has one of"),
        ("case", "deadline", "when: {outcome: open}\n    needs: outcome", "5: outcome: a list"),
        ("case", "deadline", "when: {outcom: [open]}\n    needs: outcome", "5: unknown field"),
        ("case", "deadline", "when: {labels: [a]}\n    needs: outcome", "5: labels holds no word"),
    ],
)
def test_mistakes_are_told(
    files: RegisterFiles, kind: str, field: str, check: str, message: str
) -> None:
    files.write("checks", rule(kind, field, check))
    assert any(f"checks.yaml:{message}" in line for line in told(files.faults()))


def test_two_checks_in_one_rule(files: RegisterFiles) -> None:
    files.write("checks", rule("case", "deadline", "needs: outcome\n    not_after: today"))
    [fault] = files.faults()
    assert fault.line == 6
    assert "2" in fault.message


def test_two_rules_of_one_name(files: RegisterFiles) -> None:
    text = files.text("checks")
    one = text[text.index("  - rule") : text.index("outliers")]
    files.change("checks", "outliers", one + "outliers")
    assert told(files.faults()) == [
        "checks.yaml:9: rule deadline-after-acceptance stands twice, first in line 2"
    ]


def test_a_factor_that_would_ask_about_the_usual(files: RegisterFiles) -> None:
    files.change("checks", "factor: 3", "factor: 0.5")
    assert told(files.faults()) == ["checks.yaml:10: factor: must be at least 1, is 0.5"]


def test_what_is_usual_is_read(files: RegisterFiles) -> None:
    files.change("indicators", "    min_sample: 5\n", "    usual: {minimum: 2, maximum: 10.5}\n")
    indicators = load(files.folder).indicators
    assert indicators["rebate-days"].usual == Usual(Decimal(2), Decimal("10.5"))
    assert indicators["items"].usual is None


@pytest.mark.parametrize(
    ("usual", "message"),
    [
        ("{minimum: 5, maximum: 2}", "usual: minimum 5 is above maximum 2"),
        ("{minimum: 5, maximum: 200}", "usual lies outside what is plausible (minimum, maximum)"),
        ("{minimum: 5}", "maximum is missing"),
    ],
)
def test_a_usual_range_that_is_none(files: RegisterFiles, usual: str, message: str) -> None:
    files.change("indicators", "    min_sample: 5\n", f"    usual: {usual}\n")
    assert told(files.faults()) == [f"indicators.yaml:10: {message}"]


def test_rules_speak_of_the_fields_that_rows_have() -> None:
    assert {kind: set(fields) for kind, fields in ROW_FIELDS.items()} == {
        kind: set(row.fields) - {"org"} for kind, row in ROWS.items() if kind != "approval"
    }, "an approval is the office's own decision: no rule is about it"


def test_the_notice_has_rules_for_cases_and_reports() -> None:
    register = the_register()
    assert {found.kind for found in register.field_rules} == {"case", "progress_report"}
    assert register.indicators["export-rebate-days"].usual == Usual(Decimal(2), Decimal(10))
