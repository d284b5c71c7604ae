"""A proof as it is answered: what is stored, and the steps and sentences that follow from it."""

import json
from hashlib import sha256
from typing import Any

from services.indicators.adapters.encoding import from_plain
from services.indicators.domain.criterion import EvaluationConfig
from services.indicators.domain.figures import Figure, Input
from services.indicators.domain.histogram import Histogram
from services.indicators.domain.proof_lines import lines
from services.indicators.domain.rows import JsonObject
from services.indicators.domain.steps import steps
from services.indicators.domain.verdict import Judgement
from services.indicators.domain.wording import as_json


def completed(stored: JsonObject) -> JsonObject:
    """Return a stored proof with its steps and its sentences."""
    if "phase" not in stored:  # withdrawn: nothing was judged
        return stored
    terms, judgement = from_plain(stored, EvaluationConfig), from_plain(stored, Judgement)
    figure = _figure(stored)
    last = ("notes", "register_version", "calendar_version")
    return {
        **{name: value for name, value in stored.items() if name not in last},
        "steps": [step.to_dict() for step in steps(terms, figure, judgement)],
        "lines": as_json(list(lines(terms, figure, judgement))),
        **{name: stored[name] for name in last},
    }


def sealed(answer: JsonObject) -> JsonObject:
    """Return a proof as it is answered, with a digest over all of it but the verdict's row."""
    said = {name: value for name, value in answer.items() if name != "verdict"}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {**answer, "digest": sha256(text.encode()).hexdigest()}


def _figure(stored: JsonObject) -> Figure | None:
    said, cases = stored["figure"], stored["distribution"]
    if said is None:
        return None
    inputs = [{**one, "clock": None, "digest": ""} for one in stored["inputs"]]
    names: dict[str, Any] = {
        "inputs": tuple(from_plain([one[name] for name in Input._fields], Input) for one in inputs),
        "histogram": None if cases is None else Histogram.of_groups(cases["groups"]),
        "overdue": 0 if cases is None else cases["open_past_limit"],
    }
    figure = from_plain([*(said[name] for name in Figure._fields[:4]), []], Figure)
    return figure._replace(**names)
