"""The proof of a verdict as data: inputs, counts and every step, so that anybody can redo it.

Figures are exact text: a decimal where it is one ("5.5"), else a fraction ("11/3"); counts are
whole numbers. `proof.schema.json` (adapters/http) is the published form, docs/proofs.md explains
each field.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from services.indicators.domain.combine import Combined
from services.indicators.domain.criterion import Criterion
from services.indicators.domain.figures import ClockDoubt, Figure
from services.indicators.domain.proof_lines import clock_notes
from services.indicators.domain.rows import JsonObject, VerdictRow
from services.indicators.domain.verdict import Judgement
from services.indicators.domain.wording import Note, as_json, exact_text

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Version of the form below; another one where a field goes or changes its meaning.
FORMAT: Final = 1

_OF_THE_DAY: Final = ("judged_day", "period_ended", "inputs")

_WITHDRAWN: Final = Note(
    "本期已无数据，此行不再保留", "no data for this period any more; the row is withdrawn"
)


def proof(
    criterion: Criterion,
    combined: Combined,
    doubts: Sequence[ClockDoubt],
    judgement: Judgement,
    *,
    granting_attains: bool,
) -> JsonObject:
    """Return what a proof holds as plain data; its steps and sentences follow from that."""
    figure = combined.figure
    clock = figure.clock if figure else None
    notes = (*combined.notes, *clock_notes(criterion, clock, doubts))
    return {
        "format": FORMAT,
        **criterion.about,
        "reporters": combined.reporters,
        "expected": combined.expected,
        "inputs": [made_from.to_dict() for made_from in figure.inputs] if figure else [],
        "figure": figure
        and {
            "value": exact_text(figure.value),
            "numerator": exact_text(figure.numerator),
            "weight": exact_text(figure.weight),
            "evidence": figure.evidence,
        },
        "distribution": _distribution(criterion, figure),
        "overdue_open": combined.overdue_open,
        "clock": clock
        and {
            **clock.to_dict(),
            "granting_attains": granting_attains,
            "pause_share_alarm": exact_text(criterion.indicator.clock.pause_share_alarm),
            "doubts": as_json(doubts),
        },
        **as_json(judgement),
        "notes": as_json(notes),
        "register_version": criterion.register.version,
        "calendar_version": criterion.workdays.version,
    }


def withdrawn_proof(row: VerdictRow) -> JsonObject:
    """Return the proof of a row that stands no longer: nothing is known of it any more."""
    return {
        "format": FORMAT,
        "target": row.target,
        "indicator": row.indicator,
        "clause": row.clause,
        "period": row.period,
        "inputs": [],
        "figure": None,
        "status": row.status,
        "reason": row.reason,
        "steps": [],
        "lines": [as_json(_WITHDRAWN)],
        "notes": [],
        "register_version": row.register_version,
        "calendar_version": row.calendar_version,
    }


def proof_digest(proven: JsonObject) -> str:
    """Return a digest of what a proof says, but not of the day, nor in which submissions.

    A figure stated again is no other figure, and a day that changes nothing makes no new version.
    """
    said = {name: value for name, value in proven.items() if name not in _OF_THE_DAY}
    inputs = [made_from | {"submission_id": None} for made_from in proven["inputs"]]
    return _digest(said | {"inputs": inputs})


def inputs_digest(figure: Figure | None) -> str:
    """Return a digest of what a figure is made from, whichever row it stands in."""
    if figure is None:
        return _digest([])
    inputs = sorted(made_from.exact() for made_from in figure.inputs)
    return _digest([inputs, figure.histogram.groups() if figure.histogram else []])


def _digest(plain: object) -> str:
    return sha256(_encode(plain).encode()).hexdigest()[:32]


def _distribution(criterion: Criterion, figure: Figure | None) -> JsonObject | None:
    """Describe the pooled cases: how many, where they stand to the limit, and each group."""
    if figure is None or figure.histogram is None:
        return None
    histogram, limit = figure.histogram, criterion.case_limit
    return {
        "cases": histogram.count,
        "completed": histogram.count - figure.overdue,
        "open_past_limit": figure.overdue,
        "within_limit": None if limit is None else histogram.within(limit),
        "mean": exact_text(histogram.mean),
        "p90": histogram.p90,
        "p90_rank": histogram.p90_rank,
        "max": histogram.longest,
        "max_less_extension": histogram.longest_beyond_extension,
        "groups": histogram.groups(),
    }
