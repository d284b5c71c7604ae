"""Laws of clocks and limits: what must never help, and what must never hurt."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from services.indicators.domain.case_clock import case_clock
from services.indicators.domain.submission import CaseContent
from tests.support.indicators import Indicators, the_workdays
from tests.support.registers import indicator, register, target
from tests.support.statements import case, cases

EACH = indicator(statistic="each")
FIRST = date(2021, 1, 1)
days = st.integers(0, 85).map(lambda n: FIRST + timedelta(days=n))
lengths = st.integers(0, 60)
limits = st.decimals(0, 30, places=1)


@st.composite
def handled(draw: st.DrawFn) -> CaseContent:
    """Draw a case accepted in the first quarter, open or completed."""
    accepted, length = draw(days), draw(st.none() | lengths)
    completed = None if length is None else str(accepted + timedelta(days=length))
    return case(str(accepted), completed, extension=draw(st.none() | st.integers(1, 10)))


bags = st.lists(handled(), max_size=12)


def judged(bag: list[CaseContent], *thresholds: Decimal) -> list[tuple[object, Decimal | None]]:
    """Return (status, attainment) of the first quarter by limits of some days each."""
    targets = [target(f"T{n:02}", EACH, threshold=limit) for n, limit in enumerate(thresholds, 1)]
    it = Indicators(register(indicators=[EACH], targets=targets), "2021-07-01")
    it.post(cases("s1", *((str(n), content) for n, content in enumerate(bag))))
    found = [it.row(one.id, "2021Q1") for one in targets]
    return [(row.status, row.attainment_ratio) for row in found]  # type: ignore[misc]


@settings(deadline=None)
@given(bags, limits, limits)
def test_widening_a_limit_never_turns_met_into_missed(
    bag: list[CaseContent], limit: Decimal, more: Decimal
) -> None:
    (narrow, share), (wide, wider_share) = judged(bag, limit, limit + more)
    assert not (narrow == "met" and wide == "missed")
    if share is not None and wider_share is not None:
        assert wider_share >= share


@settings(deadline=None)
@given(handled(), st.lists(st.tuples(lengths, st.none() | lengths), max_size=4), days)
def test_a_pause_never_lengthens_net_time(
    content: CaseContent, drawn: list[tuple[int, int | None]], seen: date
) -> None:
    accepted = content.accepted_at.date()
    found = []
    for number in range(len(drawn) + 1):
        pauses = tuple(
            (
                str(accepted + timedelta(days=start)),
                None if length is None else str(accepted + timedelta(days=start + length)),
            )
            for start, length in drawn[:number]
        )
        paused = content._replace(pauses=case(str(accepted), pauses=pauses).pauses)
        found.append(case_clock(paused, EACH, max(seen, accepted), the_workdays()))
    nets = [one.net for one in found]
    assert nets == sorted(nets, reverse=True)
    assert min(nets) >= 0
    assert {one.gross for one in found} == {found[0].gross}


@settings(deadline=None)
@given(bags, limits)
def test_an_open_overdue_case_never_raises_attainment(
    bag: list[CaseContent], limit: Decimal
) -> None:
    ((_, before),) = judged(bag, limit)
    # From 4 January to 31 March there are 58 working days: past every limit drawn here.
    ((status, after),) = judged([*bag, case("2021-01-04")], limit)
    if before is not None:  # with completed cases there is a figure
        assert after is not None
        assert after <= before
        assert status == "missed"
