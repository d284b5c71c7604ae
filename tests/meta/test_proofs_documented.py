"""docs/proofs.md explains every field of the published schema of a proof, and no other."""

import re
from collections.abc import Iterator
from typing import Any

from services.indicators.adapters.http.proofs import described_proof
from tests.support.project import ROOT

NAME = re.compile(r"`([a-z][a-z_0-9]*(?:\.[a-z][a-z_0-9]*)+)`")


def fields(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the dotted names of a schema's fields; an entry of a list is named as the list."""
    for part in schema.get("anyOf", ()):
        yield from fields(part, path)
    if "items" in schema:
        yield from fields(schema["items"], path)
    for name, field in schema.get("properties", {}).items():
        yield ".".join((*path, name))
        if (*path, name) != ("inputs", "clock"):  # said to be as `clock`
            yield from fields(field, (*path, name))


def test_every_field_of_a_proof_is_explained_and_no_other() -> None:
    text = (ROOT / "docs" / "proofs.md").read_text("utf-8")
    known = set(fields(described_proof({"type": "object"})))
    assert len(known) > 70
    assert sorted(name for name in known if f"`{name}`" not in text) == []
    assert sorted(set(NAME.findall(text)) - known - {"proof.schema.json"}) == []
