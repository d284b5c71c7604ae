"""Histories in which every kind of proof occurs, and proofs as they are downloaded."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from duibiao.core import new_id
from duibiao.register import Baseline, ClockRules, Indicator, Op, PeriodType, Register, Target
from duibiao.store import Store
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.submission import Approval, ApprovalKey, CaseContent, Submission
from services.indicators.usecases.apply_submission import apply_submission
from services.indicators.usecases.evidence import EvidenceCache
from tests.service.indicators.service import WORKDAYS, IndicatorsService
from tests.support.clock import ManualClock
from tests.support.project import ROOT
from tests.support.registers import CITY, CUSTOMS, FINANCE, TAX, indicator, register, target
from tests.support.servers.databases import url_in
from tests.support.statements import NOON, at, case, cases, figure, later, observations

TOOL: Final = ROOT / "tools" / "verify_proof.py"
ORGS, REGIONS = (TAX, CUSTOMS, FINANCE), (CITY, "610103", "610122")
TODAY = ("2021-05-20", "2021-08-15", "2021-12-31", "2022-01-04")
EXTENSION, HEARING = "延期〔2021〕1号", "听证〔2021〕1号"
_spec = importlib.util.spec_from_file_location("verify_proof", TOOL)
assert _spec is not None
assert _spec.loader is not None
tool: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tool)


@dataclass(frozen=True, slots=True)
class Download:
    """A proof and, where it is made of cases, these."""

    text: str
    cases: bytes | None

    @property
    def proof(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text, parse_float=Decimal)
        return found

    def save(self, folder: Path) -> list[str]:
        """Write it into a folder; return the command line that verifies it."""
        name = self.proof["id"]
        (folder / f"{name}.json").write_text(self.text, "utf-8")
        if self.cases is None:
            return [f"{name}.json"]
        (folder / f"{name}.ndjson").write_bytes(self.cases)
        return [f"{name}.json", "--cases", f"{name}.ndjson"]


def verify(folder: Path, *line: str) -> subprocess.CompletedProcess[str]:
    """Run the tool in a folder as a stranger does: without our packages or environment."""
    command = [sys.executable, "-I", str(TOOL), "--calendar", "calendar.json", *line]
    return subprocess.run(
        command, cwd=folder, env={}, capture_output=True, encoding="utf-8", check=False
    )


def downloads(service: IndicatorsService) -> Iterator[Download]:
    """Yield the proof of every verdict that stands, as the office downloads it."""
    office, query = service.calls("office"), {"limit": "1000"}
    while True:
        page = office.get("/v1/verdicts", params=query).json()
        for row in page["items"]:
            path = f"/v1/verdicts/{row['id']}"
            text, listed = office.get(f"{path}/proof").text, None
            if json.loads(text)["cases"]:
                answer = office.get(f"{path}/cases")
                assert answer.status_code == 200, answer.text
                listed = answer.content
            yield Download(text, listed)
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]


def generated(folder: Path, seed: int) -> list[Download]:
    """Return the proofs of a history made from a seed."""
    random = Random(seed)
    made = _register(random)
    clock = ManualClock(at(random.choice(TODAY), 12))
    with IndicatorsService(folder, register=made, clock=clock) as service:
        with closing(Store(url_in(folder), "indicators")) as store, store.begin() as tx:
            for submission in _submissions(random, made, clock.today()):
                apply_submission(
                    SqlRepository(tx),
                    Ruleset(made, WORKDAYS),
                    submission,
                    EvidenceCache(),
                    now=clock.now(),
                    new_id=partial(new_id, clock),
                )
        return list(downloads(service))


def _register(random: Random) -> Register:
    indicators: list[Indicator] = []
    targets: list[Target] = []

    def add(statistic: str, op: Op, threshold: str | None) -> None:
        number = len(indicators)
        asks = random.random() < 0.4
        clock = ClockRules(
            max_paused=random.choice((None, None, 4)),
            max_extension=10,
            approve_extensions=asks,
            approve_pauses_over=2 if asks else None,
            pause_share_alarm=Decimal(random.choice((5, 30))),
        )
        period: PeriodType = random.choice(("quarter", "quarter", "month"))
        kind = indicator(
            f"i{number}",
            statistic=statistic,  # type: ignore[arg-type] # one of the four
            unit={"share": "percent", "latest": "item"}.get(statistic, "workday"),
            period_type=period,
            count_start_day=random.random() < 0.3,
            min_sample=random.choice((1, 4)),
            clock=clock,
        )
        baseline = Baseline(Decimal(3), date(2021, 1, 31)) if random.random() < 0.5 else None
        judged_by = random.choice((None, date(2021, 6, 30), date(2021, 12, 31)))
        days = date(2021, 2, 28), date(2021, 5, 31)
        plan = tuple(
            Baseline(Decimal(value), day) for value, day in zip((9, 20), days, strict=True)
        )
        indicators.append(kind)
        targets.append(
            target(
                f"T{number:02}",
                kind,
                op=op,
                threshold=threshold,
                judged_by=judged_by,
                baseline=baseline if statistic == "latest" else None,
                plan=plan if statistic == "latest" and judged_by else (),
            )
        )

    add("each", "<=", random.choice(("3", "8", "20")))
    add("mean", "<=", random.choice(("4.5", "7")))
    add(random.choice(("mean", "share")), random.choice(("rise", "fall")), None)
    add("share", ">=", random.choice(("50", "99.9", "0")))
    add("latest", ">=", random.choice(("40", "90")))
    add("latest", ">=", "74")
    add(random.choice(("mean", "latest")), ">=", None)
    return register(indicators=indicators, targets=targets)


def _submissions(random: Random, made: Register, today: date) -> Iterator[Submission]:
    for number in range(40):
        kind = made.indicators[random.choice(sorted(made.indicators))]
        org, name = random.choice(ORGS), f"s{number:02}"
        by_cases = kind.statistic != "latest" and random.random() < 0.6
        if by_cases:
            rows = [(f"c{random.randrange(40):02}", _case(random, today)) for _ in range(6)]
            yield cases(
                name, *dict(rows).items(), indicator=kind.code, org=org, stated=later(number)
            )
            if kind.clock.asks and random.random() < 0.5:
                yield _approvals(random, f"a{number:02}", kind, org, rows)
        else:
            yield _figure(random, name, kind, org, number)


def _case(random: Random, today: date) -> CaseContent:
    first = date(2021, 1, 4).toordinal()
    accepted = random.randrange(first, min(first + 240, today.toordinal() - 3))
    ended = random.choice((None, accepted + random.randrange(60)))
    if ended is not None and ended >= today.toordinal():
        ended = None
    end = min(accepted + 30, ended or today.toordinal())
    pauses = sorted(random.sample(range(accepted, end + 1), k=min(2, end + 1 - accepted)))
    paused = len(pauses) > 1 and random.random() < 0.5
    return case(
        _day(accepted),
        None if ended is None else _day(ended),
        region=random.choice(REGIONS),
        resolved=None if ended is None else random.random() < 0.7,
        pauses=((_day(pauses[0]), _day(pauses[1])),) if paused else (),
        extension=random.choice((None, None, 5, 9)),
    )


def _approvals(
    random: Random, name: str, kind: Indicator, org: str, rows: Sequence[tuple[str, CaseContent]]
) -> Submission:
    key = ApprovalKey(kind.code, org, rows[0][0], random.choice((EXTENSION, HEARING)))
    decided = Approval(key, random.choice((0, 2, 9)), "同意", NOON, name)
    return Submission(name, org, NOON, approvals=(decided,))


def _figure(random: Random, name: str, kind: Indicator, org: str, number: int) -> Submission:
    period = random.choice(("2021Q1", "2021Q2", "202101", "202102", "202104", "2020Q1"))
    if kind.period_type == "month":
        period = random.choice(("202101", "202102", "202103", "202104", "202001"))
    sample = random.choice((None, 2, 11))
    content = figure(f"{random.randrange(200) / 10}", sample)
    if kind.statistic == "share":
        whole = random.randrange(1, 60)
        content = random.choice((figure(of=(random.randrange(whole + 1), whole)), figure(45, 7)))
    elif kind.statistic == "latest":
        content = figure(random.randrange(100))
    return observations(
        name,
        (random.choice(REGIONS), period, content),
        indicator=kind.code,
        org=org,
        stated=later(number),
    )


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()
