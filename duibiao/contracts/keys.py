"""The key under which each message stands on the log, as its content says (contract section 4).

Readers compare the two: a record under another org's key is forged or misdirected, and it would be
applied out of the order of that org's records.
"""

from duibiao.contracts.v1.alert_pb2 import Alert
from duibiao.contracts.v1.decision_pb2 import Decision
from duibiao.contracts.v1.outcome_pb2 import Outcomes
from duibiao.contracts.v1.submission_pb2 import Submission
from duibiao.contracts.v1.verdict_pb2 import Changed

Keyed = Submission | Outcomes | Changed | Alert | Decision


def key_of(message: Keyed) -> str:
    """Return the org; of a decision its subject, of a verdict or an alert `target/org/region`.

    Of a duty `duty/org`.
    """
    match message:
        case Submission() | Outcomes():
            return message.org
        case Decision():
            return message.subject
        case Alert():
            return _key(message.duty, message.target, message.org, message.region)
        case Changed():
            if message.HasField("duty"):
                return _key(message.duty.duty, "", message.duty.org, "")
            row = message.verdict
            return _key("", row.target, row.org, row.region)


def expect_key(message: Keyed, key: str | None) -> None:
    """Raise ValueError where a message stands under another key than its own; None: under none."""
    own = key_of(message)
    if key is not None and own != key:
        raise ValueError(f"it speaks of {own!r} and stands under the key {key!r}")


def _key(duty: str, target: str, org: str, region: str) -> str:
    return f"{duty}/{org}" if duty else f"{target}/{org}/{region}"
