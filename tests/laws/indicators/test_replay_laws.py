"""Whatever was submitted, in whatever batches over whatever days: a replay comes to the same state.

And where the state or the topic was tampered with, the replay says where, and puts it right.
"""

from collections.abc import Sequence
from itertools import count
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Column, Integer, Table

from services.indicators.adapters.replay.run import REBUILT
from services.indicators.adapters.repository import tables
from tests.laws.indicators.random_statements import Said, batches, statements
from tests.service.indicators.replaying import Installed, Rows, installed

DAYS = ["2021-04-01", "2021-06-30", "2021-07-01", "2021-09-15", "2022-01-05"]
randoms = st.randoms(use_true_random=False)


def lived(here: Installed, said: Sequence[Said], random: Random) -> None:
    """Let submissions come in over some days, some of them twice."""
    for submission in batches(said, random, count(1)):
        here.pass_to(random.choice(DAYS))
        here.tell(submission)
        if random.random() < 0.2:
            here.append(submission, name=f"{submission.id}-again")
            here.work()
    here.pass_to(random.choice(DAYS))


@given(said=statements(), random=randoms)
@settings(deadline=None, max_examples=10)
def test_a_replay_comes_to_the_state_that_stands_and_says_nothing(
    said: list[Said], random: Random
) -> None:
    with installed(DAYS[0]) as here:
        lived(here, said, random)
        before = here.state()

        report = here.replay()

        assert report.differences == []
        assert (report.total, report.lost, report.swapped) == (0, [], False)
        assert here.state() == before


@given(said=statements(), random=randoms)
@settings(deadline=None, max_examples=6)
def test_what_the_topic_has_lost_comes_from_ingest(said: list[Said], random: Random) -> None:
    with installed(DAYS[0]) as here:
        lived(here, said, random)
        gone = random.sample(sorted(here.kept.submissions), k=min(3, len(here.kept.submissions)))
        here.lose(*gone, *(f"{name}-again" for name in gone))

        blind = here.replay()
        report = here.replay(kept=here.kept)

        assert (sorted(blind.lost), blind.swapped) == (sorted(gone), False)
        assert (report.differences, report.lost) == ([], [])
        assert report.taken.sources["ingest"] == len(gone)


@given(said=statements(), random=randoms)
@settings(deadline=None, max_examples=4)
def test_all_of_it_can_come_from_ingest(said: list[Said], random: Random) -> None:
    with installed(DAYS[0]) as here:
        lived(here, said, random)

        report = here.replay("ingest", kept=here.kept)

        assert (report.differences, report.lost) == ([], [])
        assert report.taken.sources == {"topic": 0, "ingest": len(here.kept.submissions)}


@given(said=statements(), random=randoms)
@settings(deadline=None, max_examples=12)
def test_a_row_that_was_changed_by_hand_is_named_and_put_right(
    said: list[Said], random: Random
) -> None:
    with installed(DAYS[0]) as here:
        lived(here, said, random)
        sound = here.made_anew()
        table = random.choice([one for one in REBUILT if sound[one.name]])
        key = tampered(here, table, random)
        assume(here.made_anew() != sound)

        report = here.replay(check=True)
        untouched = here.made_anew()
        named = {(found.table, found.key) for found in report.differences}
        if table is tables.applied and report.lost:
            return  # a submission nobody has ever seen: nothing is replaced, it is only named

        assert (table.name, "/".join(map(str, key))) in named
        assert here.made_anew() == untouched
        assert here.replay().swapped
        assert here.replay().total == 0
        assert without_ids(here.made_anew()) == without_ids(sound)


def tampered(here: Installed, table: Table, random: Random) -> tuple[object, ...]:
    """Change, take out or double one row; return the key that must be named."""
    row = random.choice(here.rows(table))
    keys = list(table.primary_key.columns)
    key = tuple(row[list(table.columns).index(column)] for column in keys)
    if random.random() < 0.3:
        here.change(table, key)
        return key
    columns = [column for column in table.columns if column.name not in CARRIED]
    column = random.choice([one for one in columns if not one.primary_key])
    value = other_than(column, row[list(table.columns).index(column)])
    here.change(table, key, **{column.name: value})
    return key


CARRIED = {"applied_us", "document", "proof"}
"""When a submission was applied no record says; documents have tests of their own."""


def other_than(column: Column[object], value: object) -> object:
    if isinstance(column.type, Boolean):
        return not value
    if isinstance(column.type, (Integer, BigInteger)):
        return 7 if value is None else int(str(value)) + 1
    return f"{value}0" if value else "1"


def without_ids(state: dict[str, Rows]) -> dict[str, Rows]:
    """Return the state but for ids, moments and documents of verdicts."""
    places = [list(tables.verdicts.columns).index(c) for c in tables.verdicts.columns
              if c.name not in {"id", "document", "proof"}]  # fmt: skip
    verdicts = [tuple(row[place] for place in places) for row in state["verdicts"]]
    moved = [row[:4] for row in state["applied"]]
    return {**state, "verdicts": verdicts, "applied": moved}
