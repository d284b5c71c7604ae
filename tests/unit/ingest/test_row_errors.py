from services.ingest.domain.errors import KEPT, RowError, RowErrors


def test_there_is_nothing_wrong_at_first() -> None:
    flaws = RowErrors()
    assert not flaws
    assert (flaws.total, flaws.listed(), flaws.spoiled, flaws.barred) == (0, (), set(), False)


def test_flaws_are_listed_row_by_row_those_of_the_body_first() -> None:
    flaws = RowErrors()
    for flaw in (
        RowError("b", index=2),
        RowError("a", index=0),
        RowError("c"),
        RowError("d", index=0),
    ):
        flaws.add(flaw)
    assert [flaw.code for flaw in flaws.listed()] == ["c", "a", "d", "b"]
    assert flaws.spoiled == {0, 2}
    assert not flaws.barred


def test_only_the_first_are_kept_and_all_are_counted() -> None:
    flaws = RowErrors()
    for index in range(KEPT + 5):
        flaws.add(RowError("a", index=index))
    assert flaws.total == 1_005
    assert [flaw.index for flaw in flaws.listed()] == list(range(1_000))
    assert len(flaws.spoiled) == 1_005


def test_a_flaw_can_bar_the_whole_request() -> None:
    flaws = RowErrors()
    flaws.bar(RowError("a"))
    assert flaws
    assert flaws.barred
    assert flaws.spoiled == set()
