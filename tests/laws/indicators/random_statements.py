"""Random statements of few identities, and random ways of putting them into submissions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from hypothesis import strategies as st

from duibiao.register import ClockRules, Register
from services.indicators.domain.submission import (
    CaseContent,
    CaseStatement,
    FigureContent,
    FigureStatement,
    ReportContent,
    ReportStatement,
    Submission,
)
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import (
    NOON,
    case,
    case_statement,
    figure,
    figure_statement,
    report_statement,
    restated,
    submitted,
)

YANTA, LANTIAN = "610113", "610122"
Row = FigureStatement | CaseStatement | ReportStatement

CLOCK = ClockRules(max_extension=15, max_paused=40, approve_pauses_over=30)
EACH = indicator("each", statistic="each", min_sample=2, clock=CLOCK)
MEAN = indicator("mean", statistic="mean")
SHARE = indicator("share", statistic="share", unit="percent", direction="up")
LATEST = indicator("latest", statistic="latest", unit="item", direction="up")


def the_little_register() -> Register:
    half = date(2021, 6, 30)
    return register(
        indicators=[EACH, MEAN, SHARE, LATEST],
        targets=[
            target("T01", EACH, threshold=20, due=half),
            target("T02", MEAN, threshold="5.5"),
            target("T03", SHARE, op="rise", threshold=None),
            target("T04", LATEST, op=">=", threshold=74, due=date(2021, 12, 31)),
            target("T05", MEAN, op="<=", threshold=6, due=half),
            target("T06", EACH, threshold=None),
        ],
    )


@dataclass(frozen=True)
class Said:
    """One statement of an org, to be put into some submission."""

    org: str
    row: Row

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.org, *(part for part in self.row.key if part != self.row.key.org))


orgs = st.sampled_from([TAX, CUSTOMS])
regions = st.sampled_from([CITY, YANTA, LANTIAN])
days = st.dates(
    min_value=NOON.date() - timedelta(days=250), max_value=NOON.date() + timedelta(days=300)
)


@st.composite
def case_contents(draw: st.DrawFn) -> CaseContent:
    accepted = draw(days)
    lasted = draw(st.integers(0, 150))
    completed = (accepted + timedelta(days=lasted)).isoformat() if draw(st.booleans()) else None
    outcome = draw(st.sampled_from(["completed", "refused", "withdrawn"])) if completed else None
    if completed is None and draw(st.integers(0, 4)) == 0:
        outcome = "withdrawn"
    pause = (accepted + timedelta(days=draw(st.integers(0, 60)))).isoformat()
    until = None if draw(st.booleans()) else (accepted + timedelta(days=90)).isoformat()
    return case(
        accepted.isoformat(),
        completed,
        region=draw(regions),
        outcome=outcome,  # type: ignore[arg-type]
        resolved=draw(st.none() | st.booleans()),
        pauses=((pause, until),) if draw(st.booleans()) else (),
        extension=draw(st.none() | st.integers(0, 20)),
    )


@st.composite
def figure_contents(draw: st.DrawFn) -> FigureContent:
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return figure(not_applicable=True)
    if kind == 1:
        return figure(of=(draw(st.integers(0, 90)), draw(st.integers(1, 90))))
    value = draw(st.decimals(0, 100, places=2))
    return figure(value, draw(st.none() | st.integers(1, 40)))


@st.composite
def statements(draw: st.DrawFn) -> list[Said]:
    """Return statements of few identities, each with several contents at different times."""
    said: list[Said] = []
    for number in range(draw(st.integers(1, 7))):
        org, kind = draw(orgs), draw(st.integers(0, 4))
        name = draw(st.sampled_from(["each", "mean", "share"]))
        region = draw(regions)
        period = draw(st.sampled_from(["2020Q4", "2021Q1", "2021Q2", "202105", "2021Q3", "202109"]))
        for time in range(draw(st.integers(1, 3))):
            at = NOON + timedelta(minutes=draw(st.integers(0, 3)) * 10 + time)
            if kind <= 2:
                content = draw(case_contents())
                row: Row = case_statement(f"c{number}", content, indicator=name, stated=at)
            elif kind == 3:
                figures = draw(st.sampled_from(["each", "mean", "share", "latest"]))
                row = figure_statement(
                    draw(figure_contents()),
                    indicator=figures,
                    region=region,
                    period=period,
                    stated=at,
                )
            else:
                zero = draw(st.booleans())
                row = report_statement(content=ReportContent("done", zero_report=zero), stated=at)
            said.append(Said(org, row))
        if draw(st.booleans()):  # a return to what was said last, or before it
            back = draw(st.sampled_from(said))
            said.append(Said(back.org, restated(back.row, NOON + timedelta(hours=1))))
    return list({(one.identity, one.row.stated_at): one for one in said}.values())


def batches(said: Sequence[Said], random: Random, names: Iterator[int]) -> list[Submission]:
    """Put statements into submissions at random: one org and kind each, no identity twice."""
    made: list[list[Said]] = []
    for one in said:
        fitting = [
            batch
            for batch in made[-2:]
            if batch[0].org == one.org
            and isinstance(one.row, type(batch[0].row))
            and one.identity not in {other.identity for other in batch}
        ]
        if fitting and random.random() < 0.5:
            fitting[0].append(one)
        else:
            made.append([one])
    return [_submission(f"s{next(names):04}", batch) for batch in made]


def _submission(name: str, batch: Sequence[Said]) -> Submission:
    return submitted(name, batch[0].org, NOON, *(one.row for one in batch))
