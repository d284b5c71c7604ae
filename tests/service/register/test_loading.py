"""From files to values: defaults, duties and their dates, versions, look-ups."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from duibiao.register import Baseline, Register, RegisterError, Unit, default_folder, load
from tests.service.register.register_files import RegisterFiles

Effective = list[tuple[str, str, date]]


def effective(register: Register) -> Effective:
    return [(duty.id, duty.org, duty.effective_due) for duty in register.duties]


def with_duties(files: RegisterFiles, text: str) -> Register:
    files.write("duties", text)
    return load(files.folder)


def test_of_two_bundled_registers_none_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = default_folder()
    monkeypatch.setattr("sys.prefix", str(tmp_path))  # where the image has its registers
    assert default_folder() == alone
    (tmp_path / "notice" / "other").mkdir(parents=True)
    (tmp_path / "notice" / "other" / "notice.yaml").touch()
    with pytest.raises(RegisterError, match="2 registers are bundled; DUIBIAO_REGISTER must name"):
        default_folder()


ANY_CITY = {
    "notice": (('city: "610100"', 'city: "330100"'),),
    "regions": (
        ('"610100", name_zh: 西安市', '"330100", name_zh: 外市'),
        ('"610102"', '"110101"'),
        ("code: GAOXIN", 'code: "330171"'),
    ),
    "orgs": (('region: "610102"', 'region: "110101"'),),
    "targets": (("threshold: 74", "threshold: 74.5"),),
}


def test_any_citys_codes_and_fractional_thresholds_are_sound(files: RegisterFiles) -> None:
    for part, changes in ANY_CITY.items():
        for stood, wrote in changes:
            files.change(part, stood, wrote)
    assert files.faults() == ()
    register = load(files.folder)
    assert (register.city, [*register.regions]) == ("330100", ["330100", "110101", "330171"])
    assert register.target("T03").threshold == Decimal("74.5")


def test_a_unit_of_ones_own_is_declared(files: RegisterFiles) -> None:
    declared = "units:\n  - {unit: firm, name_zh: 户, name: firms, one: firm}\nindicators:"
    files.change("indicators", "indicators:", declared)
    files.change("indicators", "unit: item", "unit: firm")
    files.change("targets", "unit: item", "unit: firm")
    register = load(files.folder)
    firm = Unit("firm", "firms", "户", "firm")
    assert register.target("T03").counted_in == register.indicators["items"].counted_in == firm
    assert register.target("T01").counted_in.name_zh == "个工作日"


def test_what_an_indicator_leaves_out_has_a_default(files: RegisterFiles) -> None:
    indicator = load(files.folder).indicators["items"]
    assert (indicator.period_type, indicator.report_within) == ("quarter", 10)
    assert (indicator.minimum, indicator.maximum, indicator.min_sample) == (None, None, 0)
    assert indicator.count_start_day is False


def test_an_indicator_is_reported_by_the_leads_of_its_clause(files: RegisterFiles) -> None:
    indicators = load(files.folder).indicators
    assert indicators["rebate-days"].reported_by == ("tax-bureau", "finance-bureau")
    assert indicators["items"].reported_by == ("justice-bureau", "finance-bureau")


def test_an_indicator_of_two_clauses_is_reported_by_the_leads_of_both(files: RegisterFiles) -> None:
    files.change("indicators", "    reported_by: [justice-bureau, finance-bureau]\n", "")
    files.change(
        "targets",
        "  - target: T02\n",
        """\
  - target: T04
    indicator: items
    clause: "1.2"
    name_zh: 一
    name: one
    op: ">="
    threshold: 1
    unit: item
    basis: stated
  - target: T02
""",
    )
    register = load(files.folder)
    assert register.indicators["items"].reported_by == ("tax-bureau", "finance-bureau")
    assert [target.id for target in register.targets_of("items")] == ["T04", "T03"]


def test_a_targets_leads_come_from_a_task_where_its_clause_is_one(files: RegisterFiles) -> None:
    assert load(files.folder).target("T03").leads == ("finance-bureau",)


def test_a_reading_is_marked_and_a_baseline_kept_exactly(files: RegisterFiles) -> None:
    files.change("targets", "value: 10,", "value: 10.50,")
    target = load(files.folder).target("T03")
    assert (target.due, target.judged_by) == (None, date(2021, 12, 31))
    assert target.judged_by_is_reading
    assert target.baseline == Baseline(Decimal("10.50"), date(2020, 12, 31))
    dated = load(files.folder).target("T02")
    assert (dated.judged_by, dated.judged_by_is_reading) == (date(2021, 12, 31), False)


def test_duties_stand_by_measure_then_lead_then_date(files: RegisterFiles) -> None:
    assert [(duty.id, duty.org) for duty in load(files.folder).duties] == [
        ("1.1/2021Q1", "tax-bureau"),
        ("1.1/2021Q2", "tax-bureau"),
        ("1.1/2021Q1", "finance-bureau"),
        ("1.1/2021Q2", "finance-bureau"),
        ("1.2/2021Q1", "tax-bureau"),
        ("1.2/2021Q2", "tax-bureau"),
        ("3.1/2021Q1", "finance-bureau"),
        ("3.1/2021Q2", "finance-bureau"),
    ]


@pytest.mark.parametrize(
    ("rule", "due", "moved"),
    [
        # 25 September 2021 is a Saturday and no working day; Sunday 26 is a make-up day.
        ("keep", "2021-09-25", date(2021, 9, 25)),
        ("previous", "2021-09-25", date(2021, 9, 24)),
        ("next", "2021-09-25", date(2021, 9, 26)),
        # 25 December 2021 is a Saturday, with an ordinary Sunday behind it.
        ("next", "2021-12-25", date(2021, 12, 27)),
        ("previous", "2021-12-25", date(2021, 12, 24)),
        ("next", "2021-06-25", date(2021, 6, 25)),
    ],
)
def test_a_date_that_is_no_working_day_moves_as_its_rule_says(
    files: RegisterFiles, rule: str, due: str, moved: date
) -> None:
    quarter = f"2021Q{(int(due[5:7]) - 1) // 3 + 1}"
    text = f"reports:\n  - {{period: {quarter}, due: {due}, rule: {rule}}}\n"
    duty = with_duties(files, text).duty(f"1.2/{quarter}", "tax-bureau")
    assert duty.due == date.fromisoformat(due)
    assert (duty.rule, duty.effective_due) == (rule, moved)


def test_the_narrowest_exception_decides(files: RegisterFiles) -> None:
    register = with_duties(
        files,
        """\
reports:
  - {period: 2021Q4, due: 2021-12-25, rule: keep}
exceptions:
  - {measure: "1.1", period: 2021Q4, rule: next}
  - {measure: "1.1", org: finance-bureau, period: 2021Q4, rule: previous}
""",
    )
    assert effective(register) == [
        ("1.1/2021Q4", "tax-bureau", date(2021, 12, 27)),
        ("1.1/2021Q4", "finance-bureau", date(2021, 12, 24)),
        ("1.2/2021Q4", "tax-bureau", date(2021, 12, 25)),
        ("3.1/2021Q4", "finance-bureau", date(2021, 12, 25)),
    ]


def test_a_version_names_the_content_and_not_the_place(
    files: RegisterFiles, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(files.folder, elsewhere, dirs_exist_ok=True)
    version = load(files.folder).version
    assert load(elsewhere).version == version
    files.change("targets", "threshold: 5.5", "threshold: 5.4")
    assert load(files.folder).version != version


def test_a_faulty_register_is_not_loaded_and_says_why(files: RegisterFiles) -> None:
    files.change("targets", "threshold: 5.5", "threshold: five")
    with pytest.raises(RegisterError) as told_by:
        load(files.folder)
    assert "targets.yaml:8:" in str(told_by.value)
    assert "应为数字" in str(told_by.value)
    assert [fault.line for fault in told_by.value.errors] == [8]


def test_looking_up_one_thing_that_is_not_there_raises(files: RegisterFiles) -> None:
    register = load(files.folder)
    for look in (
        lambda: register.target("T99"),
        lambda: register.measure("9.9"),
        lambda: register.task(99),
        lambda: register.duty("1.1/2021Q4", "tax-bureau"),
    ):
        with pytest.raises(KeyError):
            look()


def test_looking_up_several_answers_none_for_an_unknown_code(files: RegisterFiles) -> None:
    register = load(files.folder)
    assert register.targets_of("nothing") == ()
    assert register.targets_of_task(99) == ()
    assert register.measures_of(2) == ()
    assert register.duties_of("justice-bureau") == ()


def test_the_targets_of_a_task_are_its_own_and_its_measures(files: RegisterFiles) -> None:
    register = load(files.folder)
    assert [target.id for target in register.targets_of_task(1)] == ["T01", "T02"]
    assert [target.id for target in register.targets_of_task(3)] == ["T03"]


def test_whoever_leads_only_a_task_is_a_lead_all_the_same(files: RegisterFiles) -> None:
    register = load(files.folder)
    assert register.lead_orgs == ("tax-bureau", "justice-bureau", "finance-bureau")
