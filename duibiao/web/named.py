"""Schemas under names of their own: what a generated client calls its types by.

A route writes the schema of its rows where it stands, with a `title` such as `Verdict`. Here all
that have one move to `components/schemas`, so that two routes with the same rows share a type and
no type is called `ListVerdictsResponse200ItemsItem`.
"""

from typing import Any

from duibiao.web.schema import Schema


def named(paths: Schema, schemas: dict[str, Schema]) -> Schema:
    """Return `paths` with references in place of named objects, which are added to `schemas`.

    Raises:
        ValueError: two different schemas have one name.

    """
    lifted: Schema = _lifted(paths, schemas)
    return lifted


def _lifted(node: Any, schemas: dict[str, Schema]) -> Any:  # noqa: ANN401 - any part of a document
    if isinstance(node, list):
        return [_lifted(part, schemas) for part in node]
    if not isinstance(node, dict):
        return node
    whole = {name: _lifted(part, schemas) for name, part in node.items()}
    if not _is_named(whole):
        return whole
    name = whole["title"]
    if schemas.setdefault(name, whole) != whole:
        raise ValueError(f"two different schemas are called {name}")
    return {"$ref": f"#/components/schemas/{name}"}


def _is_named(node: Schema) -> bool:
    title = node.get("title")
    return (
        node.get("type") == "object"
        and isinstance(node.get("properties"), dict)
        and isinstance(title, str)
        and title.isidentifier()
    )
