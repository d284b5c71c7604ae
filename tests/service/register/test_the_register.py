"""The register as shipped: its counts and facts, written out by hand."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from duibiao.register import check, default_folder, load
from tests.support.registers import alert_rules, the_register

# id, indicator, clause, op, threshold, unit, statistic, due, verb, basis
TARGETS = """
T01 gov-investment-approval-days      6.3  <=   60   workday each   2021-12-31 ensure  stated
T02 social-investment-approval-days   6.3  <=   35   workday each   2021-12-31 ensure  stated
T03 ccc-self-declaration-share        7.2  >=   30   percent share  -          promote stated
T04 licence-reform-items-city         9.1  >=   100  item    latest -          strive  stated
T05 licence-reform-items-ftz          9.1  >=   150  item    latest -          strive  stated
T06 licence-separation-coverage       9.1  >=   100  percent share  -          -       interpreted
T07 standard-e-licences               16.1 >=   60   item    latest -          promote stated
T08 tax-enterprise-online-share       16.2 >=   none percent share  2021-12-31 -       none
T09 tax-personal-mobile-share         16.2 >=   none percent share  2021-12-31 -       none
T10 cross-province-items              17.1 >=   74   item    latest 2021-12-31 -       stated
T11 cross-province-coverage           17   >=   none percent share  2021-12-31 -       none
T12 hotline-resolution-rate           18.3 rise none percent share  -          -       none
T13 mortgage-registration-days        18.4 <=   1    workday each   2021-03-31 -       stated
T14 mortgage-registration-online-share 18.4 >=  100  percent share  2021-03-31 -       interpreted
T15 social-relief-days                19.3 <=   20   workday each   -          -       stated
T16 export-rebate-days                21.2 <=   5.5  workday mean   -          -       stated
T17 export-rebate-days-class-a        21.2 fall none workday mean   -          -       none
T18 paperless-filing-coverage         21.2 >=   none percent share  2021-12-31 -       none
"""

DISTRICTS = {
    "610102": "新城",
    "610103": "碑林",
    "610104": "莲湖",
    "610111": "灞桥",
    "610112": "未央",
    "610113": "雁塔",
    "610114": "阎良",
    "610115": "临潼",
    "610116": "长安",
    "610117": "高陵",
    "610118": "鄠邑",
    "610122": "蓝田",
    "610124": "周至",
}


def test_the_bundled_register_is_sound() -> None:
    assert check(default_folder()) == ()


def test_it_holds_the_whole_notice() -> None:
    register = the_register()
    counts = {
        "tasks": len(register.tasks),
        "measures": len(register.measures),
        "leads": len(register.lead_orgs),
        "targets": len(register.targets),
        "indicators": len(register.indicators),
        "milestones": sum(len(m.milestones) for m in register.measures),
    }
    assert counts == {
        "tasks": 25,
        "measures": 75,
        "leads": 33,
        "targets": 18,
        "indicators": 18,
        "milestones": 4,
    }
    assert [task.no for task in register.tasks] == list(range(1, 26))


def test_each_task_has_as_many_measures_as_the_notice_lists() -> None:
    # The numbered actions under （一）…（二十五）; 22 and 24 have none, 23 and 25 one each.
    listed = [5, 3, 4, 3, 2, 3, 5, 2, 3, 3, 4, 4, 3, 3, 5, 5, 2, 5, 3, 2, 4, 0, 1, 0, 1]
    register = the_register()
    assert [len(register.measures_of(no)) for no in range(1, 26)] == listed
    assert sum(listed) == 75


@pytest.mark.parametrize("row", TARGETS.strip().splitlines())
def test_each_target_is_as_the_notice_asks(row: str) -> None:
    target_id, indicator, clause, op, threshold, unit, statistic, due, verb, basis = row.split()
    target = the_register().target(target_id)
    assert target.indicator == indicator
    assert (target.clause, target.op, target.unit, target.statistic) == (
        clause,
        op,
        unit,
        statistic,
    )
    assert target.threshold == (None if threshold == "none" else Decimal(threshold))
    assert target.due == (None if due == "-" else date.fromisoformat(due))
    assert target.verb == (None if verb == "-" else verb)
    assert target.basis == basis
    assert target.baseline is None
    assert target.alert_levels == ("city",)


def test_targets_stand_in_the_order_of_their_numbers() -> None:
    assert [t.id for t in the_register().targets] == [f"T{n:02}" for n in range(1, 19)]


def test_where_the_notice_gives_no_date_we_judge_at_the_windows_end_or_never() -> None:
    register = the_register()
    read = [t.id for t in register.targets if t.judged_by_is_reading]
    standing = [t.id for t in register.targets if t.judged_by is None]
    assert read == ["T03", "T04", "T05", "T06", "T07"]
    assert {register.target(t).judged_by for t in read} == {date(2021, 12, 31)}
    assert standing == ["T12", "T15", "T16", "T17"]
    assert all(t.judged_by == t.due for t in register.targets if t.due)


@pytest.mark.parametrize(
    ("target", "leads"),
    [
        ("T01", ["市住建局"]),
        ("T04", ["市市场监管局", "市行政审批局", "市司法局"]),
        ("T08", ["市税务局"]),
        ("T10", ["市行政审批局", "市大数据局"]),
        ("T11", ["市行政审批局", "市大数据局"]),
        ("T12", ["市大数据局"]),
        ("T13", ["市资源规划局", "市金融工作局"]),
        ("T15", ["市民政局", "市人社局", "市残联"]),
        ("T16", ["市税务局", "关中海关"]),
    ],
)
def test_a_targets_leads_are_its_clauses_and_report_it(target: str, leads: list[str]) -> None:
    register = the_register()
    found = register.target(target)
    assert [register.orgs[code].name_zh for code in found.leads] == leads
    assert register.indicators[found.indicator].reported_by == found.leads


@pytest.mark.parametrize(
    ("measure", "leads"),
    [
        ("2.2", ["市金融工作局"]),
        ("6.1", ["市行政审批局", "市委编办", "市司法局"]),
        ("9.3", ["市市场监管局"]),
        ("12.2", ["市市场监管局", "市生态环境局", "市交通局", "市农业农村局", "市文化旅游局"]),
        ("18.5", ["市市场监管局"]),
        ("21.4", ["市金融工作局"]),
        ("25.1", ["市政府办公厅", "市司法局"]),
    ],
)
def test_where_a_clause_names_no_lead_the_municipal_units_lead(
    measure: str, leads: list[str]
) -> None:
    register = the_register()
    assert [register.orgs[code].name_zh for code in register.measure(measure).leads] == leads


def test_collective_names_never_lead() -> None:
    register = the_register()
    assert "group" not in {register.orgs[code].kind for code in register.lead_orgs}
    groups = {org.name_zh for org in register.orgs.values() if org.kind == "group"}
    assert {"市级相关部门", "各区县政府", "各开发区管委会"} <= groups


def test_milestones_are_dated_and_belong_to_their_measures() -> None:
    found = [
        (m.code, m.measure, m.due)
        for measure in the_register().measures
        for m in measure.milestones
    ]
    assert found == [
        ("1.5-review", "1.5", date(2021, 3, 31)),
        ("9.2-plan", "9.2", date(2021, 6, 30)),
        ("11.1-self-check", "11.1", date(2021, 3, 31)),
        ("11.1-spot-check", "11.1", date(2021, 5, 31)),
    ]


def test_each_pair_of_measure_and_lead_owes_four_reports() -> None:
    register = the_register()
    pairs = [(m.no, lead) for m in register.measures for lead in m.leads]
    # 136 brackets' leads, counted in the notice.
    assert len(pairs) == 136
    assert Counter((d.measure, d.org) for d in register.duties) == dict.fromkeys(pairs, 4)
    assert len(register.duties) == 544


def test_a_duty_is_due_on_the_notices_date_weekends_kept() -> None:
    owed = [
        d for d in the_register().duties_of("housing-construction-bureau") if d.measure == "6.3"
    ]
    assert [(d.id, d.period, d.due, d.effective_due, d.rule) for d in owed] == [
        ("6.3/2021Q1", "2021Q1", date(2021, 3, 25), date(2021, 3, 25), "keep"),
        ("6.3/2021Q2", "2021Q2", date(2021, 6, 25), date(2021, 6, 25), "keep"),
        ("6.3/2021Q3", "2021Q3", date(2021, 9, 25), date(2021, 9, 25), "keep"),
        ("6.3/2021Q4", "2021Q4", date(2021, 12, 25), date(2021, 12, 25), "keep"),
    ]


def test_regions_are_the_city_its_districts_and_lettered_zones() -> None:
    register = the_register()
    assert register.city == "610100"
    assert register.regions["610100"].kind == "city"
    found = {
        code: region.name_zh.rstrip("区县")
        for code, region in register.regions.items()
        if region.kind in ("district", "county")
    }
    assert found == DISTRICTS
    lettered = [c for c, r in register.regions.items() if r.kind in ("new_area", "zone")]
    assert len(lettered) == 8
    assert register.regions["XIXIAN"].kind == "new_area"
    assert not any(code.startswith("6101") for code in lettered)


def test_each_region_but_the_city_has_one_government() -> None:
    register = the_register()
    governed = Counter(org.region for org in register.orgs.values() if org.region)
    assert governed == dict.fromkeys([c for c in register.regions if c != "610100"], 1)


def test_alert_rules_are_those_of_the_design() -> None:
    found, designed = the_register().alert_rules, alert_rules()
    assert [
        (
            r.id,
            r.colour,
            r.on,
            r.statuses,
            r.attainment_below,
            r.periods,
            r.after_workdays,
            r.enabled,
        )
        for r in found.rules
    ] == [
        (
            r.id,
            r.colour,
            r.on,
            r.statuses,
            r.attainment_below,
            r.periods,
            r.after_workdays,
            r.enabled,
        )
        for r in designed.rules
    ]
    assert found.caps == designed.caps
    assert found.reply_within == designed.reply_within
    assert found.due_soon_within == 3
    assert found.sending_hour.isoformat() == "09:00:00"
    assert found.wait_for_morning is False


def test_the_notice_and_its_window() -> None:
    register = the_register()
    assert register.notice.number == "市政办发〔2021〕6号"
    assert (register.notice.dated, register.notice.issued) == (date(2021, 1, 9), date(2021, 1, 13))
    assert (register.window.first, register.window.last) == (date(2021, 1, 1), date(2021, 12, 31))


def test_every_indicator_is_judged_by_quarter_and_owed_ten_working_days_after() -> None:
    for indicator in the_register().indicators.values():
        assert indicator.period_type == "quarter"
        assert indicator.report_within == 10
        assert indicator.count_start_day is False


def test_one_content_has_one_version_wherever_it_lies() -> None:
    version = the_register().version
    assert load(default_folder()).version == version
    name, _, digits = version.partition("+")
    assert name == "xa-2021-6"
    assert len(digits) == 12
    assert int(digits, 16) >= 0


def test_nothing_of_it_can_be_changed() -> None:
    register = the_register()
    with pytest.raises(AttributeError):
        register.city = "610000"  # type: ignore[misc]
    with pytest.raises(TypeError):
        register.orgs["x"] = register.orgs["tax-bureau"]  # type: ignore[index]
