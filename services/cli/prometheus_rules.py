"""What Prometheus alerts of a register: its targets, the figures they need, the reports owed.

Every expression is built to hold through a scrape that fails, a restart and a service of several
replicas: the last sample of ten minutes stands for a series, the highest of all replicas for a row.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import yaml

from duibiao.register import Register, Target
from duibiao.workdays import Workdays
from services.alerts.domain.rules import periods_begun
from services.indicators.adapters.metrics import end_of

RUNBOOKS: Final = "https://duibiao.example.invalid/docs/runbooks"
NEAR: Final = timedelta(days=30)
HEADING: Final = """\
# 由 `duibiao rules export` 按登记册生成，请勿手改。Generated from the register of {notice}
# by `duibiao rules export`; do not edit. What each alert means: docs/runbooks.
"""

Rule = dict[str, Any]
_STATUS: Final = "duibiao:city_target_status"
_FIGURE_END: Final = "duibiao:city_figure_end_timestamp_seconds"


def rules_file(register: Register, workdays: Workdays, runbooks: str = RUNBOOKS) -> str:
    """Return the rule file, YAML; the runbook of an alert is RUNBOOKS/ALERT.md."""
    targets = [rule for one in register.targets for rule in _of_target(one, register, workdays)]
    groups = {
        # One group: its rules are evaluated in order, so those that alert see what is recorded.
        "duibiao-targets": [*_recorded(register.city), *targets],
        "duibiao-reports": list(_of_reports(register)),
    }
    for rule in (rule for rules in groups.values() for rule in rules if "alert" in rule):
        rule["annotations"]["runbook_url"] = f"{runbooks.rstrip('/')}/{rule['alert']}.md"
    content = {"groups": [{"name": name, "rules": rules} for name, rules in groups.items()]}
    written = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10**6)
    return HEADING.format(notice=register.notice.number) + written


def _recorded(city: str) -> Iterator[Rule]:
    status, end, value = (
        f'(last_over_time(duibiao_target_{name}{{org="",region="{city}"}}[10m]))'
        for name in ("status", "period_end_timestamp_seconds", "value")
    )
    yield {"record": _STATUS, "expr": f"max by (target, status) {status}"}
    # The end of the newest period that has a figure; 0 without any.
    ended = f"max by (target) {end}"
    known = f"{ended} and on (target) max by (target) {value}"
    yield {"record": _FIGURE_END, "expr": f"({known}) or {ended} * 0"}


def _of_target(target: Target, register: Register, workdays: Workdays) -> Iterator[Rule]:
    code, zh, en = target.id, target.name_zh, target.name
    if target.threshold is not None or target.op in ("rise", "fall"):
        yield _alert(
            "TargetMissed",
            _has(code, "missed|regressed"),
            f"目标 {code} 未达标：{zh}",
            f"The city misses target {code} in the present period: {en}",
            target=code,
            held="1m",
        )
        yield _alert(
            "TargetBehind",
            _has(code, "at_risk|behind"),
            f"目标 {code} 进度滞后：{zh}",
            f"Target {code} is at risk or behind: {en}",
            target=code,
            severity="info",
            held="1m",
        )
        yield from _near_date(target, register.city)
    yield _alert(
        "FigureMissing",
        " or ".join(_missing(target, register, workdays)),
        f"目标 {code} {{{{ $labels.period }}}} 数据到期未报：{zh}",
        f"The figure of target {code} for {{{{ $labels.period }}}} is overdue: {en}",
        target=code,
    )
    yield _alert(
        "TargetUnseen",
        f'absent({_STATUS}{{target="{code}"}}) and on () max(up{{job="duibiao-indicators"}}) == 1',
        f"采集不到目标 {code} 的数据：{zh}",
        f"The indicators service shows no metrics of target {code}: {en}",
        target=code,
        owner="operators",
        held="10m",
    )


def _near_date(target: Target, city: str) -> Iterator[Rule]:
    if target.judged_by is None:
        return
    code, until = target.id, end_of(target.judged_by)
    series = f'duibiao_target_attainment_ratio{{target="{code}",org="",region="{city}"}}'
    ratio = f"max by (target) (last_over_time({series}[10m])) >= 1"
    good = (
        "met|sustained|waived" if target.threshold is not None else "on_track|met|sustained|waived"
    )
    near = f"vector(time()) > {until - NEAR.total_seconds():.0f} <= {until:.0f}"
    day = target.judged_by
    yield _alert(
        "TargetDueSoon",
        f'max by (target) ({_STATUS}{{target="{code}"}}) == 1 and on () ({near})'
        f" unless on (target) ({ratio} or {_has(code, good)})",
        f"目标 {code} 将于{day.year}年{day.month}月{day.day}日到期，尚未达标：{target.name_zh}",
        f"Target {code} is judged by {day} and is not attained: {target.name}",
        target=code,
        severity="info",
    )


def _missing(target: Target, register: Register, workdays: Workdays) -> Iterator[str]:
    """Yield, for each period of the watch window, what holds once its figure is overdue."""
    indicator = register.indicators[target.indicator]
    for period in periods_begun(register.window, indicator.period_type):
        due = end_of(workdays.due(period.last, indicator.report_within).day)
        late = f"and on () vector(time()) > {due:.0f}"
        owed = f'{_FIGURE_END}{{target="{target.id}"}} < {end_of(period.last):.0f} {late}'
        yield f'label_replace({owed}, "period", "{period.code}", "", "")'


def _of_reports(register: Register) -> Iterator[Rule]:
    for org in dict.fromkeys(one.org for one in (*register.duties, *register.milestone_duties)):
        unit = register.orgs[org]
        overdue = f'duibiao_duty_status{{org="{org}",status="overdue"}}'
        # A series ends when its status changes; another status of the duty is the newer one.
        since = f'duibiao_duty_status{{org="{org}",status!="overdue"}}'
        yield _alert(
            "ReportsOverdue",
            f"count by (org) (max by (duty, org) (last_over_time({overdue}[10m]))"
            f" unless on (duty, org) {since})",
            f"{unit.name_zh}有 {{{{ $value }}}} 项报送逾期未报",
            f"Reports that {unit.name} owes are overdue: {{{{ $value }}}}",
            org=org,
            held="1m",
        )


def _has(target: str, statuses: str) -> str:
    return f'max by (target) ({_STATUS}{{target="{target}",status=~"{statuses}"}}) == 1'


def _alert(
    name: str,
    expression: str,
    summary: str,
    description: str,
    *,
    severity: str = "warning",
    owner: str = "office",
    held: str = "",
    **of: str,
) -> Rule:
    """Return a rule with the labels `of`; `summary` is Chinese, `description` English."""
    return {
        "alert": name,
        "expr": expression,
        **({"for": held} if held else {}),
        "labels": {**of, "severity": severity, "owner": owner},
        "annotations": {"summary": summary, "description": description},
    }
