"""The notice and its dates, regions, units, tasks, measures, milestones and report dates."""

from duibiao.register.files import DutyException, NoticeFile, Report
from duibiao.register.periods import parse
from duibiao.register.reading import Located, Reading
from duibiao.register.values import Chapter, Measure, Milestone, Org, Region, Task

_GOVERNING = ("district", "zone")
_COUNTED = ("district", "county")
# What a role has sent is kept under its name, beside what an org has under its code.
_ROLES = ("office", "auditor", "admin")


def check_work(reading: Reading) -> None:
    """Check all files but those about figures and rules."""
    for entry in reading.of(NoticeFile):
        _check_notice(entry, reading)
    for org in reading.of(Org):
        _check_org(org)
    _check_tasks(reading)
    _check_measures(reading)
    _check_reports(reading)
    _check_exceptions(reading)


def _check_notice(entry: Located[NoticeFile], reading: Reading) -> None:
    notice, window, city = entry.value.notice, entry.value.window, entry.value.city
    if notice.issued < notice.dated:
        entry.error("issued-early", "notice", "issued")
    if window.last < window.first:
        entry.error("window-reversed", "window", "last")
    elif window.last < notice.dated:
        entry.error("window-early", "window", "last")
    for region in reading.of(Region):
        code, kind = region.value.code, region.value.kind
        if (kind == "city") != (code == city):
            region.error("one-city", "kind", city=city)
        elif kind in _COUNTED and not code.isdecimal():
            region.error("six-digits", "code")


def _check_org(entry: Located[Org]) -> None:
    org = entry.value
    if org.code in _ROLES:
        entry.error("code-of-role", "code")
    if org.kind in _GOVERNING and org.region is None:
        entry.error("region-needed", "kind")
    elif org.kind not in _GOVERNING and org.region is not None:
        entry.error("region-unneeded", "region")


def _check_tasks(reading: Reading) -> None:
    last = 0
    for entry in reading.of(Task):
        no = entry.value.no
        if no not in (last, last + 1) and reading.whole("tasks"):
            entry.error("task-order", "task", wanted=last + 1)
        last = no
        _check_units(entry, reading)
    last = 0
    for chapter in reading.of(Chapter):
        first = chapter.value.first
        if first <= last or (last == 0 and first != 1):
            chapter.error("chapter-order", "first")
        last = first


def _check_measures(reading: Reading) -> None:
    tasks, last = reading.by(Task, "no"), (0, 0)
    for entry in reading.of(Measure):
        task, number = map(int, entry.value.no.split("."))
        follows = (task, number) == (last[0], last[1] + 1) or (task > last[0] and number == 1)
        if not follows and (task, number) != last and reading.whole("measures"):
            entry.error("measure-order", "measure", last=f"{last[0]}.{last[1]}")
        last = task, number
        if task not in tasks and reading.whole("tasks"):
            entry.error("measure-without-task", "measure", task=task)
        _check_units(entry, reading)
    for milestone in reading.of(Milestone):
        if milestone.value.code.partition("-")[0] != milestone.value.measure:
            milestone.error("milestone-elsewhere", "code")


def _check_units(entry: Located[Task] | Located[Measure], reading: Reading) -> None:
    orgs, leads = reading.by(Org, "code"), entry.value.leads
    for org in leads:
        if org in orgs and orgs[org].kind == "group":
            entry.error("group-leads", "leads", org=org)
    for org in entry.value.supports:
        if org in leads:
            entry.error("leads-and-supports", "supports", org=org)


def _check_reports(reading: Reading) -> None:
    latest = None
    for entry in reading.of(Report):
        due = entry.value.due
        if latest is not None and due <= latest:
            entry.error("report-order", "due", latest=latest)
        if due < parse(entry.value.period).first:
            entry.error("report-early", "due")
        latest = due


def _check_exceptions(reading: Reading) -> None:
    measures, seen = reading.by(Measure, "no"), set()
    for entry in reading.of(DutyException):
        measure, period, org = entry.value.measure, entry.value.period, entry.value.org
        if org is not None and measure in measures and org not in measures[measure].leads:
            entry.error("exception-of-nobody", "org")
        if (measure, period, org) in seen:
            entry.error("exception-twice")
        seen.add((measure, period, org))
