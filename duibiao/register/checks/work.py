"""The notice and its dates, regions, units, tasks, measures, milestones and report dates."""

import re

from duibiao.register.files import DutyException, Report
from duibiao.register.periods import parse
from duibiao.register.reading import Located, Reading
from duibiao.register.values import Chapter, Measure, Milestone, Notice, Org, Region, Task, Window

_GOVERNING = ("district", "zone")
_MEASURE = r"0\.0|[1-9][0-9]?\.[1-9][0-9]?"  # 0.0: before the first
_COUNTED = ("district", "county")
# What a role has sent is kept under its name, beside what an org has under its code.
_ROLES = ("office", "auditor", "admin")


def check_work(reading: Reading) -> None:
    """Check all files but those about figures and rules."""
    _check_notice(reading)
    _check_regions(reading)
    for org in reading.of(Org):
        _check_org(org)
    _check_tasks(reading)
    _check_measures(reading)
    _check_reports(reading)
    _check_exceptions(reading)


def _check_notice(reading: Reading) -> None:
    for notice in reading.of(Notice):
        if notice.value.issued < notice.value.dated:
            notice.error("issued-early", "issued")
    for window in reading.of(Window):
        if window.value.last < window.value.first:
            window.error("window-reversed", "last")
        elif reading.dated and window.value.last < reading.dated:
            window.error("window-early", "last", dated=reading.dated)


def _check_regions(reading: Reading) -> None:
    city, placed = reading.city, dict[tuple[int, int], str]()
    for region in reading.of(Region):
        code, kind = region.value.code, region.value.kind
        if city is not None and (kind == "city") != (code == city):
            region.error("one-city", "kind", city=city)
        elif kind in _COUNTED and not code.isdecimal():
            region.error("six-digits", "code")
        tile = region.value.tile
        if tile and kind == "city":
            region.error("tile-of-city", "tile")
        elif tile and placed.setdefault(tile, code) != code:
            region.error("tile-taken", "tile", other=placed[tile])


def _check_org(entry: Located[Org]) -> None:
    org = entry.value
    if org.code in _ROLES:
        entry.error("code-of-role", "code")
    if org.kind in _GOVERNING and org.region is None:
        entry.error("region-needed", "kind")
    elif org.kind not in _GOVERNING and org.region is not None:
        entry.error("region-unneeded", "region")
    if org.members and org.kind != "group":
        entry.error("members-unneeded", "members")


def _check_tasks(reading: Reading) -> None:
    before = [0, *reading.given("tasks", "tasks", "task")]
    for entry in reading.of(Task):
        last = before[entry.index]
        valid = type(last) is int and last >= min(entry.index, 1)
        if valid and entry.value.no not in (last, last + 1):
            entry.error("task-order", "task", wanted=last + 1)
        _check_units(entry, reading)
    before = [0, *reading.given("tasks", "chapters", "first")]
    for chapter in reading.of(Chapter):
        last, first = before[chapter.index], chapter.value.first
        if type(last) is int and (first <= last or (last == 0 and first != 1)):
            chapter.error("chapter-order", "first")


def _check_measures(reading: Reading) -> None:
    tasks = reading.given("tasks", "tasks", "task")
    before = ["0.0", *map(str, reading.given("measures", "measures", "measure"))]
    for entry in reading.of(Measure):
        last, (task, number) = before[entry.index], map(int, entry.value.no.split("."))
        if re.fullmatch(_MEASURE, last):
            task_before, number_before = map(int, last.split("."))
            new, next_one = task > task_before and number == 1, f"{task_before}.{number_before + 1}"
            if not new and entry.value.no not in (last, next_one):
                entry.error("measure-order", "measure", last=last)
        if tasks and task not in tasks and all(type(no) is int for no in tasks):
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
