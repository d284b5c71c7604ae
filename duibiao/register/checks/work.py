"""Tasks, measures and milestones: numbered without gaps, led and supported by known units."""

from collections.abc import Iterator, Mapping

from duibiao.register.checks.known import Known, repeated, task_of, unknown
from duibiao.register.documents import Document, Entry
from duibiao.register.faults import Fault


def work_faults(documents: Mapping[str, Document], known: Known) -> Iterator[Fault]:
    """Tell what is wrong with tasks.yaml, measures.yaml and milestones.yaml."""
    tasks = list(documents["tasks"].entries("tasks"))
    measures = list(documents["measures"].entries("measures"))
    milestones = list(documents["milestones"].entries("milestones"))
    for entries, key in ((tasks, "task"), (measures, "measure"), (milestones, "code")):
        yield from repeated(entries, key)
        yield from repeated(entries, "title_zh")
    yield from _task_numbers(tasks)
    yield from _chapter_faults(documents["tasks"], known)
    yield from _measure_numbers(measures, known)
    for entry in (*tasks, *measures):
        yield from _unit_faults(entry, known)
    for milestone in milestones:
        yield from _milestone_faults(milestone, known)


def _task_numbers(tasks: list[Entry]) -> Iterator[Fault]:
    last = 0
    for entry in tasks:
        no = entry.whole("task")
        if no is None:
            continue
        if no not in (last, last + 1):
            yield entry.fault(
                f"task {last + 1} should stand here, not {no}",
                f"此处应为任务 {last + 1}，不是 {no}",
                "task",
            )
        last = no


def _chapter_faults(document: Document, known: Known) -> Iterator[Fault]:
    last = 0
    for entry in document.entries("chapters"):
        first = entry.whole("first")
        if first is None:
            continue
        if known.tasks is not None and first not in known.tasks:
            yield from unknown(entry, "task", "任务", str(first), [*map(str, known.tasks)], "first")
        elif first <= last or (last == 0 and first != 1):
            yield entry.fault(
                f"first: {first}, yet chapters begin at task 1 and go on in order",
                f"first：{first}，各章应从任务 1 起依次排列",
                "first",
            )
        last = first


def _measure_numbers(measures: list[Entry], known: Known) -> Iterator[Fault]:
    last = (0, 0)
    for entry in measures:
        task, _, number = entry.text("measure").partition(".")
        if (first := task_of(task)) is None or (second := task_of(number)) is None:
            continue
        here = (first, second)
        follows = here == (last[0], last[1] + 1) or (here[0] > last[0] and here[1] == 1)
        if not follows and here != last:
            said = f"{here[0]}.{here[1]}"
            yield entry.fault(
                f"{said} does not follow {last[0]}.{last[1]}: a gap, or out of order",
                f"{said} 未接续 {last[0]}.{last[1]}：缺号或次序有误",
                "measure",
            )
        last = here
        if known.tasks is not None and here[0] not in known.tasks:
            yield entry.fault(
                f"a measure of unknown task {here[0]}", f"所属任务 {here[0]} 不存在", "measure"
            )


def _unit_faults(entry: Entry, known: Known) -> Iterator[Fault]:
    yield from known.strangers(entry, "leads")
    yield from known.strangers(entry, "supports")
    leads = entry.texts("leads")
    for org in leads:
        if known.kind_of(org) == "group":
            yield entry.fault(
                f"{org} is a collective name, which never leads",
                f"{org} 是统称，不能牵头",
                "leads",
            )
    for org in entry.texts("supports"):
        if org in leads:
            yield entry.fault(f"{org} both leads and supports", f"{org} 既牵头又配合", "supports")


def _milestone_faults(milestone: Entry, known: Known) -> Iterator[Fault]:
    measure, code = milestone.text("measure"), milestone.text("code")
    yield from unknown(milestone, "measure", "措施", measure, known.measures, "measure")
    if measure and code and code.partition("-")[0] != measure:
        yield milestone.fault(
            f"the code {code} does not begin with its measure {measure}",
            f"代码 {code} 未以所属措施 {measure} 开头",
            "code",
        )
    yield from known.outside(milestone, "due")
