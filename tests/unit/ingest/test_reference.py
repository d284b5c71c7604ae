"""The API reference describes exactly the fields that are checked."""

import pytest

from services.ingest.adapters.row_schemas import row_schema
from services.ingest.domain.columns import (
    CODED,
    COLUMNS,
    DAYS,
    FLAGS,
    JSON,
    NAMES,
    NUMBERS,
    TIMES,
    with_parts,
)
from services.ingest.domain.declaration import FIELDS
from services.ingest.domain.declaration import ROWS as DECLARED
from services.ingest.domain.terms import Kind
from tests.support.ingest import KINDS, faults


@pytest.mark.parametrize("kind", KINDS)
def test_fields_are_the_same_in_reference_and_checks(kind: Kind) -> None:
    schema = row_schema(kind)
    assert tuple(schema["properties"]) == FIELDS[kind]
    missing = {pointer for code, pointer in faults(kind, {}) if code == "missing"}
    assert {f"/{name}" for name in schema["required"]} <= missing
    assert set(DECLARED[kind].identity) <= set(FIELDS[kind])


def names_of(field: str) -> tuple[str, ...]:
    return tuple(part.name for part in DECLARED["case"].field(field).parts)


def test_nested_fields_are_the_same_too() -> None:
    properties = row_schema("case")["properties"]
    assert tuple(properties["pauses"]["items"]["properties"]) == names_of("pauses")
    extension, nothing = properties["extension"]["anyOf"]
    assert tuple(extension["properties"]) == names_of("extension")
    assert nothing == {"type": "null"}


def test_columns_with_a_meaning_of_their_own_are_fields() -> None:
    known = {name for fields in FIELDS.values() for name in with_parts(fields)}
    assert known >= NUMBERS | FLAGS | JSON | DAYS | TIMES | CODED


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_column_and_a_heading_of_its_own(kind: Kind) -> None:
    assert {column.name for column in COLUMNS[kind]} == with_parts(FIELDS[kind])
    headings = [column.heading for column in COLUMNS[kind]]
    assert len(set(headings)) == len(headings)
    assert all(NAMES[column.heading] == column.name for column in COLUMNS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_columns_that_must_be_filled_are_those_that_are_missed(kind: Kind) -> None:
    missing = {pointer for code, pointer in faults(kind, {}) if code == "missing"}
    assert {f"/{column.name}" for column in COLUMNS[kind] if column.starred} == missing
