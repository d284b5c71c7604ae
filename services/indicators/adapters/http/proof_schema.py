"""The published form of a proof: `proof.schema.json`, and how OpenAPI holds it."""

import json
from importlib.resources import files
from typing import Any

Schema = dict[str, Any]


def proof_schema() -> Schema:
    """Return the JSON schema of a proof as `GET /v1/verdicts/{id}/proof` answers it."""
    text = files(__package__).joinpath("proof.schema.json").read_text(encoding="utf-8")
    schema: Schema = json.loads(text)
    return schema


def described_proof(verdict: Schema) -> Schema:
    """Return it for OpenAPI, where references would lead elsewhere; `verdict` is that of a row."""
    schema = proof_schema()
    shared: Schema = schema.pop("$defs")
    for name in ("$schema", "$id"):
        del schema[name]
    inlined: Schema = _inlined(schema, shared)
    inlined["properties"]["verdict"] = verdict
    return inlined


def _inlined(part: Any, shared: Schema) -> Any:  # noqa: ANN401 - a schema, of any shape
    if isinstance(part, list):
        return [_inlined(entry, shared) for entry in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(shared[part["$ref"].rpartition("/")[2]], shared)
    return {name: _inlined(entry, shared) for name, entry in part.items()}
