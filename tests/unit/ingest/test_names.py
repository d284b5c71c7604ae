"""What the quick way remembers about names."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from services.ingest.adapters import names as meanings
from services.ingest.adapters.names import Names
from services.ingest.adapters.packing import record
from services.ingest.adapters.plain import PlainCases, PlainObservations
from tests.support.ingest import NOON, terms
from tests.support.registers import CUSTOMS, TAX

OURS = terms(org=TAX)
ROW = ("days", "610103", "2021Q1", "5.5", "", "", "", "", "", "", "")


def figures(names: Names) -> PlainObservations:
    plain = PlainObservations(names, OURS)
    plain.into(record("", "", "", "observation", NOON))
    return plain


def test_what_was_found_is_kept_per_org_and_day() -> None:
    names = Names()
    known = names.of(OURS)
    assert figures(names).take(0, ROW)
    (named,) = known.values()
    assert (named.indicator, named.region, named.period) == ("days", "610103", "2021Q1")
    assert (named.statistic, named.least, named.most) == ("mean", Decimal(0), Decimal(1000))
    assert names.of(OURS) is known
    assert names.of(terms(org=CUSTOMS)) == {}
    assert names.of(replace(OURS, today=date(2021, 6, 2))) == {}


def test_what_is_wrong_is_not_kept() -> None:
    names = Names()
    observations = figures(names)
    for wrong in (("theirs", *ROW[1:]), ("days", "x", *ROW[2:]), (*ROW[:2], "2021Q3", *ROW[3:])):
        assert not observations.take(0, wrong)
    assert names.of(OURS) == {}


def test_cases_and_figures_do_not_share_names() -> None:
    names = Names()
    cases = PlainCases(names, OURS)
    cases.into(record("", "", "", "case", NOON))
    case = ("A-1", "days", "610103", "2021-03-01", "", "open", "", "", "", "", "", "", "")
    assert cases.take(0, case)
    assert list(names.of(OURS)) == [("days", "610103")]


def test_nothing_grows_for_ever() -> None:
    names = Names()
    known = names.of(OURS)
    known.update({(n,): None for n in range(meanings._MOST_KNOWN)})  # type: ignore[misc]  # noqa: SLF001
    assert names.of(OURS) == {}
    for n in range(meanings._MOST_ORGS + 5):  # noqa: SLF001
        names.of(terms(org=f"org-{n}"))
    assert len(names._known) <= meanings._MOST_ORGS  # noqa: SLF001
