"""The examples of the API reference: what they show is taken, and looks like what is described."""

from dataclasses import replace
from functools import cache

import jsonschema
import pytest

from duibiao.register import Register, default_folder, load
from duibiao.web.schema import Schema
from services.ingest.adapters.documented import PostingAnswer, documented_router
from services.ingest.adapters.examples import ACCEPTED, CHECKED, PARTLY, as_csv, as_json, as_lines
from services.ingest.domain.posting import Format
from services.ingest.domain.terms import Kind, Sender
from tests.support.ingest import KINDS, MEDIA_TYPES, PATHS, draft, thoroughly, unpacked

SENDERS: dict[Kind, str] = {
    "observation": "tax-bureau",
    "case": "resources-planning-bureau",
    "progress_report": "tax-bureau",
}
FORMS: tuple[Format, ...] = ("json", "ndjson", "csv")


@cache
def notice() -> Register:
    return load(default_folder())


def content_of(kind: Kind) -> Schema:
    (route,) = [r for r in documented_router().routes if getattr(r, "path", "") == PATHS[kind]]
    content: Schema = route.openapi_extra["requestBody"]["content"]  # type: ignore[attr-defined]
    return content


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_example_is_taken_by_the_register_of_the_notice(kind: Kind, form: Format) -> None:
    example = content_of(kind)[MEDIA_TYPES[form]]["example"]
    body = example if isinstance(example, str) else _json(example)
    sender = Sender(SENDERS[kind], office=False)
    posted = draft(kind, body.encode(), form, sender=sender)
    terms = replace(posted.terms, register=notice())
    taken = thoroughly(replace(posted, terms=terms))
    assert (taken.received, taken.rejected, taken.flaws) == (1, 0, ())
    assert unpacked(taken).org == SENDERS[kind]


def _json(example: object) -> str:
    return as_lines(next(kind for kind in KINDS if as_json(kind) == example)).strip()


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_is_of_the_described_kind_alone_and_in_a_list(kind: Kind) -> None:
    schema = content_of(kind)["application/json"]["schema"]
    jsonschema.validate(as_json(kind), schema)
    jsonschema.validate([as_json(kind)] * 3, schema)
    odd_ones: list[object] = [{}, [], {**as_json(kind), "colour": "red"}, None]
    for odd in odd_ones:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(odd, schema)


@pytest.mark.parametrize("kind", KINDS)
def test_what_must_be_there_is_never_null(kind: Kind) -> None:
    schema = content_of(kind)["application/json"]["schema"]
    for name in as_json(kind):
        required = name in schema["oneOf"][0]["required"]
        row = {**as_json(kind), name: None}
        assert jsonschema.Draft202012Validator(schema).is_valid(row) is not required, name


@pytest.mark.parametrize("kind", KINDS)
def test_one_row_looks_the_same_in_every_format(kind: Kind) -> None:
    header, row = as_csv(kind).splitlines()
    assert header.split(",") == list(as_json(kind))
    assert row.split(",") == [str(value) for value in as_json(kind).values()]


@pytest.mark.parametrize("answer", [ACCEPTED, CHECKED, PARTLY])
def test_an_example_of_an_answer_is_whole_and_adds_up(answer: Schema) -> None:
    read = PostingAnswer.model_validate(answer)
    assert set(answer) == set(PostingAnswer.model_fields)
    assert read.received == read.accepted + read.rejected
    assert read.errors_total == len(read.errors)
