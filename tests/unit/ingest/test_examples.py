"""The examples of the API reference: what they show is taken, and looks like what is described."""

import csv
import io
import json
from datetime import date

import jsonschema
import pytest

from duibiao.register import Register, Window
from duibiao.web.openapi import Schema
from services.ingest.adapters.posting_openapi import posting_router
from services.ingest.adapters.row_schemas import examples_of
from services.ingest.domain.context import Kind, Sender
from services.ingest.domain.submission import Format
from tests.support.ingest import KINDS, MEDIA_TYPES, PATHS, draft, listed, unpacked
from tests.support.registers import indicator, region, register, the_register

SENDERS: dict[Kind, str] = {
    "observation": "tax-bureau",
    "case": "housing-construction-bureau",
    "progress_report": "finance-bureau",
}
FORMS: tuple[Format, ...] = ("json", "ndjson", "csv")
EXAMPLES = examples_of(the_register())


def content_of(kind: Kind, of: Register | None = None) -> Schema:
    routes = posting_router(of or the_register()).routes
    (route,) = [r for r in routes if getattr(r, "path", "") == PATHS[kind]]
    content: Schema = route.openapi_extra["requestBody"]["content"]  # type: ignore[attr-defined]
    return content


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_example_is_taken_by_the_register_of_the_notice(kind: Kind, form: Format) -> None:
    example = content_of(kind)[MEDIA_TYPES[form]]["example"]
    body = example if isinstance(example, str) else _json(example)
    sender = Sender(SENDERS[kind], office=False)
    posted = draft(kind, body.encode(), form, sender=sender)
    taken = listed(posted, the_register())
    assert (taken.received, taken.rejected, taken.errors) == (1, 0, ())
    assert unpacked(taken).org == SENDERS[kind]


def _json(example: object) -> str:
    return json.dumps(example)


def test_the_examples_are_of_the_register_that_is_watched() -> None:
    other = register(
        indicators=[indicator("items", unit="item", statistic="latest", period_type="month")],
        regions=[region(), region("HITECH", kind="zone")],
        window=Window(date(2020, 7, 1), date(2021, 6, 30)),
    )
    rows = examples_of(other)
    assert rows["observation"] == {"indicator": "items", "period": "202007", "value": 0}
    assert (rows["case"]["region"], rows["case"]["accepted_at"][:10]) == ("HITECH", "2020-07-01")
    assert (rows["progress_report"]["measure"], rows["progress_report"]["period"]) == (
        "1.1",
        "2021Q1",
    )
    assert content_of("case", other)["application/json"]["example"] == rows["case"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_is_of_the_described_kind_alone_and_in_a_list(kind: Kind) -> None:
    schema = content_of(kind)["application/json"]["schema"]
    jsonschema.validate(EXAMPLES[kind], schema)
    jsonschema.validate([EXAMPLES[kind]] * 3, schema)
    odd_ones: list[object] = [{}, [], {**EXAMPLES[kind], "colour": "red"}, None]
    for odd in odd_ones:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(odd, schema)


@pytest.mark.parametrize("kind", KINDS)
def test_what_must_be_there_is_never_null(kind: Kind) -> None:
    schema = content_of(kind)["application/json"]["schema"]
    for name in EXAMPLES[kind]:
        required = name in schema["oneOf"][0]["required"]
        row = {**EXAMPLES[kind], name: None}
        assert jsonschema.Draft202012Validator(schema).is_valid(row) is not required, name


@pytest.mark.parametrize("kind", KINDS)
def test_one_row_looks_the_same_in_every_format(kind: Kind) -> None:
    content = content_of(kind)
    (row,) = csv.DictReader(io.StringIO(content["text/csv"]["example"]))
    assert row == {name: str(value) for name, value in EXAMPLES[kind].items()}
    assert json.loads(content["application/x-ndjson"]["example"]) == EXAMPLES[kind]
