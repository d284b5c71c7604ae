"""Each example of working days goes in by `POST /v1/cases` and comes out of the read API.

Ingest takes the rows, its records are what the indicators service reads; on both databases.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from duibiao.register import ClockRules
from services.ingest.domain.context import Kind
from tests.service.indicators.service import SUBMISSIONS, IndicatorsService
from tests.service.ingest.service import Desk, assert_problem
from tests.support.registers import TAX, indicator, register, target
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_database")

RULES = ClockRules(max_extension=10)
AFTER, WITH, OTHER, ASKS = "after-start-day", "with-start-day", "other", "asks"
KINDS = [
    indicator(AFTER, statistic="each", reported_by=(TAX,), clock=RULES),
    indicator(WITH, statistic="each", reported_by=(TAX,), clock=RULES, count_start_day=True),
    indicator(OTHER, statistic="each", reported_by=(TAX,), clock=RULES),
    indicator(
        ASKS,
        statistic="each",
        reported_by=(TAX,),
        clock=ClockRules(max_extension=10, approve_extensions=True),
    ),
    indicator("calls", statistic="share", unit="percent", direction="up", reported_by=(TAX,)),
]
REGISTER = register(
    indicators=KINDS,
    targets=[
        target("T01", KINDS[0], threshold=35, leads=(TAX,)),
        target("T02", KINDS[1], threshold=36, leads=(TAX,)),
        target("T03", KINDS[2], threshold=35, leads=(TAX,)),
        target("T04", KINDS[3], threshold=35, leads=(TAX,)),
        target("T05", KINDS[4], op=">=", threshold=50, leads=(TAX,)),
    ],
)
Row = dict[str, Any]
Counted = tuple[int, int]  # gross, paused


class Example(NamedTuple):
    """A case and its days, without and with the start day."""

    accepted: str
    completed: str
    pauses: tuple[tuple[str, str], ...]
    after: Counted
    with_start: Counted


CASES = (
    Example("2021-02-07", "2021-02-07", (), (0, 0), (1, 0)),  # a Sunday, made up for
    Example("2021-02-05", "2021-02-07", (), (1, 0), (2, 0)),
    Example("2021-02-05", "2021-02-08", (), (2, 0), (3, 0)),
    Example("2021-02-06", "2021-02-07", (), (1, 0), (1, 0)),
    Example("2021-04-30", "2021-05-06", (), (1, 0), (2, 0)),
    Example("2021-09-30", "2021-10-08", (), (1, 0), (2, 0)),
    Example("2021-10-08", "2021-10-09", (), (1, 0), (2, 0)),
    Example("2021-09-16", "2021-10-12", (("2021-09-22", "2021-09-29"),), (14, 6), (15, 7)),
    Example("2020-01-23", "2020-02-03", (), (1, 0), (2, 0)),
    Example("2021-01-20", "2021-03-15", (), (35, 0), (36, 0)),
    Example("2021-03-01", "2021-03-19", (("2021-03-08", "2021-03-12"),), (14, 4), (15, 5)),
)
LAST_DAYS = (
    (35, "2021-01-20", "2021-03-15"),
    (1, "2021-02-05", "2021-02-07"),
    (20, "2021-02-08", "2021-03-12"),
    (5, "2021-09-28", "2021-10-11"),
    (7, "2021-12-30", "2022-01-11"),
    (10, "2020-01-22", "2020-02-13"),
)


class Office:
    """Ingest, and behind it indicators, on one database."""

    def __init__(self, desk: Desk, indicators: IndicatorsService) -> None:
        self.desk = desk
        self.indicators = indicators
        self._read = 0

    def post(self, *rows: Row, kind: Kind = "case", by: str = "tax") -> Row:
        """Post rows and wait until they are evaluated; return the answer."""
        answer = self.desk.post(kind, list(rows), by=by)
        assert answer.status_code == 202, answer.text
        self._read += 1
        record = self.desk.records(self._read)[-1]
        known = len(self.indicators.outcomes())
        self.indicators.append(SUBMISSIONS, record)
        until(lambda: len(self.indicators.outcomes()) > known, what="evaluated")
        told: Row = answer.json()
        return told

    def refused(self, row: Row) -> list[tuple[str, str]]:
        errors = assert_problem(self.desk.post("case", row), 422)
        return [(error["code"], error["pointer"]) for error in errors]

    def records(self, kind: str) -> dict[str, Row]:
        rows = self.indicators.items("/v1/records/cases", indicator=kind, limit=1000)
        return {row["case_no"]: row for row in rows}

    def verdict(self, period: str, target: str = "T01") -> Row:
        (row,) = self.indicators.items("/v1/verdicts", target=target, org="", period=period)
        return row


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, each_database: str) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp(f"office-{each_database}")
    with (
        IndicatorsService(folder, register=REGISTER) as indicators,
        Desk(folder, register=REGISTER) as desk,
    ):
        desk.clock.set(indicators.clock.now())
        yield Office(desk, indicators.start())


def row(number: str, accepted: str, completed: str | None = None, **more: object) -> Row:
    state = {"outcome": "open"} if completed is None else {"completed_at": completed}
    return {
        "case_no": number,
        "indicator": AFTER,
        "accepted_at": accepted,
        "outcome": "completed",
        **state,
        **more,
    }


def pause(start: str, end: str | None) -> Row:
    return {"from": start, "to": end, "ground": "hearing", "document": "听〔2021〕1号"}


def test_every_example_of_the_table(office: Office) -> None:
    rows = [
        row(
            f"{kind}-{n}",
            one.accepted,
            one.completed,
            indicator=kind,
            pauses=[pause(*paused) for paused in one.pauses],
        )
        for kind in (AFTER, WITH)
        for n, one in enumerate(CASES)
    ]
    office.post(*rows)
    for kind in (AFTER, WITH):
        found = office.records(kind)
        for n, one in enumerate(CASES):
            gross, paused = one.after if kind == AFTER else one.with_start
            record = found[f"{kind}-{n}"]
            days = [record[name] for name in ("gross_days", "paused_days", "net_days")]
            assert days == [gross, paused, gross - paused], (kind, one)
            assert (record["extended_days"], record["overdue_days"]) == (0, 0)
    # The rows sum what was completed in the quarter; 35 days meet 35.
    first = office.verdict("2021Q1")
    assert (first["gross_days"], first["paused_days"], first["net_days"]) == (53, 4, 49)
    assert (first["status"], first["max"], first["sample_size"]) == ("met", 35, 6)
    assert office.verdict("2021Q1", "T02")["max"] == 36


@pytest.mark.parametrize(("days", "start", "due"), LAST_DAYS)
def test_last_days_of_limits(office: Office, days: int, start: str, due: str) -> None:
    asked: dict[str, str | int] = {"from": start, "days": days}
    found = office.indicators.get("/v1/workdays", **asked)
    assert (found["due"], found["provisional"]) == (due, False)


def test_2021_has_250_working_days(office: Office) -> None:
    found = office.indicators.get("/v1/workdays", **{"from": "2020-12-31", "to": "2021-12-31"})
    assert (found["workdays"], found["provisional"]) == (250, False)


def test_a_unit_cannot_bend_its_clock(office: Office) -> None:
    late = ("2021-06-01", "2021-09-30")
    extension = {"days": 60, "document": "延1", "approved_by": "局长"}
    year_before = row("y", *late, pauses=[pause("2020-06-01", "2021-09-29")])
    assert office.refused(row("x", *late, extension=extension)) == [
        ("extension-too-long", "/extension/days")
    ]
    assert office.refused(row("x", *late, extension={"days": 5, "document": "延1"})) == [
        ("missing", "/extension/approved_by")
    ]
    assert office.refused(year_before) == [("pause-before-acceptance", "/pauses/0/from")]
    assert office.refused(row("c", "2021-06-01", indicator="calls", resolved=True)) == [
        ("open-but-resolved", "/resolved")
    ]


def test_an_extension_an_open_pause_and_a_mistyped_year(office: Office) -> None:
    extension = {"days": 10, "document": "延2", "approved_by": "局长"}
    told = office.post(
        # 2021-07-01 to 08-25: 39 working days, 4 more than 35.
        row("extended", "2021-07-01", "2021-08-25", indicator=OTHER, extension=extension),
        row("paused", "2021-12-01", indicator=OTHER, pauses=[pause("2021-12-06", None)]),
        row("typo", "1921-12-01", indicator=OTHER),
    )
    assert [(w["code"], w["pointer"], w["index"]) for w in told["warnings"]] == [
        ("unusual-age", "/accepted_at", 2)
    ]
    found = office.records(OTHER)
    assert (found["extended"]["net_days"], found["extended"]["limit"]) == (39, 45)
    # Open since 1 December, still: 2, 3 and 6 December had passed when the clock stopped.
    assert (found["paused"]["net_days"], found["paused"]["overdue_days"]) == (3, 0)
    assert found["typo"]["overdue_days"] > 25_000
    third = office.verdict("2021Q3", "T03")  # the extended one is within, the mistyped one not
    assert (third["within_limit"], third["sample_size"], third["overdue_open"]) == (1, 2, 1)
    last = office.verdict("2021Q4", "T03")
    assert (last["status"], last["provisional"]) == ("missed", True)
    proof = office.indicators.get(f"/v1/verdicts/{last['id']}/proof")
    assert proof["clock"]["cases"] == proof["distribution"]["cases"] == last["sample_size"]


def test_an_extension_that_waits_counts_once_the_office_approves_it(office: Office) -> None:
    extension = {"days": 10, "document": "延3", "approved_by": "局长"}
    office.post(row("1", "2021-07-01", "2021-08-25", indicator=ASKS, extension=extension))
    waiting = office.verdict("2021Q3", "T04")
    assert (waiting["status"], waiting["pending_approvals"]) == ("missed", 1)
    proof = office.indicators.get(f"/v1/verdicts/{waiting['id']}/proof")
    assert proof["clock"]["granting_attains"]
    (record,) = office.records(ASKS).values()
    assert (record["pending_approvals"], record["overdue_days"]) == (1, 4)
    grant = {"org": TAX, "indicator": ASKS, "case_no": "1", "document": "延3", "days": 5}
    office.post(grant | {"reason": "同意"}, kind="approval", by="office")
    granted = office.verdict("2021Q3", "T04")
    assert (granted["status"], granted["pending_approvals"]) == ("met", 0)
    (record,) = office.records(ASKS).values()
    assert (record["extended_days"], record["limit"], record["overdue_days"]) == (5, 40, 0)
    assert_problem(office.desk.post("approval", grant | {"reason": "同意"}), 422)
