"""The proof of a verdict as a reader reads it: the steps, what went in, how long cases took.

Turns the plain data of a kept proof into words and places; adds no arithmetic of its own. A proof
kept by an older version may lack parts, and then the page lacks them too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from duibiao.register import Register
from duibiao.web.board.alerts import org_name, region_name
from duibiao.web.board.figures import number, period_name, share
from duibiao.web.board.language import Language
from duibiao.web.board.rendering import View
from duibiao.web.board.words import say
from services.indicators.board.spread import spread
from services.indicators.board.words import INPUT_KIND
from services.indicators.domain.rows import JsonObject

INPUTS_SHOWN: Final = 200
_CLOCK: Final = (
    *("cases", "gross", "paused", "net"),
    *("extended", "extended_cases", "pending_approvals"),
)


def read_proof(register: Register, proof: JsonObject, language: Language) -> View:
    """Say a proof in words."""
    inputs: Sequence[JsonObject] = proof.get("inputs", ())
    cases = proof.get("distribution") or {}
    # A mean has cases and a threshold, yet none of them is limited by it.
    limit = proof.get("threshold") if cases.get("within_limit", 0) is not None else None
    return View(
        steps=_said(proof.get("lines", ()), language),
        notes=_said(proof.get("notes", ()), language),
        inputs=tuple(_input(register, made_from, language) for made_from in inputs[:INPUTS_SHOWN]),
        more=max(len(inputs) - INPUTS_SHOWN, 0),
        spread=spread(cases.get("groups", ()), None if limit is None else _exact(limit), language),
        clock=tuple(_clock(register, proof, language)),
        alarm=_text((proof.get("clock") or {}).get("pause_share_alarm")),
        pace=_pace(proof, proof.get("pace")),
        judged_day=proof.get("judged_day"),
        register_version=str(proof.get("register_version", "")),
        calendar_version=str(proof.get("calendar_version", "")),
    )


def _clock(register: Register, proof: JsonObject, language: Language) -> Iterator[View]:
    """Yield the units' clocks, the most paused first, and of several their sums."""
    by_org: dict[str, Counter[str]] = defaultdict(Counter)
    for made_from in proof.get("inputs", ()):
        if made_from.get("clock"):
            by_org[made_from["org"]].update(made_from["clock"])
    doubts = {doubt["org"] for doubt in proof["clock"]["doubts"]} if by_org else {}
    units = sorted(by_org.items(), key=lambda unit: (-_paused(unit[1]), unit[0]))
    for org, sums in units[:INPUTS_SHOWN]:
        yield _clock_line(org_name(register, org, language), sums, doubt=org in doubts)
    if len(units) > 1:
        yield _clock_line(None, proof["clock"], doubt=False)


def _clock_line(org: str | None, sums: Mapping[str, Any], *, doubt: bool) -> View:
    """Say sums of days and counts, the shares of gross days and of cases; org None: all units."""
    extended = share(Fraction(sums["extended_cases"], sums["cases"]))
    counts, paused = {name: number(sums[name]) for name in _CLOCK}, share(_paused(sums))
    return View(org=org, sums=counts, paused_share=paused, extended_share=extended, doubt=doubt)


def _paused(sums: Mapping[str, Any]) -> Fraction:
    return Fraction(sums["paused"], sums["gross"] or 1)


def _pace(proof: JsonObject, pace: JsonObject | None) -> Mapping[str, Any]:
    """Return what a pace comes to, by the fields of the proof; nothing where there is none.

    `line` has its figures as they are, to be drawn.
    """
    if pace is None:
        return {}
    names = "actual_per_week", "needed_per_week", "planned", "baseline", "projected"
    shown = {name: _text(pace.get(name)) for name in names}
    line = {name: _exact(pace[name]) for name in ("baseline", "projected", "elapsed", "whole")}
    line |= {"value": _exact(proof["figure"]["value"]), "threshold": _exact(proof["threshold"])}
    return {**shown, **{name: pace[name] for name in ("reached_on", "baseline_day")}, "line": line}


def _said(lines: Sequence[Mapping[str, str]], language: Language) -> tuple[str, ...]:
    return tuple(line[language] for line in lines)


def _input(register: Register, made_from: JsonObject, language: Language) -> View:
    overdue = made_from.get("overdue_open")
    return View(
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
