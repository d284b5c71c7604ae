"""Whatever the bytes, a body is taken or its faults are told; nothing else ever happens."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duibiao.web.problems import Problem
from services.ingest.adapters.answers import problem_of, rendered
from services.ingest.adapters.compression import decompressed
from services.ingest.domain.context import Kind
from services.ingest.domain.rows import ROWS
from services.ingest.domain.submission import Format
from services.ingest.usecases.accept_submission import Refused
from tests.support.ingest import KINDS, accepted, draft, listed

NAMES = sorted({name for row in ROWS.values() for name in row.fields})

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=30,
)
SYNTAX = st.text('[]{}",:\\\n 0123456789.eE+-truefalsn', max_size=80).map(str.encode)
BODIES = st.one_of(
    st.binary(max_size=200),
    SYNTAX,
    JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(JSON, max_size=4).map(lambda rows: "\n".join(map(json.dumps, rows)).encode()),
)


@pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150)
@given(BODIES)
def test_any_body_is_taken_or_told(kind: Kind, form: Format, body: bytes) -> None:
    posted = draft(kind, body, form)
    taken = listed(posted)
    assert (taken.errors_total > 0) == bool(taken.errors)
    assert taken.rejected <= taken.received
    if taken.problem is None:
        assert taken.org is not None
    refusal = problem_of(Refused(taken.problem or "invalid", taken.errors, taken.errors_total))
    assert isinstance(refusal, Problem)
    assert 400 <= refusal.status < 500
    for fault in json.loads(rendered(taken.errors)):
        assert fault["message"]
        assert fault["message_zh"]
        assert fault["index"] is None or 0 <= fault["index"] < taken.received
    quick = accepted(posted)
    assert quick is None or not taken.errors


@settings(max_examples=200)
@given(st.binary(max_size=60) | st.binary(max_size=60).map(gzip.compress), st.integers(0, 200))
def test_any_gzip_is_unpacked_or_refused(body: bytes, cut: int) -> None:
    try:
        assert len(decompressed(body[: len(body) - cut], "gzip", 100)) <= 100
    except Refused as refused:
        assert problem_of(refused).status in {400, 413}  # noqa: PT017 - either is right
