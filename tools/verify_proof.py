#!/usr/bin/env python3
"""Recompute a downloaded proof of a verdict. 独立复核评估依据。

    python verify_proof.py PROOF.json... [--calendar CALENDAR.json] [--cases CASES.ndjson]

Needs Python 3.9 and nothing else. docs/proofs.md explains every field and where the files come
from: GET /v1/verdicts/ID/proof, the proof's `cases_url`, GET /v1/calendar.

Exit code: 0 equal 一致, 1 different 不一致, 2 a file cannot be read 文件无法读取.
"""

import argparse
import json
import math
import operator
import sys
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

DAYS = ("net", "paused", "extended", "pending_approvals", "pending_paused")
CLOCK = ("cases", "gross", "extended_cases", *DAYS)
GROUP = (*DAYS, "pending_extended", "past_deadline", "provisional")
OPERATIONS = {
    "sum": lambda *parts: sum(parts, Fraction(0)),
    "max": lambda *parts: max(parts),
    "min": lambda *parts: min(parts),
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


class Differences(list):
    """What a proof says and what was recomputed instead: (path, said, recomputed)."""

    def same(self, path, said, recomputed):
        """Compare two values; a recomputed fraction with its exact text."""
        if isinstance(recomputed, Fraction) and isinstance(said, str):
            said = Fraction(said)
        if type(said) is not type(recomputed) or said != recomputed:
            self.append((path, said, recomputed))

    def holds(self, path, condition):
        self.same(path, condition, True)  # noqa: FBT003 - what is recomputed

    def all(self, path, said, recomputed):
        """Compare some fields of an object."""
        for name, value in recomputed.items():
            self.same(path + name, said[name], value)


class Calendar:
    """Working days by a file of /v1/calendar; Monday to Friday outside its years."""

    def __init__(self, plain):
        self.version, years = plain["version"], plain["years"]
        self.years = {int(year) for year in years}
        self.off = {day for year in years.values() for day in year["weekdays_off"]}
        self.worked = {day for year in years.values() for day in year["weekends_worked"]}

    def works(self, day):
        text = day.isoformat()
        return text in self.worked if day.weekday() >= 5 else text not in self.off

    def among(self, ordinals):
        return sum(self.works(date.fromordinal(day)) for day in ordinals)

    def between(self, start, end):
        """Count the working days d with start < d <= end."""
        return self.among(range(start.toordinal() + 1, end.toordinal() + 1))

    def due(self, start, days):
        """Return the day by which so many working days after `start` have passed."""
        while days:
            start += timedelta(days=1)
            days -= self.works(start)
        return start

    def lacks(self, start, end):
        """Whether a day d with start < d <= end is outside the years; of none, start or end."""
        first = start + timedelta(days=1) if start < end else start
        return any(year not in self.years for year in range(first.year, end.year + 1))


class EveryDay(Calendar):
    """Calendar days: each one counts and is known."""

    def __init__(self):
        pass

    def works(self, day):  # noqa: ARG002 - every one
        return True

    def lacks(self, start, end):  # noqa: ARG002 - none
        return False


def verify(proof, calendar=None, cases=None):
    """Return all differences. `cases`: the bytes of the downloaded cases."""
    found = Differences()
    sealed = {name: value for name, value in proof.items() if name not in ("digest", "verdict")}
    text = json.dumps(sealed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    found.all("", proof, {"digest": sha256(text.encode()).hexdigest(), "format": 1})
    if "phase" in proof:
        check_figure(proof, found)
        check_distribution(proof, found)
        check_clock(proof, found)
        check_judgement(proof, found)
        check_steps(proof, found)
    else:  # the data was withdrawn
        gone = {"inputs": [], "figure": None, "status": "unknown", "reason": "no_figure"}
        found.all("", proof, gone)
    check_row(proof, found)
    if calendar is not None:
        check_calendar(proof, calendar, found)
    if cases is not None:
        check_cases(proof, calendar, cases, found)
    return found


def number(text):
    return None if text is None else Fraction(text)


def total(things, name):
    return sum((Fraction(thing[name] or 0) for thing in things), Fraction(0))


def case_limit(proof):
    """Return the limit that holds for each case, None without one."""
    one_by_one = proof["statistic"] == "each" and proof["op"] == "<="
    return number(proof["threshold"]) if one_by_one else None


def groups_of(proof):
    return proof["distribution"]["groups"] if proof["distribution"] else []


# From the inputs to the figure, its distribution and its clock.


def check_figure(proof, found):
    inputs, statistic = proof["inputs"], proof["statistic"]
    scale = 100 if statistic == "share" else 1
    for place, one in enumerate(inputs):
        weighed = one["weight"] is not None
        stated = one["kind"] == "reported" and (one["stands_for"] == 1 or not weighed)
        expected = {}
        if stated and weighed:
            expected["value"] = scale * Fraction(one["numerator"]) / Fraction(one["weight"])
        if one["clock"]:
            expected["numerator"] = Fraction(one["clock"]["net"])
            expected["weight"] = Fraction(one["clock"]["cases"])
        if one["kind"] == "reported" or case_limit(proof) is None:
            expected["overdue_open"] = 0
        if proof["verdict"]["org"] is not None:
            expected["org"] = proof["verdict"]["org"]
        found.all(f"inputs[{place}].", one, expected)
        there = (one["value"] is not None, one["numerator"] is not None)
        found.same(f"inputs[{place}]", there, (stated, weighed))
    if not inputs:
        found.same("figure", proof["figure"], None)
        return
    kinds = {one["kind"] for one in inputs}
    expected = {"evidence": kinds.pop() if len(kinds) == 1 else "mixed"}
    if all(one["weight"] is not None for one in inputs):
        above, below = total(inputs, "numerator"), total(inputs, "weight")
        expected.update(numerator=above, weight=below, value=scale * above / below)
        if statistic == "each" and groups_of(proof):
            expected["value"] = Fraction(max(compared(group) for group in groups_of(proof)))
    else:  # running totals; or one figure that stands alone
        expected.update(numerator=None, weight=None, value=total(inputs, "value"))
        if statistic != "latest":
            found.same("inputs", len(inputs), 1)
    found.all("figure.", proof["figure"], expected)


def check_distribution(proof, found):
    inputs, groups, limit = proof["inputs"], groups_of(proof), case_limit(proof)
    by_days = bool(inputs) and all(one["kind"] == "cases" and one["clock"] for one in inputs)
    found.same("distribution", bool(groups), by_days)
    if not groups:
        return
    count = sum(group["cases"] for group in groups)
    late = sum(one["overdue_open"] for one in inputs)
    rank = -(-9 * count // 10)
    days = sorted(group["net"] for group in groups for _ in range(group["cases"]))
    expected = {
        "cases": count,
        "completed": count - late,
        "open_past_limit": late,
        "within_limit": None if limit is None else within(groups, limit),
        "mean": Fraction(sum(days), count),
        "p90": days[rank - 1],
        "p90_rank": rank,
        "max": days[-1],
        "max_less_extension": longest(groups),
    }
    found.all("distribution.", proof["distribution"], expected)


def within(groups, limit):
    """Count the cases within the limit and their own extension."""
    return sum(group["cases"] for group in groups if held(group) <= limit)


def longest(groups):
    return max(held(group) for group in groups)


def held(group):
    """Return what a limit is held against: days less the extension, or those past the deadline."""
    past = group["past_deadline"]
    return group["net"] - group["extended"] if past is None else past


def compared(group):
    """Return what `each` shows the longest of: days, or those past the deadline."""
    return group["net"] if group["past_deadline"] is None else group["past_deadline"]


def clock_of(groups):
    sums = {name: sum(group[name] * group["cases"] for group in groups) for name in DAYS}
    sums["cases"] = sum(group["cases"] for group in groups)
    sums["gross"] = sums["net"] + sums["paused"]
    sums["extended_cases"] = sum(group["cases"] for group in groups if group["extended"])
    return sums


def check_clock(proof, found):
    said, clocks = proof["clock"], {}
    for place, one in enumerate(proof["inputs"]):
        if one["clock"]:
            clock = one["clock"]
            gross = clock["net"] + clock["paused"]
            found.same(f"inputs[{place}].clock.gross", clock["gross"], gross)
            kept = clocks.setdefault(one["org"], Counter())
            kept.update({name: clock[name] for name in CLOCK})
    found.same("clock", said is not None, bool(clocks))
    if not said or not clocks:
        return
    found.all("clock.", said, {n: sum(clock[n] for clock in clocks.values()) for n in CLOCK})
    if groups_of(proof):
        found.all("clock.", said, clock_of(groups_of(proof)))
    alarm, doubts = Fraction(said["pause_share_alarm"]) / 100, []
    for org, clock in clocks.items():
        paused = Fraction(clock["paused"], clock["gross"] or 1)
        extended = Fraction(clock["extended_cases"], clock["cases"])
        if max(paused, extended) > alarm:
            doubts.append((org, paused, extended))
    shares = ("paused_share", "extended_share")
    listed = [(one["org"], *(number(one[name]) for name in shares)) for one in said["doubts"]]
    found.same("clock.doubts", listed, doubts)


# From the figure to the verdict.


def check_judgement(proof, found):
    first, last = (day.isoformat() for day in days_of(proof["period"]))
    found.all("", proof, {"period_first": first, "period_last": last})
    if proof["period_ended"] or proof["judged_day"] > last:
        found.same("judged_day", proof["judged_day"], last)
    directed = proof["op"] in ("rise", "fall")
    expected = dict.fromkeys(("met", "attainment_ratio", "gap", "short", "reason"))
    expected.update(near_threshold=False, phase=phase_of(proof), status="unknown")
    if proof["figure"] is None:
        expected["reason"] = "no_figure"
    elif directed:
        expected.update(judged_direction(proof, expected["phase"], found))
    elif proof["threshold"] is None:
        expected["reason"] = "no_threshold"
    else:
        expected.update(judged_threshold(proof, expected["phase"], found))
    waiver = proof["waiver"]
    if waiver is not None:
        expected["status"] = "waived"
        found.holds("waiver", waiver["first"] <= proof["judged_day"] <= waiver["until"])
        found.holds("waiver.org", waiver["org"] in (None, proof["verdict"]["org"]))
    found.all("", proof, expected)
    if not directed:
        found.same("compared_with", proof["compared_with"], None)
    if proof["pace"] is not None:
        paced = expected["phase"] == "before" and expected["met"] is False
        found.holds("pace", paced and proof["statistic"] == "latest")
    if proof["kept"]:
        kept, since = [days_of(period) for period in proof["kept"]], proof["judged_by"]
        ordered = kept == sorted(set(kept)) and kept[-1] < days_of(proof["period"])
        later = all(end.isoformat() >= since for _, end in kept)
        found.holds("kept", ordered and later and expected["phase"] == "after")
    if proof["clock"]:
        granting = proof["clock"]["pending_approvals"] > 0 and expected["met"] is False
        granting = granting and waiver is None and met_if_granted(proof)
        found.same("clock.granting_attains", proof["clock"]["granting_attains"], granting)


def days_of(period):
    """Return first and last day of 2021, 2021S1, 2021Q1, 202103 or 20210325."""
    year, part = int(period[:4]), period[4:]
    if len(part) == 4:
        return (date(year, int(part[:2]), int(part[2:])),) * 2
    months = {"": 12, "S": 6, "Q": 3}.get(part[:1], 1)
    last = int(part.lstrip("SQ") or 1) * months
    after = date(year + last // 12, last % 12 + 1, 1)
    return date(year, last - months + 1, 1), after - timedelta(days=1)


def phase_of(proof):
    judged_by = proof["judged_by"]
    if judged_by is None:
        return "at" if proof["period_ended"] else "before"
    if proof["period_first"] > judged_by:
        return "after"
    reached = proof["judged_day"] >= judged_by and proof["period_last"] >= judged_by
    return "at" if reached else "before"


def settled(phase, met, kept):
    if phase == "after" and kept:
        return "sustained" if met else "regressed"
    return "met" if met else "missed"


def judged_direction(proof, phase, found):
    past = proof["compared_with"]
    if past is None:
        return {"reason": "no_comparison"}
    (first, last), (then, end) = days_of(proof["period"]), days_of(past["period"])
    just_before = end + timedelta(days=1) == first
    year_before = (then.year + 1, then.month) == (first.year, first.month)
    alike = (end - then).days // 20 == (last - first).days // 20
    found.holds("compared_with.period", alike and (year_before or just_before))
    met = changes(proof, Fraction(proof["figure"]["value"]))
    status = settled(phase, met, proof["kept"])
    if phase == "before":
        status = "on_track" if met else "behind"
    return {"met": met, "status": status}


def changes(proof, value):
    """Whether a value rises or falls, as asked, from that of the earlier period."""
    past = Fraction(proof["compared_with"]["value"])
    return value > past if proof["op"] == "rise" else value < past


def gap_of(proof, value, groups):
    """Return how far a value, or the slowest case, lies on the wrong side of the threshold."""
    threshold = Fraction(proof["threshold"])
    if proof["op"] == ">=":
        return threshold - value
    if case_limit(proof) is not None and groups:
        return longest(groups) - threshold
    return value - threshold


def attainment(proof, value, threshold, gap):
    groups = groups_of(proof)
    if case_limit(proof) is not None and groups:
        return Fraction(within(groups, threshold), sum(group["cases"] for group in groups))
    if threshold <= 0:
        return Fraction(int(gap <= 0))
    if proof["op"] == ">=":
        return min(max(value, Fraction(0)) / threshold, Fraction(10))
    return Fraction(10) if value <= 0 else min(threshold / value, Fraction(10))


def judged_threshold(proof, phase, found):
    value, threshold = Fraction(proof["figure"]["value"]), Fraction(proof["threshold"])
    gap, pace = gap_of(proof, value, groups_of(proof)), proof["pace"]
    met, ratio = gap <= 0, attainment(proof, value, threshold, gap)
    near = proof["op"] == "<=" and met and -gap < threshold / 10
    judged = {"met": met, "gap": gap, "attainment_ratio": ratio, "near_threshold": near}
    if phase != "before":
        return {**judged, "status": settled(phase, met, proof["kept"])}
    short = Fraction(0) if met else 1 - ratio
    if pace is not None:
        start = Fraction(pace["baseline"])
        projected = start + (value - start) * pace["whole"] / pace["elapsed"]
        left = pace["whole"] - pace["elapsed"]
        expected = {
            "projected": projected,
            "days_left": left,
            "needed_per_week": (threshold - value) / left * 5 if left else None,
            "actual_per_week": (value - start) / pace["elapsed"] * 5,
        }
        found.all("pace.", pace, expected)
        if threshold > 0 and not met:
            away = threshold - projected if proof["op"] == ">=" else projected - threshold
            short = max(away, Fraction(0)) / threshold
    late = "at_risk" if short <= Fraction(1, 10) else "behind"
    return {**judged, "short": short, "status": "on_track" if short <= 0 else late}


def met_if_granted(proof):
    """Whether the target would be met if all that awaits approval were granted."""
    figure, groups = proof["figure"], []
    for one in groups_of(proof):
        net, extended = (
            one["net"] - one["pending_paused"],
            one["extended"] + one["pending_extended"],
        )
        past = one["past_deadline"]
        past = None if past is None else max(past - one["pending_extended"], 0)
        groups.append({"net": net, "extended": extended, "past_deadline": past})
    if proof["statistic"] == "each" and groups:
        value = Fraction(max(map(compared, groups)))
    else:
        above = Fraction(figure["numerator"]) - proof["clock"]["pending_paused"]
        value = above / Fraction(figure["weight"])
    directed = proof["op"] in ("rise", "fall")
    return changes(proof, value) if directed else gap_of(proof, value, groups) <= 0


def check_steps(proof, found):
    """Redo every step; results that are fields of the proof must be as these."""
    fields = {name: proof[name] for name in ("attainment_ratio", "gap", "met")}
    for holder in (proof["figure"], proof["pace"]):
        fields.update(holder or {})
    results = set()
    for place, step in enumerate(proof["steps"]):
        result = OPERATIONS[step["operation"]](*map(Fraction, step["operands"]))
        found.same(f"steps[{place}].result", step["result"], result)
        if step["name"] in fields:
            found.same(f"steps[{place}].{step['name']}", fields[step["name"]], result)
        results.add(step["name"])
    for name in ("value", "met"):
        found.same(f"steps.{name}", name in results, fields.get(name) is not None)


def check_row(proof, found):
    """Compare the row of /v1/verdicts, rounded to 15 digits, with the proof."""
    row, figure = proof["verdict"], proof["figure"] or {}
    names = "id target indicator clause period status reason register_version calendar_version"
    found.all("verdict.", row, {name: proof[name] for name in names.split()})
    if "phase" not in proof:
        found.same("verdict.value", row["value"], None)
        return
    names = "statistic unit op basis near_threshold reporters expected"
    found.all("verdict.", row, {name: proof[name] for name in names.split()})
    spread, clock, pace = (proof[name] or {} for name in ("distribution", "clock", "pace"))
    limited = {} if case_limit(proof) is None else spread
    timed = proof["statistic"] in ("mean", "each")
    rounded = {
        "value": figure.get("value"),
        "sample_size": figure.get("weight"),
        "mean": spread.get("mean", figure.get("value")) if timed else None,
        "within_limit": limited.get("within_limit"),
        "overdue_open": proof["overdue_open"],
        **{name: proof[name] for name in ("threshold", "attainment_ratio", "gap")},
        **{name: spread.get(name) for name in ("p90", "max")},
        **{f"{name}_days": clock.get(name) for name in ("gross", "paused", "extended", "net")},
    }
    for name, text in rounded.items():
        exact, said = number(text), number(row[name])
        if exact is None or said is None or abs(said - exact) * 10**14 > abs(exact):
            found.same(f"verdict.{name}", said, exact)
    if proof["statistic"] != "mean" or proof["op"] != "<=":
        found.same("overdue_open", proof["overdue_open"], limited.get("open_past_limit"))
    outside = any(group["provisional"] for group in groups_of(proof))
    weight = figure.get("weight")
    expected = {
        "evidence": figure.get("evidence"),
        "provisional": outside or pace.get("provisional", False),
        "insufficient_sample": weight is not None and Fraction(weight) < proof["min_sample"],
        "clock_doubt": bool(clock.get("doubts")),
        "pending_approvals": clock.get("pending_approvals", 0),
    }
    found.all("verdict.", row, expected)


# Down to the single working day.


def check_calendar(proof, calendar, found):
    pace = proof.get("pace")
    if pace is not None:
        days = pace["baseline_day"], proof["judged_day"], proof["judged_by"]
        start, day, end = map(date.fromisoformat, days)
        found.same("pace.elapsed", pace["elapsed"], calendar.between(start, day))
        found.same("pace.whole", pace["whole"], calendar.between(start, end))
        found.same("pace.provisional", pace["provisional"], calendar.lacks(start, end))
        more = days_to_threshold(proof)
        reached = None if more is None else calendar.due(day, more)
        expected = {
            "reached_on": None if reached is None else reached.isoformat(),
            "reached_on_provisional": reached is not None and calendar.lacks(day, reached),
        }
        points = [(start, Fraction(pace["baseline"]))]
        points += [(date.fromisoformat(one["day"]), Fraction(one["value"])) for one in pace["plan"]]
        points.append((end, Fraction(proof["threshold"])))
        expected["planned"] = planned(calendar, points, day) if pace["plan"] else None
        found.all("pace.", pace, expected)


def planned(calendar, points, day):
    """Return the value on a day of straight lines, in working days, between points."""
    for (since, low), (until, high) in zip(points, points[1:], strict=False):  # noqa: RUF007
        if day <= until:
            whole = calendar.between(since, until)
            return low + (high - low) * calendar.between(since, day) / whole if whole else high
    return None


def days_to_threshold(proof):
    """Return in how many working days the pace reaches the threshold, None if it does not."""
    value, threshold = Fraction(proof["figure"]["value"]), Fraction(proof["threshold"])
    risen, missing = value - Fraction(proof["pace"]["baseline"]), threshold - value
    more = math.ceil(missing / risen * proof["pace"]["elapsed"]) if missing * risen > 0 else None
    return more if more is None or more <= 2_500 else None


def check_cases(proof, calendar, downloaded, found):
    """Count the downloaded cases again and compare what they come to with the proof."""
    about = proof["cases"]
    if about is None:
        found.append(("cases", proof["cases_reason"], "cases"))
        return
    rule, limit = about["rule"], case_limit(proof)
    if calendar is not None:
        found.same("cases.calendar_version", about["calendar_version"], calendar.version)
        calendar = EveryDay() if rule["unit"] == "day" else calendar
    kinds = ["accepted"] if proof["statistic"] == "share" else ["completed"]
    expected = {name: proof[name] for name in ("indicator", "statistic", "judged_day")}
    expected.update(first=proof["period_first"], last=proof["period_last"], limit=limit)
    expected.update(org=proof["verdict"]["org"], selected=kinds)
    if limit is not None:
        kinds.append("open_past_limit")
    found.all("cases.rule.", rule, expected)
    lines = [json.loads(line) for line in downloaded.decode().splitlines()]
    keys = [(line["org"], line["case_no"]) for line in lines]
    found.holds("cases: order 顺序", keys == sorted(set(keys)))
    counts, groups, places, sums = Counter(), Counter(), Counter(), Counter()
    for place, line in enumerate(lines):
        path, where = (
            f"cases[{place}] {line['org']} {line['case_no']}: ",
            (line["org"], line["region"]),
        )
        kind = kind_of(line, rule)
        counts.update([kind, *(["resolved"] if line["resolved"] else [])])
        places[where] += 1
        if kind == "accepted":
            sums[where] += line["resolved"] is True
        else:
            found.all(path, line, clock_of_line(line, rule, calendar))
            groups[tuple(line[name] for name in GROUP)] += 1
            sums[where] += line["net"]
    expected = {
        name: counts[name] for name in ("accepted", "completed", "open_past_limit", "resolved")
    }
    grounds = Counter(pause["ground"] for line in lines for pause in line["pauses"])
    expected["pauses"] = [{"ground": name, "count": n} for name, n in sorted(grounds.items())]
    found.all("cases.", about, {**expected, "sha256": sha256(downloaded).hexdigest()})
    found.same("cases: not selected 不应列入", counts["not selected"], 0)
    if about["worst"] is not None:
        worst = [] if counts["accepted"] else sorted(lines, key=worst_first)[:20]
        found.same("cases.worst", about["worst"], worst)
    if groups_of(proof):
        said = {tuple(one[name] for name in GROUP): one["cases"] for one in groups_of(proof)}
        found.same("distribution.groups", said, dict(groups))
    taken = [one for one in proof["inputs"] if one["kind"] == "cases"]
    found.same("inputs: cases 办件", total(taken, "weight"), Fraction(len(lines)))
    found.same("inputs: sum 合计", total(taken, "numerator"), Fraction(sum(sums.values())))
    for place, one in enumerate(taken):
        where = one["org"], one["region"]
        if one["stands_for"] == 1:
            found.same(f"inputs[{place}].weight", one["weight"], Fraction(places[where]))
            found.same(f"inputs[{place}].numerator", one["numerator"], Fraction(sums[where]))


def worst_first(line):
    return -Fraction(line["days_over"] or 0), -line["net"], line["org"], line["case_no"]


def kind_of(line, rule):
    """Return why the rule selects a case, or that it does not."""
    accepted, completed, kinds = line["accepted_on"], line["completed_on"], rule["selected"]
    here = all(rule[name] in (None, line[name]) for name in ("org", "region"))
    if kinds == ["accepted"]:
        kind, selected = "accepted", rule["first"] <= accepted <= rule["last"]
    elif completed is not None and completed <= rule["last"]:
        kind, selected = "completed", rule["first"] <= completed
    else:
        kind, selected = "open_past_limit", accepted <= rule["judged_day"]
        selected = selected and Fraction(line["days_over"] or 0) > 0
    return kind if here and selected and kind in kinds else "not selected"


def clock_of_line(line, rule, calendar):
    """Return the clock of a case: from its dates with a calendar, else from its own sums."""
    clock = {"gross": line["net"] + line["paused"]}
    if calendar is not None:
        clock = clock_of_case(line, rule, calendar)
    if rule["limit"] is not None:
        limit, past = Fraction(rule["limit"]), line["past_deadline"]
        clock["days_over"] = max(held(line) - limit, Fraction(0))
        clock["limit"] = limit + line["extended"] if past is None else None
    return clock


def clock_of_case(line, rule, calendar):
    last = line["completed_on"]
    last = last if last is not None and last <= rule["last"] else rule["judged_day"]
    start, end = date.fromisoformat(line["accepted_on"]), date.fromisoformat(last)
    before, free = timedelta(days=int(rule["count_start_day"])), rule["approve_pauses_over"]
    counted, waiting = [], []
    for pause in line["pauses"]:
        first, granted = date.fromisoformat(pause["from"]), pause["granted"]
        until = end if pause["to"] is None else min(date.fromisoformat(pause["to"]), end)
        if free is None or calendar.between(first, until) <= free:
            counted.append((first, until))
        elif granted is None:
            waiting.append((first, until))
        elif granted:
            counted.append((first, min(until, calendar.due(first, granted))))

    def paused(pauses):
        """Count each working day once, however many pauses it lies in."""
        days = set()
        for first, until in pauses:
            from_day = max(first, start) - before
            days.update(range(from_day.toordinal() + 1, until.toordinal() + 1))
        most = len(days) if rule["max_paused"] is None else rule["max_paused"]
        return min(calendar.among(days), most)

    extension, asks = line["extension"] or {"days": 0, "granted": 0}, rule["approve_extensions"]
    asked, granted = min(extension["days"], rule["max_extension"]), extension["granted"]
    extended = min(asked, granted or 0) if asks else asked
    undecided = asked if asks and granted is None else 0
    gross, off = calendar.between(start - before, end), paused(counted)
    return {
        "gross": gross,
        "paused": off,
        "net": gross - off,
        "extended": extended,
        "provisional": calendar.lacks(start - before, end),
        "pending_approvals": len(waiting) + bool(undecided),
        "pending_paused": paused(counted + waiting) - off,
        "pending_extended": undecided,
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("proofs", nargs="+", metavar="PROOF", help="评估依据 downloaded proofs")
    parser.add_argument("--cases", metavar="FILE", help="全部办件 all cases, of one proof")
    parser.add_argument("--calendar", metavar="FILE", help="工作日历 the calendar")
    given, code = parser.parse_args(), 0
    if given.cases and len(given.proofs) > 1:
        parser.error("--cases 只用于一份依据 goes with one proof")
    sys.stdout.reconfigure(errors="backslashreplace")  # where a console knows no Chinese
    for path in given.proofs:
        try:
            proof = json.loads(Path(path).read_text("utf-8"), parse_float=Decimal)
            plain = given.calendar and json.loads(Path(given.calendar).read_text("utf-8"))
            cases = Path(given.cases).read_bytes() if given.cases else None
            found = verify(proof, Calendar(plain) if plain else None, cases)
        except (
            OSError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            ArithmeticError,
        ) as error:
            print(f"{path}: 无法读取 cannot be read: {error!r}", file=sys.stderr)
            code = 2
            continue
        print(f"{path}: " + (f"{len(found)} 处不一致 differences" if found else "一致 equal"))
        for where, said, recomputed in found:
            print(f"  {where}: 依据所载 says {said}，复核得 recomputed {recomputed}")
        code = max(code, int(bool(found)))
    return code


if __name__ == "__main__":
    sys.exit(main())
