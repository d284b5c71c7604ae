"""Scorecards: what counts and how much, worked out by hand; ranks, ties, parts that drop out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from duibiao.register import DutyStatus, Register, parse
from duibiao.register.values import ScorecardWeights
from services.indicators.domain.rows import DutyKey, DutyRow, Reason, Status, VerdictRow
from services.indicators.domain.scorecard import Line, ReceivedRows, Results, Scorecard, cards
from tests.support.registers import (
    CUSTOMS,
    FINANCE,
    TAX,
    alert_rules,
    measure,
    milestone,
    org,
    register,
    target,
)
from tests.support.statements import duty_row, verdict

DISTRICT = "east-district"
ORGS = [org(TAX), org(CUSTOMS), org(FINANCE), org(DISTRICT, kind="district")]
REGISTER = register(
    orgs=ORGS,
    targets=[target("T01", leads=(TAX,)), target("T02", leads=(TAX, CUSTOMS))],
    measures=[
        measure("1.1", leads=(TAX, CUSTOMS), milestones=(milestone("1.1-plan"),)),
        measure("1.2", leads=(DISTRICT, FINANCE)),
    ],
)


def weighted(*weights: int) -> Register:
    rules = replace(alert_rules(), scorecard=ScorecardWeights(*weights))
    parts = REGISTER.targets, REGISTER.measures
    return register(orgs=ORGS, targets=parts[0], measures=parts[1], rules=rules)


def row(
    target: str = "T01",
    ratio: Fraction | str | None = None,
    status: Status = "missed",
    *,
    period: str = "2021Q1",
    reason: Reason | None = None,
) -> VerdictRow:
    attained = None if ratio is None else Fraction(ratio)
    found = verdict(target, period, status=status).row
    return found._replace(attainment_ratio=attained, reason=reason)


def made(
    verdicts: Iterable[VerdictRow] = (),
    duties: Iterable[DutyRow] = (),
    rows: Sequence[ReceivedRows] = (),
    *,
    of: Register = REGISTER,
    period: str = "2021Q1",
    quarters: Sequence[str] = ("2021Q1",),
) -> dict[str, Scorecard]:
    known = {DutyKey(duty.duty, duty.org): duty for duty in duties}
    results = Results(tuple(verdicts), known, dict.fromkeys(quarters, rows))
    found = cards(of, parse(period), results, provisional=False)
    return {card.org: card for card in found}


def owed(status: DutyStatus, duty: str = "1.1/2021Q1", of: str = TAX) -> DutyRow:
    return duty_row(duty, of, status=status)


def only_line(**given: Any) -> Line:  # noqa: ANN401 - of `made`
    (line,) = [one for part in made(**given)[TAX].parts for one in part.lines]
    return line


@pytest.mark.parametrize(
    ("found", "points"),
    [
        (row(ratio="5/6"), "0.8333"),
        (row(ratio="0.99999"), "0.9999"),  # not attained: never all of it
        (row(ratio="1", status="met"), "1"),
        (row(ratio="10", status="sustained"), "1"),
        (row(ratio="-1/2"), "0"),
        (row(ratio="0.4", status="behind"), "0.4"),
        (row(ratio="0.4", status="on_track"), "1"),  # by its pace
        (row(ratio="0.7", status="regressed"), "0.7"),
        (row(status="met"), "1"),  # those without a ratio are directions
        (row(status="on_track"), "1"),
        (row(status="sustained"), "1"),
        (row(status="missed"), "0"),
        (row(status="behind"), "0"),
        (row(status="regressed"), "0"),
        (row(status="unknown", reason="no_figure"), "0"),
        (row(status="unknown", reason="no_threshold"), None),
        (row(status="unknown", reason="no_comparison"), None),
        (row(ratio="1/2", status="waived"), None),
    ],
)
def test_points_of_a_target(found: VerdictRow, points: str | None) -> None:
    line = only_line(verdicts=[found])
    assert line.points == (None if points is None else Decimal(points))
    assert (line.about, line.id, line.status) == ("target", "T01", found.reason or found.status)


@pytest.mark.parametrize(
    ("status", "points"),
    [
        ("on_time", 1),
        ("zero_report", 1),
        ("late", 0),
        ("overdue", 0),
        ("not_due", None),
        ("due_soon", None),
        ("exempt", None),
    ],
)
def test_points_of_a_duty(status: DutyStatus, points: int | None) -> None:
    line = only_line(duties=[owed(status)])
    assert (line.about, line.id, line.status) == ("duty", "1.1/2021Q1", status)
    assert line.points == points


@pytest.mark.parametrize(
    ("kind", "points"), [("observations", 6), ("reports", 6), ("cases", 9), ("approvals", None)]
)
def test_points_of_rows(kind: Any, points: int | None) -> None:  # noqa: ANN401 - a kind
    card = made(rows=[ReceivedRows(TAX, kind, 10, 1, 3)])[TAX]
    quality = card.parts[2]
    assert [(line.points, line.of) for line in quality.lines] == (
        [] if points is None else [(Decimal(points), Decimal(10))]
    )
    assert quality.score == (None if points is None else points * 10)


def test_a_line_is_told_in_both_languages() -> None:
    target_line = only_line(verdicts=[row(ratio="5/6")])
    assert (target_line.text_zh, target_line.text) == ("T01：未达标", "T01: Missed")
    duty_line = only_line(duties=[owed("late")])
    assert (duty_line.text_zh, duty_line.text) == ("1.1/2021Q1：迟报", "1.1/2021Q1: Late")
    rows_line = only_line(rows=[ReceivedRows(TAX, "cases", 10, 1, 3)])
    assert rows_line.text_zh == "办件：共10行，被拒1行，更正3行"
    assert rows_line.text == "Cases: 10 rows, 1 rejected, 3 revised"


SOME: dict[str, Any] = {
    # (0.5 + 1) / 2 = 75; one of two = 50; 12 of 15 and all of 5 = 85
    "verdicts": [row("T01", "1/2"), row("T02", "2", "met")],
    "duties": [
        owed("on_time"),
        owed("late", "1.1/2021Q2"),  # of another quarter
        replace(owed("overdue"), duty="1.1-plan", milestone="1.1-plan", period="2021Q1"),
        owed("on_time", of=CUSTOMS),
    ],
    "rows": [ReceivedRows(TAX, "observations", 15, 1, 2), ReceivedRows(TAX, "cases", 5, 0, 5)],
}


def test_a_score_is_the_weighted_mean_of_its_parts() -> None:
    card = made(**SOME)[TAX]
    assert [(part.part, part.weight, part.score) for part in card.parts] == [
        ("attainment", 60, Decimal(75)),
        ("timeliness", 25, Decimal(50)),
        ("quality", 15, Decimal(85)),
    ]
    assert card.score == Decimal("70.25")  # (4500 + 1250 + 1275) / 100
    assert [part.counts for part in card.parts] == [
        {"missed": 1, "met": 1},
        {"on_time": 1, "overdue": 1},
        {},
    ]


@pytest.mark.parametrize(
    ("weights", "score"),
    [
        ((1, 1, 1), "70"),  # 210 / 3
        ((2, 1, 0), "66.66"),  # 200 / 3
        ((0, 1, 0), "50"),
        ((0, 0, 7), "85"),
        ((100, 50, 1), "66.78"),  # 10085 / 151 = 66.788
    ],
)
def test_other_weights_make_another_score(weights: tuple[int, int, int], score: str) -> None:
    assert made(**SOME, of=weighted(*weights))[TAX].score == Decimal(score)


def test_parts_that_do_not_apply_drop_out_and_the_others_are_rescaled() -> None:
    found = made(SOME["verdicts"], SOME["duties"])
    tax, customs = found[TAX], found[CUSTOMS]
    assert tax.parts[2].score is None
    assert tax.score == Decimal("67.64")  # (60 x 75 + 25 x 50) / 85 = 67.647
    assert customs.score == 100
    waived = made([row(status="waived")], [owed("exempt")])[TAX]
    assert [part.score for part in waived.parts] == [None, None, None]
    assert (waived.score, waived.rank) == (None, None)
    assert waived.parts[0].counts == {"waived": 1}
    weightless = made(SOME["verdicts"], of=weighted(0, 1, 1))[TAX]
    assert (weightless.parts[0].score, weightless.score) == (Decimal(75), None)


def test_ranks_are_within_a_kind_and_equal_scores_share_one() -> None:
    found = made(
        duties=[
            owed("late"),
            owed("on_time", of=CUSTOMS),
            owed("on_time", "1.2/2021Q1", FINANCE),
            owed("late", "1.2/2021Q1", DISTRICT),
        ]
    )
    assert {code: (card.rank, card.ranked) for code, card in found.items()} == {
        CUSTOMS: (1, 3),
        FINANCE: (1, 3),
        TAX: (3, 3),
        DISTRICT: (1, 1),
    }
    assert [*found] == [CUSTOMS, FINANCE, TAX, DISTRICT]


def test_units_without_a_score_come_last_in_their_kind() -> None:
    found = made(duties=[owed("late", of=CUSTOMS), owed("on_time", "1.2/2021Q1", DISTRICT)])
    assert [(card.org, card.rank, card.ranked) for card in found.values()] == [
        (CUSTOMS, 1, 1),
        (TAX, None, 1),
        (FINANCE, None, 1),
        (DISTRICT, 1, 1),
    ]


def test_what_ends_in_a_quarter_counts_in_it() -> None:
    periods = ("202101", "202103", "2021Q1", "20210331", "2020Q4", "202104", "2021S1", "2021")
    rows = [row(ratio="1/2", period=period) for period in periods]
    ended = {
        quarter: [
            line.period
            for line in made(rows, period=quarter, quarters=[quarter])[TAX].parts[0].lines
        ]
        for quarter in ("2021Q1", "2021Q2", "2021Q4")
    }
    assert ended == {
        "2021Q1": ["202101", "202103", "20210331", "2021Q1"],
        "2021Q2": ["202104", "2021S1"],
        "2021Q4": ["2021"],
    }


def test_a_year_joins_its_quarters_each_of_the_same_weight() -> None:
    duties = [
        owed("on_time", "1.1/2021Q1"),
        owed("late", "1.1/2021Q2"),
        owed("exempt", "1.1/2021Q3"),
    ]
    verdicts = [row(ratio="1/2", period="2021Q1"), row(ratio="1", period="2021Q2")]
    quarters = [f"2021Q{n}" for n in (1, 2, 3, 4)]
    card = made(verdicts, duties, period="2021", quarters=quarters)[TAX]

    # (60 x 50 + 25 x 100) / 85 = 64.705; (60 x 100 + 0) / 85 = 70.588; the mean of the two
    assert [(part.part, part.weight, part.score) for part in card.parts] == [
        ("2021Q1", 1, Decimal("64.70")),
        ("2021Q2", 1, Decimal("70.58")),
        ("2021Q3", 1, None),
        ("2021Q4", 1, None),
    ]
    assert card.score == Decimal("67.64")
    assert [(line.id, line.points, line.of) for line in card.parts[0].lines] == [
        ("attainment", Decimal(30), Decimal(60)),
        ("timeliness", Decimal(25), Decimal(25)),
        ("quality", None, Decimal(15)),
    ]
    assert (card.period, card.rank, card.ranked) == ("2021", 1, 1)


def test_targets_that_the_register_has_no_longer_do_not_count() -> None:
    assert made([row("T99", "1/2")])[TAX].score is None
