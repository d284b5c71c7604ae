"""Proofs as a stranger checks them: against the published schema, and by redoing every step."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from jsonschema import Draft202012Validator

from services.indicators.adapters.http.proofs import proof_schema
from services.indicators.adapters.proofs import sealed

VALIDATOR: Final = Draft202012Validator(proof_schema())
_OPERATIONS: Final[Mapping[str, Callable[..., Fraction | bool]]] = {
    "sum": lambda *parts: sum(parts, Fraction(0)),
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other,
    "max": lambda *parts: max(parts),
    "min": lambda *parts: min(parts),
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
}


def check_proof(proof: Mapping[str, Any]) -> None:
    """Check a proof as it is kept or answered: its form, its steps, what they come to."""
    about = {"stands": True, "cases": None, "cases_reason": "no_cases", "audit_position": None}
    answered = sealed({"id": "", "verdict": {}, **proof, **about})
    assert [error.message for error in VALIDATOR.iter_errors(answered)] == []
    found: dict[str, Fraction | bool] = {}
    for step in proof["steps"]:
        result = _OPERATIONS[step["operation"]](*map(Fraction, step["operands"]))
        assert result == (step["result"] if isinstance(result, bool) else Fraction(step["result"]))
        found[step["name"]] = result
    if proof["figure"] is None:
        return
    assert found["value"] == Fraction(proof["figure"]["value"])
    for name in ("attainment_ratio", "gap", "met"):
        if name in found:
            said = proof[name]
            assert found[name] == (said if isinstance(said, bool) else Fraction(said))
    assert (proof["met"] is None) == ("met" not in found)
    if proof["pace"] is not None:
        assert found["projected"] == Fraction(proof["pace"]["projected"])
    _check_counts(proof)


def _check_counts(proof: Mapping[str, Any]) -> None:
    """Check that groups and inputs come to the sums that stand beside them."""
    distribution, clock = proof["distribution"], proof["clock"]
    if distribution is not None:
        groups = distribution["groups"]
        assert sum(group["cases"] for group in groups) == distribution["cases"]
        net = sum(group["net"] * group["cases"] for group in groups)
        assert Fraction(distribution["mean"]) == Fraction(net, distribution["cases"])
        paused = sum(group["paused"] * group["cases"] for group in groups)
        assert (clock["net"], clock["paused"]) == (net, paused)
    if clock is not None:
        parts = [made_from["clock"] for made_from in proof["inputs"] if made_from["clock"]]
        for name in parts[0]:
            assert clock[name] == sum(part[name] for part in parts)
        assert clock["gross"] - clock["paused"] == clock["net"]
