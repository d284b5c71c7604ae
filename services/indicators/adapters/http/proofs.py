"""Proofs of verdicts over HTTP, and the cases they are made of (docs/proofs.md)."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse

from duibiao.web.access import Caller, any_key, need
from duibiao.web.exports import chunks
from duibiao.web.problems import Problem, error_detail
from services.indicators.adapters.http.answers import describe, json_of, one, row
from services.indicators.adapters.http.judged import VERDICT
from services.indicators.adapters.proofs import sealed
from services.indicators.adapters.proven_cases import Missing, ProvenCases
from services.indicators.adapters.reading import ProvenVersion, Reading
from services.indicators.domain.rows import VerdictRow

NDJSON: Final = "application/x-ndjson"
_WHY: Final[Mapping[Missing, tuple[str, str]]] = {
    "too_many": ("too many cases", "办件过多"),
    "no_cases": ("it is not made of cases", "本结论并非由办件得出"),
    "superseded": ("a later version stands", "已有新的版本"),
    "other_versions": (
        "the register or the calendar has changed since",
        "登记册或工作日历已变更，尚未重新评估",
    ),
}
# Cases that a proof describes; of more, which would take seconds, they can be downloaded alone.
COUNTED_AT_MOST: Final = 100_000

_CASES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {NDJSON: {"schema": {"type": "string"}}}, "description": "好 Good"}
}


def build(reading: Reading, cases: ProvenCases) -> APIRouter:
    """Return the routes. They are read on a thread: that needs no event loop."""
    router = APIRouter(tags=["verdicts 评估结论"])
    proof_answer = described_proof(describe(VerdictRow, VERDICT))

    def version(verdict_id: str) -> ProvenVersion:
        found = reading.version(verdict_id)
        if found is None:
            raise Problem("not-found", [error_detail("not-found", value=verdict_id)])
        return found

    @router.get("/v1/verdicts/{verdict_id}/proof", responses=one(proof_answer))
    def proof(verdict_id: str, caller: Annotated[Caller, Depends(any_key)]) -> Response:
        """评估依据：输入、计数、算式、版本。Show how one version of a verdict was reached."""
        found = version(verdict_id)
        verdict, proven = found.row, found.proof
        missing = cases.missing(proven, stands=found.stands)
        if missing is None and (verdict.sample_size or 0) > COUNTED_AT_MOST:
            missing = "too_many"
        may_see = caller.sees(verdict.org)
        answer = {
            "id": verdict.id,
            "verdict": row(verdict, VERDICT),
            "stands": found.stands,
            **proven,
            "cases": None if missing else cases.about(verdict, proven, worst=may_see),
            "cases_reason": missing,
            "audit_position": found.audit_position,
        }
        return json_of(sealed(answer))

    @router.get("/v1/verdicts/{verdict_id}/cases", responses=_CASES)
    def proven_cases(
        verdict_id: str, caller: Annotated[Caller, Depends(need("org", "office", "auditor"))]
    ) -> Response:
        """评估依据中的全部办件，每行一件。Stream all cases of a verdict, one JSON object a line."""
        found = version(verdict_id)
        if not caller.sees(found.row.org):
            raise Problem("forbidden", [error_detail("not-visible")])
        missing = cases.missing(found.proof, stands=found.stands)
        if missing:
            raise Problem("not-found", [error_detail("cases-unavailable", reason=_WHY[missing])])
        return StreamingResponse(chunks(cases.lines(found.row, found.proof)), media_type=NDJSON)

    return router


def proof_schema() -> dict[str, Any]:
    """Return the JSON schema of a proof as `GET /v1/verdicts/{id}/proof` answers it."""
    text = files(__package__).joinpath("proof.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def described_proof(verdict: dict[str, Any]) -> dict[str, Any]:
    """Return it for OpenAPI, where references would lead elsewhere; `verdict` is that of a row."""
    schema = proof_schema()
    shared = schema.pop("$defs")
    for name in ("$schema", "$id"):
        del schema[name]

    def inlined(part: Any) -> Any:  # noqa: ANN401 - a schema, of any shape
        if isinstance(part, list):
            return [inlined(entry) for entry in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return inlined(shared[part["$ref"].rpartition("/")[2]])
        return {name: inlined(entry) for name, entry in part.items()}

    described: dict[str, Any] = inlined(schema)
    described["properties"]["verdict"] = verdict
    return described
