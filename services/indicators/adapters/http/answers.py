"""What the routes answer with: rows of frozen values as JSON, and how OpenAPI describes them.

A row's columns are fields of a value under their own names. Figures go out as JSON numbers
of at most 15 significant digits, moments in UTC, days as ISO days.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from typing import Annotated, Any, Final, get_type_hints

import msgspec
from fastapi import Response

from duibiao.web.lists import answer
from duibiao.web.numbers import to_number

_NUMBER: Final = {"type": "number"}
_MOMENT: Final = Annotated[datetime, msgspec.Meta(tz=True)]
_MOMENTS: Final[Mapping[Any, Any]] = {datetime: _MOMENT, datetime | None: _MOMENT | None}
_DECIMAL: Final = {"type": "string", "format": "decimal"}


def columns_of(kind: type[Any]) -> tuple[str, ...]:
    return tuple(get_type_hints(kind))


def shapes(part: str) -> dict[str, Any]:
    """Return the OpenAPI schemas of one part of schemas.json, by name."""
    schemas: dict[str, Any] = msgspec.json.decode(
        files(__package__).joinpath("schemas.json").read_bytes()
    )[part]
    return schemas


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def row(value: object, columns: Sequence[str]) -> dict[str, object]:
    return {name: plain(getattr(value, name)) for name in columns}


def plain(value: object) -> object:
    """Return a field of a value as JSON has it."""
    match value:
        case bool() | str() | None | int():
            return value
        case Fraction() | Decimal():
            return to_number(value)
        case datetime() | date():
            return value  # the encoder writes RFC 3339
        case tuple() | list():
            return [plain(part) for part in value]
        case dict():
            return {name: plain(part) for name, part in value.items()}
        case _:
            raise TypeError(f"no JSON for {type(value)}")


def json_of(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def listed(rows: Iterable[object], next_cursor: str | None = None) -> Response:
    return json_of(answer(rows, next_cursor))


def describe(kind: type[Any], columns: Sequence[str], **replaced: object) -> dict[str, Any]:
    """Return the OpenAPI schema of a row that holds fields of a value, as `described`."""
    hints = get_type_hints(kind)
    title = kind.__name__.removesuffix("Row")
    return described(title, {name: hints[name] for name in columns}, **replaced)


def described(title: str, types: Mapping[str, Any], **replaced: object) -> dict[str, Any]:
    """Return the OpenAPI schema of a row; `replaced` are, or stand for, columns without a type."""
    kinds = [_MOMENTS.get(kind, kind) for kind in types.values()]
    schemas, _ = msgspec.json.schema_components(kinds, schema_hook=_hook)
    properties = dict(zip(types, map(_without_decimals, schemas), strict=True))
    return {
        "title": title,
        "type": "object",
        "required": [*types, *(name for name in replaced if name not in types)],
        "properties": {**properties, **replaced},
    }


def one(schema: dict[str, Any], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that answers one row."""
    return {status: {"content": {"application/json": {"schema": schema}}, "description": "好 Good"}}


def several(schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that answers a list of rows."""
    properties = {
        "items": {"type": "array", "items": schema},
        "next_cursor": {"type": ["string", "null"]},
    }
    title = f"{schema['title']}List"
    return one(
        {"title": title, "type": "object", "required": list(properties), "properties": properties}
    )


def _hook(kind: type[object]) -> dict[str, Any]:
    if kind is Fraction:
        return dict(_NUMBER)
    raise NotImplementedError(kind)


def _without_decimals(schema: dict[str, Any]) -> dict[str, Any]:
    if schema == _DECIMAL:
        return dict(_NUMBER)
    if "anyOf" in schema:
        return {**schema, "anyOf": [_without_decimals(part) for part in schema["anyOf"]]}
    return schema
