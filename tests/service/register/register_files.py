"""A small sound register as files, for tests that break it in one place.

Three tasks, three measures, three targets. It is small so that a hundred broken copies are read in
a second; the real one is read in the tests of the notice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from duibiao.register import FileError, check

SOUND: Mapping[str, str] = {
    "notice": """\
notice:
  code: little
  number: 试〔2021〕1号
  issuer_zh: 试行办公室
  issuer: Trial Office
  title_zh: 试行通知
  title: Trial notice
  dated: 2021-01-09
  issued: 2021-01-13
city: "610100"
window:
  first: 2021-01-01
  last: 2021-12-31
""",
    "regions": """\
regions:
  - {code: "610100", name_zh: 西安市, name: "Xi'an", kind: city}
  - {code: "610102", name_zh: 新城区, name: Xincheng District, kind: district}
  - {code: GAOXIN, name_zh: 高新区, name: Hi-tech Zone, kind: zone}
""",
    "orgs": """\
orgs:
  - {code: tax-bureau, name_zh: 市税务局, name: Tax Bureau, kind: department}
  - {code: finance-bureau, name_zh: 市财政局, name: Finance Bureau, kind: department}
  - {code: justice-bureau, name_zh: 市司法局, name: Justice Bureau, kind: department}
  - {code: xincheng-district, name_zh: 新城区政府, name: Xincheng, kind: district, region: "610102"}
  - {code: departments, name_zh: 市级相关部门, name: Departments, kind: group}
""",
    "tasks": """\
tasks:
  - {task: 1, title_zh: 减税, title: Lower taxes, leads: [tax-bureau], supports: [departments]}
  - {task: 2, title_zh: 法治, title: Rule of law, leads: [justice-bureau], supports: []}
  - {task: 3, title_zh: 便民, title: Ease, leads: [finance-bureau], supports: [departments]}
""",
    "measures": """\
measures:
  - measure: "1.1"
    title_zh: 退税提速
    title: Quicker rebates
    leads: [tax-bureau, finance-bureau]
    supports: [departments]
  - measure: "1.2"
    title_zh: 网上办税
    title: Taxes online
    leads: [tax-bureau]
    supports: [xincheng-district]
  - measure: "3.1"
    title_zh: 跨省通办
    title: Across provinces
    leads: [finance-bureau]
    supports: []
""",
    "milestones": """\
milestones:
  - code: 1.2-plan
    measure: "1.2"
    title_zh: 印发方案
    title: Issue the plan
    due: 2021-06-30
""",
    "indicators": """\
indicators:
  - code: rebate-days
    name_zh: 退税时间
    name: Rebate days
    unit: workday
    statistic: mean
    direction: down
    minimum: 0
    maximum: 100
    min_sample: 5
  - code: online-share
    name_zh: 网办率
    name: Online share
    unit: percent
    statistic: share
    direction: up
    minimum: 0
    maximum: 100
  - code: items
    name_zh: 事项数
    name: Items
    unit: item
    statistic: latest
    direction: up
    reported_by: [justice-bureau, finance-bureau]
""",
    "targets": """\
targets:
  - target: T01
    indicator: rebate-days
    clause: "1.1"
    name_zh: 退税平均5.5个工作日
    name: Rebates in 5.5 working days
    op: "<="
    threshold: 5.5
    unit: workday
    basis: stated
  - target: T02
    indicator: online-share
    clause: "1.2"
    name_zh: 基本网上办
    name: Mostly online
    op: ">="
    unit: percent
    due: 2021-12-31
    basis: none
  - target: T03
    indicator: items
    clause: "3"
    name_zh: 74项异地可办
    name: 74 items across provinces
    op: ">="
    threshold: 74
    unit: item
    judged_by: 2021-12-31
    verb: strive
    basis: stated
    baseline: {value: 10, day: 2020-12-31}
""",
    "duties": """\
reports:
  - {period: 2021Q1, due: 2021-03-25, rule: keep}
  - {period: 2021Q2, due: 2021-06-25, rule: keep}
exceptions: []
""",
    "alerts": """\
rules:
  - rule: yellow-breach
    colour: yellow
    occasion: verdict
    statuses: [missed, regressed]
    name_zh: 未达标
    name: Missed
  - rule: yellow-duty
    colour: yellow
    occasion: duty
    statuses: [overdue]
    name_zh: 逾期
    name: Overdue
  - rule: yellow-figure
    colour: yellow
    occasion: figure
    after_workdays: 5
    name_zh: 缺数
    name: No figure
  - rule: red-no-reply
    colour: red
    occasion: reply
    after_workdays: 0
    name_zh: 未回复
    name: No reply
caps: {strive: yellow}
reply_within: {yellow: 5, red: 3}
due_soon_within: 3
sending_hour: "09:00"
wait_for_morning: false
""",
    "checks": """\
rules:
  - rule: deadline-after-acceptance
    kind: case
    field: deadline
    when: {outcome: [open, completed]}
    not_before: accepted_at
    message_zh: 时限早于受理
    message: Due before it was accepted
outliers:
  factor: 3
""",
}

OVERLAY = """\
thresholds:
  - target: T02
    threshold: 90
    unit: percent
    decided_by: 市营商办
    since: 2021-02-01
"""


@dataclass(frozen=True, slots=True)
class RegisterFiles:
    """A register in a folder that a test may write over."""

    folder: Path

    @classmethod
    def sound(cls, folder: Path) -> "RegisterFiles":
        """Write the small register into an empty folder."""
        for part, text in SOUND.items():
            (folder / f"{part}.yaml").write_text(text, encoding="utf-8")
        return cls(folder)

    def change(self, part: str, old: str, new: str) -> None:
        """Replace a text that stands exactly once in a part."""
        text = self.text(part)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {part}.yaml"
        self.write(part, text.replace(old, new))

    def write(self, part: str, text: str) -> None:
        """Write a part anew."""
        (self.folder / f"{part}.yaml").write_text(text, encoding="utf-8")

    def text(self, part: str) -> str:
        """Return the text of a part."""
        return (self.folder / f"{part}.yaml").read_text(encoding="utf-8")

    def overlay(self, text: str = OVERLAY) -> Path:
        """Write an overlay beside the parts."""
        path = self.folder / "local.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def faults(self, overlay: Path | None = None) -> tuple[FileError, ...]:
        """Check it."""
        return check(self.folder, overlay)


def told(faults: tuple[FileError, ...]) -> list[str]:
    """Return each fault as `file:line: message`."""
    return [f"{fault.file}:{fault.line}: {fault.message}" for fault in faults]
