"""The API reference and tables have exactly the fields that are checked."""

import pytest

from duibiao.register import GROUNDS
from services.ingest.adapters.row_schemas import row_schema
from services.ingest.domain.context import Kind
from services.ingest.domain.rows import CODES, OPTIONS, ROWS
from tests.support.ingest import KINDS, faults


@pytest.mark.parametrize("kind", KINDS)
def test_fields_are_the_same_in_reference_and_checks(kind: Kind) -> None:
    schema = row_schema(kind)
    assert list(schema["properties"]) == list(ROWS[kind].fields)
    missing = {pointer for code, pointer in faults(kind, {}) if code == "missing"}
    assert {f"/{name}" for name in schema["required"]} <= missing
    assert set(ROWS[kind].identity) <= set(ROWS[kind].fields)


def names_of(field: str) -> tuple[str, ...]:
    return tuple(part.name for part in ROWS["case"].fields[field].parts)


def test_nested_fields_are_the_same_too() -> None:
    properties = row_schema("case")["properties"]
    assert tuple(properties["pauses"]["items"]["properties"]) == names_of("pauses")
    extension, nothing = properties["extension"]["anyOf"]
    assert tuple(extension["properties"]) == names_of("extension")
    assert nothing == {"type": "null"}


def test_the_parts_of_two_pauses_and_an_extension_have_columns_too() -> None:
    parts = [f"pause{number}_{part}" for number in (1, 2) for part in names_of("pauses")]
    parts += [f"extension_{part}" for part in names_of("extension")]
    columns = ROWS["case"].columns
    assert set(columns) == {*ROWS["case"].fields, *parts}
    found = ROWS["case"].column_at("/pauses/1/ground")
    assert found is columns["pause2_ground"]
    assert ROWS["case"].column_at("/extension/days") is columns["extension_days"]
    assert ROWS["case"].column_at("/pauses/2/ground") is columns["pauses"]
    assert ROWS["case"].column_at("/mood") is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_has_a_heading_of_its_own(kind: Kind) -> None:
    headings = [column.heading for column in ROWS[kind].columns.values()]
    assert len(set(headings)) == len(headings)
    assert all(headings)


@pytest.mark.parametrize("kind", KINDS)
def test_columns_that_must_be_filled_are_those_that_are_missed(kind: Kind) -> None:
    missing = {pointer for code, pointer in faults(kind, {}) if code == "missing"}
    columns = ROWS[kind].columns.values()
    assert {f"/{column.name}" for column in columns if column.starred} == missing


def test_every_option_has_a_word_of_its_own() -> None:
    columns = [column for row in ROWS.values() for column in row.columns.values()]
    assert {option for column in columns for option in column.options} | {"true", "false"} == set(
        OPTIONS
    )
    assert len(CODES) == len(OPTIONS)
    (grounds,) = {column.options for column in columns if column.name.endswith("_ground")}
    assert grounds == GROUNDS
