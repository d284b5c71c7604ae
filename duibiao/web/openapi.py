"""The OpenAPI document made whole: ids of operations, summaries, every answer, what all share.

Routes describe what only they know: their parameters, bodies and good answers. What follows from
being a route of this product at all (who may be refused, and how) is added here, once. A route
writes the schema of its rows where it stands, with a `title` such as `Verdict`; all that have one
move to `components/schemas`, so that generated clients share a type and give it that name.
"""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any, Final

import msgspec
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from duibiao.web.problems import MEDIA_TYPE, PROBLEM_TYPES, ErrorDetail, ProblemDocument

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}


def _component(title: str, adapter: TypeAdapter[Any]) -> Schema:
    """Return the schema of what is always sent whole."""
    made = adapter.json_schema(ref_template="#/components/schemas/{model}")
    made.pop("$defs", None)
    return {**made, "title": title, "required": list(made["properties"])}


FAULT_SCHEMA: Final = _component("ErrorDetail", TypeAdapter(ErrorDetail))
PROBLEM_SCHEMA: Final = _component("Problem", TypeAdapter(ProblemDocument))
HEADERS: Final[dict[str, Schema]] = msgspec.json.decode(
    files(__package__).joinpath("headers.json").read_bytes()
)
_WITH_RETRY: Final = frozenset({429, 503})


def _told_of(status: int, slugs: tuple[str, ...]) -> Schema:
    """Return the description of an answer."""
    titles = [PROBLEM_TYPES[slug] for slug in slugs]
    names = ["X-Request-Id", *(["Retry-After"] if status in _WITH_RETRY else [])]
    return {
        "description": "; ".join(f"{kind.title_zh} {kind.title}" for kind in titles),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


# FastAPI leaves out its own 422, which we never answer, where any 4XX is declared.
PLACEHOLDER: Final[dict[int | str, Schema]] = {"4XX": {"description": "see duibiao.web.openapi"}}
ABOUT: Final = """\
对标监测通知（/v1/notice）确定的指标与任务。使用说明见docs/api.md，错误说明见/problems。

Watches what the notice promised. Every 4xx and 5xx is RFC 9457 problem+json with all faults of the
request; /problems explains each type and code.
"""
_KEY: Final = (
    "`Authorization: Bearer KEY`. 密钥由牵头办公室发放 Keys are given out by the office: "
    "`dbk_` + key id + secret + checksum."
)
# The tag of what no person asks for.
MACHINES: Final = "machines 运行状态"

# What only requests with rows are told.
_OF_ROWS: Final = ("idempotency-key-reused", "backlog-full")
_TOLD_APART: Final = (*_OF_ROWS, "not-ready", "client-error")
_SINGLE: Final = frozenset({"notice", "workdays", "livez", "readyz", "metrics"})


def operation_id(route: APIRoute) -> str:
    """Return the name that generated clients give an operation; unique by method and path."""
    return id_of(min(route.methods or ()), route.path_format)


def id_of(method: str, path: str) -> str:
    """Return list_alerts, get_alert, get_verdict_proof, post_cases, acknowledge_alert …."""
    parts = path.removeprefix("/v1").strip("/").replace("-", "_").replace(".", "_").split("/")
    names = [part for part in parts if "{" not in part]
    if method == "POST":
        verb = names.pop() if len(names) > 1 and names[-1] != "files" else "post"
    elif method == "DELETE":
        verb = "delete"
    else:
        verb = "get" if len(parts) > len(names) or names[0] in _SINGLE else "list"
    followed = [part.startswith("{") for part in parts[1:]] + [False]
    words = [
        _one_of(part) if by_id else part
        for part, by_id in zip(parts, followed, strict=True)
        if part in names
    ]
    return "_".join([verb, *words])


def described(document: Schema) -> Schema:
    """Return an OpenAPI document of FastAPI, completed; the one given is changed."""
    document["info"]["description"] = ABOUT
    document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"], schemas["ErrorDetail"] = PROBLEM_SCHEMA, FAULT_SCHEMA
    components["headers"] = HEADERS
    for scheme in components.get("securitySchemes", {}).values():
        scheme["description"] = _KEY
    paths = document.setdefault("paths", {})
    for path, operations in paths.items():
        for method, operation in operations.items():
            _complete(path, method, operation)
    document["paths"] = named(paths, schemas)
    document["tags"] = _tags(document["paths"])
    return document


def _tags(paths: Schema) -> list[Schema]:
    """Return the tags in use; "keys 密钥" is the tag `keys`, which clients make a module of."""
    meanings: dict[str, str] = {}
    for operations in paths.values():
        for operation in operations.values():
            words = [tag.partition(" ") for tag in operation.get("tags", ())]
            operation["tags"] = [name for name, _, _ in words]
            meanings |= {name: meaning for name, _, meaning in words}
    return [{"name": name, "description": meanings[name]} for name in sorted(meanings)]


def _complete(path: str, method: str, operation: Schema) -> None:
    about = operation.get("description", "").strip()
    if about and operation["summary"] == operation["summary"].title():
        # The framework has made one of the function's name.
        first, _, rest = about.partition("\n")
        operation.update(summary=first.rstrip("."), description=rest.strip())
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
    answers = operation["responses"]
    for placeholder in PLACEHOLDER:
        answers.pop(str(placeholder), None)
    for good in answers.values():
        good.setdefault("headers", {}).update(_headers(operation))
    for status in _statuses(path, method, operation):
        if str(status) not in answers:
            answers[str(status)] = _told_of(status, _slugs(status, operation))
            answers[str(status)]["headers"].update(_headers(operation))
    operation["responses"] = dict(sorted(answers.items()))


def _statuses(path: str, method: str, operation: Schema) -> Iterable[int]:
    if MACHINES in operation.get("tags", ()):
        yield from [503] if path == "/readyz" else []
        return
    yield from (500, 503)
    if operation.get("security"):
        yield from (401, 403, 429)
    if "{" in path:
        yield 404
    if method != "get":
        yield 409
    if any(one["name"] == "If-Match" for one in operation.get("parameters", ())):
        yield 412
    if "requestBody" in operation:
        yield from (400, 408, 413, 415)
    if operation.get("parameters") or "requestBody" in operation:
        yield 422


def _slugs(status: int, operation: Schema) -> tuple[str, ...]:
    if MACHINES in operation.get("tags", ()):
        return ("not-ready",)
    repeats = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
    told = [slug for slug, about in PROBLEM_TYPES.items() if about.status == status]
    usual = [slug for slug in told if slug not in _TOLD_APART]
    return (*usual, *(slug for slug in _OF_ROWS if repeats and slug in told))


def _headers(operation: Schema) -> Schema:
    names = ["X-Request-Id"]
    if operation.get("security"):
        names += ["RateLimit", "RateLimit-Policy"]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _without_null(schema: Schema) -> Schema:
    """Return the schema of a parameter, which can be left out and never be null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if not kinds:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**rest, **kinds[0]} if len(kinds) == 1 else {**rest, "anyOf": kinds}


def _one_of(name: str) -> str:
    """Return the name of one thing of many: alerts, alert; duties, duty."""
    return f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")


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
