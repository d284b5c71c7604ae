"""Whatever is wrong with some rows, every row is counted once and no good one is lost."""

import json
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.submission import Format
from tests.support.ingest import case, draft, listed, read, unpacked

GOOD: st.SearchStrategy[dict[str, Any]] = st.just({})
BAD: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"outcome": "lost"},
        {"completed_at": "2021-02-01"},
        {"indicator": None, "region": "nowhere"},
        {"mood": "good"},
        {"labels": {"a": 1}},
    ]
)


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[list[object], list[int]]:
    """Draw rows and the places of those that are bad."""
    rows: list[object] = []
    bad: list[int] = []
    for place, change in enumerate(draw(st.lists(GOOD | BAD | st.none(), max_size=12))):
        rows.append(None if change is None else case(case_no=f"N-{place}") | change)
        if change is None or change:
            bad.append(place)
    return rows, bad


@given(mixtures(), st.sampled_from(["json", "ndjson"]))
def test_every_row_is_taken_or_refused(
    mixture: tuple[list[object], list[int]], form: Format
) -> None:
    rows, bad = mixture
    texts = [json.dumps(row) for row in rows]
    body = "\n".join(texts) if form == "ndjson" else f"[{','.join(texts)}]"
    taken = listed(draft("case", body.encode(), form))
    if not rows:
        assert taken.problem is not None
        return
    assert (taken.received, taken.rejected) == (len(rows), len(bad))
    assert {flaw.index for flaw in taken.errors} == set(bad)
    packed = unpacked(taken)
    assert [row.index for row in packed.cases] == [n for n in range(len(rows)) if n not in bad]
    assert (packed.received, packed.rejected) == (len(rows), len(bad))


@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=8))
def test_a_row_is_refused_exactly_when_it_has_a_twin(names: list[str]) -> None:
    taken = read("case", *[case(case_no=name) for name in names])
    twins = [place for place, name in enumerate(names) if names.count(name) > 1]
    assert [flaw.index for flaw in taken.errors] == twins
    assert taken.rejected == len(twins)


@given(mixtures(), st.randoms())
def test_faults_belong_to_their_rows_whatever_the_order(
    mixture: tuple[list[object], list[int]], random: Random
) -> None:
    rows, _ = mixture
    order = list(range(len(rows)))
    random.shuffle(order)
    if not rows:
        return
    straight = read("case", *rows).errors
    mixed = read("case", *[rows[place] for place in order]).errors
    back = [replace(flaw, index=order[flaw.index]) for flaw in mixed if flaw.index is not None]
    assert sorted(straight, key=repr) == sorted(back, key=repr)
