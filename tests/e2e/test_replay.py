"""`duibiao replay` on the real product, in every shape: nothing differs, and what was harmed heals.

20,000 cases in `make test`, 1,000,000 in `make soak`; figures are printed.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from _pytest.mark import ParameterSet
from sqlalchemy import Table, delete, func, select, update

from duibiao.store import Store
from services.alerts.adapters.tables import TRANSITIONS
from services.indicators.adapters.encoding import from_json, to_document
from services.indicators.adapters.repository import tables
from services.indicators.domain.rows import Verdict
from tests.support.commands import duibiao
from tests.support.product import NO_LIMITS, Row
from tests.support.registers import the_register
from tests.support.shapes import (
    KINDS,
    ONE_ON_SQLITE,
    THREE_ON_POSTGRES,
    Kind,
    Server,
    Shape,
    made,
    make_keys,
    settings_of,
)

MORTGAGES = the_register().indicators["mortgage-registration-days"]
HOTLINE = the_register().indicators["hotline-resolution-rate"]
REBATES = the_register().indicators["export-rebate-days"]
BATCH = 10_000
KILLED = -9


@dataclass
class Ran:
    code: int
    told: Row
    seconds: float
    err: str


class Case:
    """One installation that is stopped and started under a replay."""

    def __init__(self, kind: Kind, folder: Path, server: Server) -> None:
        settings = settings_of(kind, server) | NO_LIMITS
        # Reports owed before this day raise no alert: theirs would come while we look.
        settings["DUIBIAO_WATCH_FROM"] = "2022-01-01"
        self.shape: Shape = made(kind, folder, settings)
        make_keys(self.shape)

    def stop(self) -> None:
        """Stop every process that runs."""
        for process in self.shape.processes:
            if process.running:
                assert process.stop() == 0, process.arguments

    def close(self) -> None:
        for process in self.shape.processes:
            process.close()
        self.shape.client.close()

    def replay(self, *arguments: str, failpoints: str = "") -> Ran:
        settings = dict(self.shape.environment)
        if failpoints:
            settings["DUIBIAO_FAILPOINTS"] = failpoints
        began = time.monotonic()
        done = duibiao(settings, "replay", "--json", *arguments, seconds=7200)
        told = json.loads(done.out) if done.out else {}
        return Ran(done.code, told, time.monotonic() - began, done.err)

    def submit(self, kind: str, org: str, rows: Sequence[Row]) -> None:
        answer = self.shape.post(kind, org, rows)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text

    def store(self, service: str) -> Store:
        return Store(self.shape.environment["DUIBIAO_DATABASE_URL"], service)

    def rows(self, service: str, table: Table) -> list[tuple[Any, ...]]:
        store = self.store(service)
        with store.read() as connection:
            rows = connection.execute(select(table).order_by(*table.primary_key.columns))
            found = [tuple(row) for row in rows]
        store.close()
        return found

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all that a replay may change, and the rest."""
        return {
            table.name: self.rows("indicators", table) for table in tables.metadata.sorted_tables
        }

    def harm(self) -> None:
        """Change a verdict, a figure and a duty as nobody should."""
        store = self.store("indicators")
        with store.begin() as tx:
            verdicts, duties = tables.verdicts, tables.duties
            ours = [verdicts.c.target == "T16", verdicts.c.period == "2021Q4", verdicts.c.org == ""]
            document = tx.execute(select(verdicts.c.document).where(*ours)).scalar_one()
            kept = from_json(document, Verdict)
            turned = to_document(kept._replace(row=kept.row._replace(status="met")))
            tx.execute(update(verdicts).where(*ours).values(status="met", document=turned))
            tx.execute(delete(tables.figures).where(tables.figures.c.period == "2021Q4"))
            first = tx.execute(select(duties.c.duty, duties.c.org).order_by(*duties.primary_key))
            duty, org = first.first() or ("", "")
            wanted = [duties.c.duty == duty, duties.c.org == org]
            tx.execute(update(duties).where(*wanted).values(status="exempt"))
        store.close()


HARMED = {"verdicts", "figures", "duties"}


def on(*kinds: Kind | ParameterSet) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", kinds, indirect=True, ids=lambda kind: kind.name)


ON_EACH = on(*KINDS)
MOSTLY_ON_SQLITE = on(ONE_ON_SQLITE, pytest.param(THREE_ON_POSTGRES, marks=pytest.mark.soak))


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    kind: Kind = request.param
    found = Case(kind, tmp_path / "state", request.getfixturevalue)
    found.shape.start()
    yield found
    found.close()


def handled(first: int, count: int) -> list[Row]:
    """Return so many mortgage registrations, done within one to two days."""
    return [
        {
            "case_no": f"M-{number:07d}",
            "indicator": MORTGAGES.code,
            "accepted_at": f"2021-1{number % 3}-{number % 25 + 1:02d}T09:00:00",
            "completed_at": f"2021-1{number % 3}-{number % 25 + 2 + number % 2:02d}T15:00:00",
            "outcome": "completed",
        }
        for number in range(first, first + count)
    ]


def calls(first: int, count: int) -> list[Row]:
    """Return so many hotline cases, two thirds of them resolved."""
    return [
        {
            "case_no": f"H-{number:07d}",
            "indicator": HOTLINE.code,
            "accepted_at": f"2021-0{number % 9 + 1}-{number % 27 + 1:02d}T09:00:00",
            "completed_at": f"2021-0{number % 9 + 1}-{number % 27 + 2:02d}T15:00:00",
            "outcome": "completed",
            "resolved": number % 3 > 0,
        }
        for number in range(first, first + count)
    ]


def lived(case: Case, cases: int) -> None:
    """Let cases come in, a breach that alerts, a report, corrections and repeats."""
    breach = {"indicator": REBATES.code, "period": "2021Q4", "value": 5.9, "sample_size": 9}
    case.submit("observations", REBATES.reported_by[0], [breach])
    for first in range(0, cases, 2 * BATCH):
        size = min(BATCH, (cases - first) // 2)
        case.submit("cases", MORTGAGES.reported_by[0], handled(first, size))
        case.submit("cases", HOTLINE.reported_by[0], calls(first, size))
    corrected = [row | {"resolved": True} for row in calls(0, 100)]
    case.submit("cases", HOTLINE.reported_by[0], corrected)
    case.submit("cases", MORTGAGES.reported_by[0], handled(50, 100))
    org = next(org for org in the_register().measures[0].leads)
    report = {"measure": the_register().measures[0].no, "period": "2021Q1", "state": "in_progress",
              "summary": "推进"}  # fmt: skip
    case.submit("progress-reports", org, [report])
    case.shape.settled(seconds=7200)


@MOSTLY_ON_SQLITE
@pytest.mark.parametrize(
    "cases", [20_000, pytest.param(1_000_000, marks=[pytest.mark.soak, pytest.mark.timeout(0)])]
)
def test_a_replay_of_many_cases_finds_no_difference(case: Case, cases: int) -> None:
    began = time.monotonic()
    lived(case, cases)
    came_in = time.monotonic() - began
    case.stop()
    before = [case.rows("alerts", TRANSITIONS), case.rows("indicators", tables.verdicts)]

    ran = case.replay()

    print(  # noqa: T201 - the figure of this test
        f"\n{cases} cases came in within {came_in:.1f} s, replayed in {ran.seconds:.1f} s, "
        f"{ran.told.get('differences_total')} differences"
    )
    assert (ran.code, ran.told["differences"], ran.told["lost"]) == (0, [], []), ran.err
    assert ran.told["rows"] == cases + 202
    assert before == [case.rows("alerts", TRANSITIONS), case.rows("indicators", tables.verdicts)]
    store = case.store("indicators")
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.cases)).scalar() == cases
    store.close()


@ON_EACH
def test_what_was_harmed_is_named_and_heals_and_no_alert_rings_twice(case: Case) -> None:
    lived(case, 40)
    running = case.replay("--check")
    assert (running.code, running.told["differences_total"]) == (0, 0), running.err
    case.stop()
    alerts = case.rows("alerts", TRANSITIONS)
    case.harm()

    checked = case.replay("--check")
    mended = case.replay()
    again = case.replay()

    for ran in (checked, mended):
        assert ran.code == 1, ran.err
        assert {found["table"] for found in ran.told["differences"]} >= HARMED
    assert (checked.told["swapped"], mended.told["swapped"]) == (False, True)
    assert (again.code, again.told["differences"]) == (0, [])

    case.shape.start()
    case.shape.settled()
    verdict = case.shape.verdict("T16", "2021Q4")
    assert (verdict["status"], verdict["value"]) == ("missed", 5.9)
    assert case.shape.get(f"/v1/verdicts/{verdict['id']}/proof").status_code == httpx.codes.OK
    assert case.rows("alerts", TRANSITIONS) == alerts

    case.submit("cases", MORTGAGES.reported_by[0], handled(1_000, 10))
    case.shape.settled()
    assert case.replay("--check").told["rows"] == 40 + 202 + 10
    case.stop()


@MOSTLY_ON_SQLITE
def test_killed_in_the_middle_the_state_is_the_old_one_or_the_new_one(case: Case) -> None:
    lived(case, 40)
    case.stop()
    case.harm()
    before = case.state()

    for at in ("replay.read", "replay.before-commit"):
        killed = case.replay(failpoints=at)
        assert killed.code == KILLED, killed.err
        assert case.state() == before, at
    killed = case.replay(failpoints="replay.after-commit")

    assert killed.code == KILLED, killed.err
    after = case.state()
    assert after["figures"] != before["figures"]
    assert (after["positions"], after["alerts_seen"]) == (
        before["positions"],
        before["alerts_seen"],
    )
    assert case.replay().code == 0
    assert case.state() == after


@on(ONE_ON_SQLITE)
def test_in_words_for_a_person_and_what_is_no_time_is_refused(case: Case) -> None:
    lived(case, 40)
    case.stop()
    case.harm()
    settings = case.shape.environment

    shown = duibiao(settings, "replay", "--check")
    wrong = duibiao(settings, "replay", "--from", "yesterday")

    assert shown.code == 1
    assert "未作替换。Nothing was replaced." in shown.out
    assert "figures" in shown.out
    assert "重读报送 reading submissions" in shown.err
    assert wrong.code == 2
    assert "earliest" in wrong.err


def test_help_names_what_it_does() -> None:
    done = duibiao({}, "replay", "--help")

    assert "--from" in done.out
