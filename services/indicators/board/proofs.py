"""The proof of a verdict as a reader reads it: the steps, what went in, how long cases took.

Turns the plain data of a kept proof into words and places; adds no arithmetic of its own. A proof
kept by an older version may lack parts, and then the page lacks them too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from duibiao.register import Register
from services.indicators.board.figures import number, period_name
from services.indicators.board.language import Language
from services.indicators.board.lines import org_name, region_name
from services.indicators.board.spread import Spread, spread
from services.indicators.board.words import INPUT_KIND, say
from services.indicators.domain.rows import JsonObject

INPUTS_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class InputLine:
    """One thing the figure was made from; None where it does not say so."""

    kind: str
    org: str
    region: str
    period: str
    value: str | None
    numerator: str | None
    weight: str | None
    overdue_open: str | None
    submission: str | None


@dataclass(frozen=True, slots=True)
class ProofText:
    """A proof in the page's language. `more` counts the inputs that are not listed."""

    steps: tuple[str, ...]
    notes: tuple[str, ...]
    inputs: tuple[InputLine, ...]
    more: int
    spread: Spread | None
    judged_day: str | None
    register_version: str
    calendar_version: str


def read_proof(register: Register, proof: JsonObject, language: Language) -> ProofText:
    """Say a proof in words."""
    inputs: Sequence[JsonObject] = proof.get("inputs", ())
    limit = proof.get("threshold")
    return ProofText(
        steps=_said(proof.get("lines", ()), language),
        notes=_said(proof.get("notes", ()), language),
        inputs=tuple(_input(register, made_from, language) for made_from in inputs[:INPUTS_SHOWN]),
        more=max(len(inputs) - INPUTS_SHOWN, 0),
        spread=spread(
            (proof.get("distribution") or {}).get("groups", ()),
            None if limit is None else _exact(limit),
            language,
        ),
        judged_day=proof.get("judged_day"),
        register_version=str(proof.get("register_version", "")),
        calendar_version=str(proof.get("calendar_version", "")),
    )


def _said(lines: Sequence[Mapping[str, str]], language: Language) -> tuple[str, ...]:
    return tuple(line[language] for line in lines)


def _input(register: Register, made_from: JsonObject, language: Language) -> InputLine:
    overdue = made_from.get("overdue_open")
    return InputLine(
        kind=say(INPUT_KIND, str(made_from.get("kind")), language),
        org=org_name(register, str(made_from.get("org")), language),
        region=region_name(register, str(made_from.get("region")), language),
        period=period_name(str(made_from.get("period")), language),
        value=_text(made_from.get("value")),
        numerator=_text(made_from.get("numerator")),
        weight=_text(made_from.get("weight")),
        overdue_open=_text(overdue) if overdue else None,
        submission=made_from.get("submission_id"),
    )


def _text(value: Any) -> str | None:  # noqa: ANN401 - exact text or a count, as it was kept
    return None if value is None else number(_exact(value))


def _exact(value: Any) -> Fraction:  # noqa: ANN401 - the same
    return Fraction(str(value))
