"""The key of a message: what its content says, and what is no match for it."""

import pytest

from duibiao.contracts.keys import expect_key, key_of
from duibiao.contracts.v1.alert_pb2 import Alert
from duibiao.contracts.v1.outcome_pb2 import Outcomes
from duibiao.contracts.v1.submission_pb2 import Submission
from duibiao.contracts.v1.verdict_pb2 import Changed, Duty, Verdict

KEYS = [
    (Submission(org="tax-bureau"), "tax-bureau"),
    (Outcomes(org="tax-bureau"), "tax-bureau"),
    (Changed(verdict=Verdict(target="T16", region="610100")), "T16//610100"),
    (
        Changed(verdict=Verdict(target="T16", org="tax-bureau", region="610102")),
        "T16/tax-bureau/610102",
    ),
    (Changed(duty=Duty(duty="6.3/2021Q1", org="tax-bureau")), "6.3/2021Q1/tax-bureau"),
    (Alert(target="T16", region="610100"), "T16//610100"),
    (Alert(duty="6.3/2021Q1", org="tax-bureau"), "6.3/2021Q1/tax-bureau"),
]


@pytest.mark.parametrize(("message", "key"), KEYS)
def test_the_key_is_that_of_the_content(
    message: Submission | Outcomes | Changed | Alert, key: str
) -> None:
    assert key_of(message) == key
    expect_key(message, key)
    expect_key(message, None)
    for other in ("", "finance-bureau", f"{key} ", key.swapcase()):
        with pytest.raises(ValueError, match="stands under the key"):
            expect_key(message, other)
