"""The register held against the notice, read by other means: a wrong lead is a wrong card."""

from datetime import date
from difflib import SequenceMatcher

import pytest

from tests.service.register.notice_text import clauses, notice_text
from tests.support.registers import the_register

UNITS = {"workday": "个工作日", "percent": "%", "item": ("项", "种")}
VERBS = {"ensure": "确保", "strive": "力争", "promote": "推动"}


def names(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(the_register().orgs[code].name_zh for code in codes)


def test_the_text_has_the_tasks_and_measures_of_the_register() -> None:
    register = the_register()
    numbered = {str(t.no) for t in register.tasks} | {m.no for m in register.measures}
    assert set(clauses()) == numbered
    assert len(numbered) == 100


def test_each_task_has_the_leads_and_supports_of_the_text() -> None:
    text = clauses()
    for task in the_register().tasks:
        clause = text[str(task.no)]
        assert names(task.leads) == clause.leads, task.no
        assert names(task.supports) == clause.supports, task.no


def test_each_measure_has_the_leads_and_supports_of_the_text() -> None:
    text = clauses()
    for measure in the_register().measures:
        clause = text[measure.no]
        assert names(measure.leads) == clause.leads, measure.no
        assert names(measure.supports) == clause.supports, measure.no


def test_each_lead_of_a_measure_in_the_text_owes_four_reports() -> None:
    named = [lead for no, clause in clauses().items() if "." in no for lead in clause.leads]
    assert len(the_register().duties) == 4 * len(named)


def test_each_stated_figure_stands_in_its_clause() -> None:
    text = clauses()
    for target in the_register().targets:
        if target.basis == "stated":
            written = text[target.clause].text
            units = UNITS[target.unit]
            ways = [f"{target.threshold}{unit}" for unit in units] if target.unit == "item" else []
            ways.append(f"{target.threshold}{units}")
            assert any(way in written for way in ways), target.id


def test_no_figure_stands_where_the_notice_gives_none() -> None:
    assert [t.id for t in the_register().targets if t.basis == "none" and t.threshold] == []


def test_each_verb_stands_in_its_clause() -> None:
    text = clauses()
    for target in the_register().targets:
        if target.verb:
            assert VERBS[target.verb] in text[target.clause].text, target.id


def test_each_due_date_stands_in_its_clause() -> None:
    ways = {
        date(2021, 3, 31): ("2021年3月底",),
        date(2021, 12, 31): ("2021年内", "2021年底", "2021年全面推广"),
    }
    text = clauses()
    for target in the_register().targets:
        if target.due:
            written = text[target.clause].text
            assert any(way in written for way in ways[target.due]), target.id


def test_a_target_without_a_date_has_none_in_its_clause_that_speaks_of_it() -> None:
    text = clauses()
    undated = {t.clause for t in the_register().targets if t.due is None}
    # 21.2 dates its paperless filing (T18) only.
    assert [clause for clause in sorted(undated) if "2021年" in text[clause].text] == ["21.2"]


@pytest.mark.parametrize(
    ("milestone", "way"),
    [
        ("1.5-review", "2021年3月底前"),
        ("9.2-plan", "2021年6月底前"),
        ("11.1-self-check", "2021年3月底前"),
        ("11.1-spot-check", "2021年5月底前"),
    ],
)
def test_each_milestone_has_the_date_of_its_clause(milestone: str, way: str) -> None:
    found = next(
        m for measure in the_register().measures for m in measure.milestones if m.code == milestone
    )
    assert way in clauses()[found.measure].text
    assert f"2021年{found.due.month}月底前" == way


def test_the_report_dates_are_those_of_the_text() -> None:
    due = sorted({duty.due for duty in the_register().duties})
    written = "、".join(f"{day.month}月{day.day}日" for day in due)
    assert f"2021年{written}前" in notice_text()


def test_each_unit_named_in_a_bracket_is_an_org_and_no_other_leads() -> None:
    known = {org.name_zh: org for org in the_register().orgs.values()}
    named = {name for clause in clauses().values() for name in clause.leads + clause.supports}
    assert named <= set(known)
    leads = {name for clause in clauses().values() for name in clause.leads}
    assert leads == set(names(the_register().lead_orgs))
    assert len(leads) == 33


def test_no_title_or_name_copies_a_sentence_of_the_notice() -> None:
    register, text = the_register(), notice_text()
    said = [m.title_zh for measure in register.measures for m in measure.milestones]
    said += [task.title_zh for task in register.tasks]
    said += [measure.title_zh for measure in register.measures]
    said += [target.name_zh for target in register.targets]
    said += [indicator.name_zh for indicator in register.indicators.values()]
    for words in said:
        assert len(words) <= 24, words
        run = SequenceMatcher(None, words, text, autojunk=False).find_longest_match()
        assert run.size <= 10, words[run.a : run.a + run.size]
