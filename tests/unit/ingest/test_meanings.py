"""What is remembered of names: indicator, region and period, per org and day."""

from dataclasses import replace
from datetime import date

from services.ingest.domain import meanings as module
from services.ingest.domain.meanings import Meanings
from tests.support.ingest import terms
from tests.support.registers import CUSTOMS, TAX

OURS = terms(org=TAX)
NAMES = ("days", "610103", "2021Q1")


def test_what_was_found_is_kept_per_org_and_day() -> None:
    meanings = Meanings()
    found = meanings.of(OURS)(*NAMES)
    assert found is not None
    assert (found.indicator, found.region, found.period) == NAMES
    assert (found.statistic, found.low, found.high) == ("mean", 0, 1000)
    assert meanings.of(OURS)(*NAMES) is found
    assert meanings.of(terms(org=CUSTOMS))(*NAMES) is not found
    assert meanings.of(replace(OURS, today=date(2021, 6, 2)))(*NAMES) is not found


def test_what_is_wrong_means_nothing() -> None:
    meaning = Meanings().of(OURS)
    for wrong in (("theirs", *NAMES[1:]), ("days", "x", "2021Q1"), (*NAMES[:2], "2021Q3")):
        assert meaning(*wrong) is None


def test_cases_and_figures_do_not_share_names() -> None:
    meanings = Meanings()
    of_case = meanings.of(OURS)("days", "610103")
    assert of_case is not None
    assert of_case.period == ""
    assert meanings.of(OURS)("days", "610103", None) is None


def test_nothing_grows_for_ever() -> None:
    meanings = Meanings()
    meanings.of(OURS)(*NAMES)
    (known,) = meanings._known.values()  # noqa: SLF001
    known.update({(n,): None for n in range(module._MOST_KNOWN)})  # type: ignore[misc]  # noqa: SLF001
    meanings.of(OURS)
    assert list(meanings._known.values()) == [{}]  # noqa: SLF001
    for n in range(module._MOST_ORGS + 5):  # noqa: SLF001
        meanings.of(terms(org=f"org-{n}"))
    assert len(meanings._known) <= module._MOST_ORGS  # noqa: SLF001
