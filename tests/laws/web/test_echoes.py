"""A problem about anything that was sent can itself be sent."""

import json

from hypothesis import given
from hypothesis import strategies as st

from duibiao.web.problems import Problem, error_detail, response


@given(st.text(st.characters(), max_size=200))
def test_whatever_was_sent_a_problem_can_be_sent_back(value: str) -> None:
    told = error_detail("unknown-org", pointer="/org", value=value)
    sent = response(Problem("invalid", [told]), path="/v1/observations", trace_id="trace")
    assert json.loads(bytes(sent.body))["status"] == 422
