"""The API reference describes exactly the fields that are checked."""

import pytest

from services.ingest.adapters.row_schemas import row_schema
from services.ingest.adapters.typed import CaseRow, ObservationRow
from services.ingest.domain import cases
from services.ingest.domain.checking import FIELDS
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
from services.ingest.domain.terms import Kind
from services.ingest.domain.twins import IDENTITY
from tests.support.ingest import KINDS, faults


@pytest.mark.parametrize("kind", KINDS)
def test_fields_are_the_same_in_reference_and_checks(kind: Kind) -> None:
    schema = row_schema(kind)
    assert tuple(schema["properties"]) == FIELDS[kind]
    missing = {pointer for code, pointer in faults(kind, {}) if code == "missing"}
    assert {f"/{name}" for name in schema["required"]} <= missing
    assert set(IDENTITY[kind]) <= set(FIELDS[kind])


def test_nested_fields_are_the_same_too() -> None:
    properties = row_schema("case")["properties"]
    assert tuple(properties["pauses"]["items"]["properties"]) == cases.PAUSE_FIELDS
    extension, nothing = properties["extension"]["anyOf"]
    assert tuple(extension["properties"]) == cases.EXTENSION_FIELDS
    assert nothing == {"type": "null"}


def test_typed_rows_have_the_fields_in_the_order_of_the_checks() -> None:
    assert ObservationRow.__struct_fields__ == FIELDS["observation"]
    assert CaseRow.__struct_fields__ == FIELDS["case"]


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
