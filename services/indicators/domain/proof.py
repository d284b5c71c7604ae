"""The proof of a verdict as data: inputs, counts and every step, so that anybody can redo it.

Figures are exact text: a decimal where it is one ("5.5"), else a fraction ("11/3"); counts are
whole numbers. `proof.schema.json` (adapters/http) is the published form, docs/proofs.md explains
each field.
"""

import json
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Final, NamedTuple

from services.indicators.domain.combine import Combined
from services.indicators.domain.criterion import Criterion, Pace, Terms
from services.indicators.domain.figures import Doubt, Figure, Input
from services.indicators.domain.histogram import ClockTotals, Histogram
from services.indicators.domain.proof_lines import clock_notes, lines
from services.indicators.domain.rows import Plain, VerdictRow
from services.indicators.domain.steps import steps
from services.indicators.domain.verdict import Comparison, Judgement
from services.indicators.domain.wording import Note, exact_text

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
FORMAT: Final = 1
"""Version of the form below; another one where a field goes or changes its meaning."""

_WITHDRAWN: Final = Note(
    "本期已无数据，此行不再保留", "no data for this period any more; the row is withdrawn"
)


class Counted(NamedTuple):
    """What a row is judged on: its figure, the clocks of its cases and whose are in doubt.

    `granting_attains`: not met, but would be if all that waits for approval were granted.
    """

    combined: Combined
    clock: ClockTotals | None
    doubts: tuple[Doubt, ...]
    granting_attains: bool


def proof(criterion: Criterion, counted: Counted, judgement: Judgement) -> Plain:
    """Return what a proof holds as plain data; `completed` adds what follows from that."""
    combined, figure = counted.combined, counted.combined.figure
    notes = (*combined.notes, *clock_notes(criterion, counted.clock, counted.doubts))
    return {
        "format": FORMAT,
        **criterion.about,
        "reporters": combined.reporters,
        "expected": combined.expected,
        "inputs": [made_from.to_dict() for made_from in figure.inputs] if figure else [],
        "figure": _figure(figure),
        "distribution": _distribution(criterion, figure),
        "clock": _clock(criterion, counted),
        **_judged(judgement),
        "notes": [note.to_dict() for note in notes],
        "register_version": criterion.register.version,
        "calendar_version": criterion.workdays.version,
    }


def completed(kept: Plain) -> Plain:
    """Return a proof with its steps and its sentences, which follow from what is kept of it."""
    if "phase" not in kept:  # withdrawn: nothing was judged
        return kept
    terms, figure, judgement = _terms(kept), _figure_of(kept), _judgement(kept)
    told = {
        "steps": [step.to_dict() for step in steps(terms, figure, judgement)],
        "lines": [line.to_dict() for line in lines(terms, figure, judgement)],
    }
    last = ("notes", "register_version", "calendar_version")
    return {
        **{name: value for name, value in kept.items() if name not in last},
        **told,
        **{name: kept[name] for name in last},
    }


def withdrawn_proof(row: VerdictRow) -> Plain:
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
        "lines": [_WITHDRAWN.to_dict()],
        "notes": [],
        "register_version": row.register_version,
        "calendar_version": row.calendar_version,
    }


def proof_digest(proven: Plain) -> str:
    """Return a digest of what a proof says, but not of the day, nor in which submissions.

    A figure stated again is no other figure, and a day that changes nothing makes no new version.
    """
    said = {name: value for name, value in proven.items() if name not in ("judged_day", "inputs")}
    inputs = [made_from | {"submission_id": None} for made_from in proven["inputs"]]
    return _digest(said | {"inputs": inputs})


def inputs_digest(figure: Figure | None) -> str:
    """Return a digest of what a figure is made from, whichever row it stands in."""
    if figure is None:
        return _digest([])
    inputs = sorted(made_from.exact() for made_from in figure.inputs)
    return _digest([inputs, figure.spread.groups() if figure.spread else []])


def _digest(plain: object) -> str:
    return sha256(_encode(plain).encode()).hexdigest()[:32]


def _figure(figure: Figure | None) -> Plain | None:
    if figure is None:
        return None
    return {
        "value": exact_text(figure.value),
        "numerator": exact_text(figure.numerator),
        "weight": exact_text(figure.weight),
        "evidence": figure.evidence,
    }


def _distribution(criterion: Criterion, figure: Figure | None) -> Plain | None:
    """Describe the pooled cases: how many, where they stand to the limit, and each group."""
    if figure is None or figure.spread is None:
        return None
    spread, limit = figure.spread, criterion.case_limit
    return {
        "cases": spread.count,
        "completed": spread.count - figure.overdue,
        "open_past_limit": figure.overdue,
        "within_limit": None if limit is None else spread.within(limit),
        "mean": exact_text(spread.mean),
        "p90": spread.p90,
        "p90_rank": spread.p90_rank,
        "max": spread.longest,
        "max_less_extension": spread.longest_beyond_extension,
        "groups": spread.groups(),
    }


def _clock(criterion: Criterion, counted: Counted) -> Plain | None:
    if counted.clock is None:
        return None
    return {
        **counted.clock.to_dict(),
        "granting_attains": counted.granting_attains,
        "pause_share_alarm": exact_text(criterion.indicator.clock.pause_share_alarm),
        "doubts": [
            {
                "org": doubt.org,
                "paused_share": exact_text(doubt.paused_share),
                "extended_share": exact_text(doubt.extended_share),
            }
            for doubt in counted.doubts
        ],
    }


def _judged(judgement: Judgement) -> Plain:
    return {
        "phase": judgement.phase,
        "met": judgement.met,
        "attainment_ratio": exact_text(judgement.attainment_ratio),
        "gap": exact_text(judgement.gap),
        "near_threshold": judgement.near_threshold,
        "short": exact_text(judgement.short),
        "compared_with": _compared(judgement.comparison),
        "pace": _pace(judgement.pace),
        "kept": list(judgement.kept),
        "status": judgement.status,
        "reason": judgement.reason,
    }


def _compared(comparison: Comparison | None) -> Plain | None:
    if comparison is None:
        return None
    return {"period": comparison.period, "value": exact_text(comparison.value)}


def _pace(line: Pace | None) -> Plain | None:
    if line is None:
        return None
    return {
        "baseline": exact_text(line.baseline),
        "baseline_day": line.baseline_day.isoformat(),
        "elapsed": line.elapsed,
        "whole": line.whole,
        "projected": exact_text(line.projected),
        "provisional": line.provisional,
    }


def _terms(kept: Plain) -> Terms:
    return Terms(
        kept["statistic"],
        kept["op"],
        _number(kept["threshold"]),
        _day(kept["judged_by"]),
        kept["judged_by_is_reading"],
        date.fromisoformat(kept["judged_day"]),
        kept["phase"] == "at",  # asked of standing targets only
    )


def _figure_of(kept: Plain) -> Figure | None:
    figure, cases = kept["figure"], kept["distribution"]
    if figure is None:
        return None
    inputs = tuple(
        Input(
            one["kind"],
            one["org"],
            one["region"],
            one["period"],
            _number(one["value"]),
            _number(one["numerator"]),
            _number(one["weight"]),
        )
        for one in kept["inputs"]
    )
    return Figure(
        Fraction(figure["value"]),
        _number(figure["numerator"]),
        _number(figure["weight"]),
        figure["evidence"],
        inputs,
        None if cases is None else Histogram.of_groups(cases["groups"]),
        0 if cases is None else cases["open_past_limit"],
    )


def _judgement(kept: Plain) -> Judgement:
    line, compared = kept["pace"], kept["compared_with"]
    return Judgement(
        kept["status"],
        kept["phase"],
        kept["reason"],
        kept["met"],
        _number(kept["attainment_ratio"]),
        _number(kept["gap"]),
        kept["near_threshold"],
        _number(kept["short"]),
        line
        and Pace(
            Fraction(line["baseline"]),
            date.fromisoformat(line["baseline_day"]),
            line["elapsed"],
            line["whole"],
            Fraction(line["projected"]),
            line["provisional"],
        ),
        compared and Comparison(compared["period"], Fraction(compared["value"])),
        tuple(kept["kept"]),
    )


def _number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
