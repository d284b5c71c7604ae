"""The published schema of duibiao.alerts.v1: closed, complete, and true of its examples."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.json_format import Parse
from jsonschema import Draft202012Validator

from duibiao.contracts.v1 import alert_pb2
from services.alerts.domain.alert import Colour, State, Step
from tests.support.project import ROOT

FOLDER: Final = ROOT / "proto" / "duibiao" / "contracts" / "v1"
SCHEMA: Final = json.loads((FOLDER / "alert.schema.json").read_text("utf-8"))
EXAMPLES: Final = json.loads((FOLDER / "alert.examples.json").read_text("utf-8"))
ALERT: Final = SCHEMA["$defs"]["alert"]
OBJECTS: Final = {
    "AlertChanged": SCHEMA,
    "Alert": ALERT,
    "Restated": ALERT["properties"]["restated"]["items"],
}
VALID: Final = Draft202012Validator(SCHEMA)


def messages() -> Iterator[Descriptor]:
    yield from alert_pb2.DESCRIPTOR.message_types_by_name.values()


def names(message: Descriptor) -> set[str]:
    return {field.json_name for field in message.fields}


def test_it_is_a_schema_and_names_every_field_of_the_messages_and_no_other() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    fields = {message.name: names(message) for message in messages()}

    assert {name: set(found["properties"]) for name, found in OBJECTS.items()} == fields
    always = {name: set(found["required"]) for name, found in OBJECTS.items()}
    assert always == fields | {"Alert": fields["Alert"] - {"recoveredAt"}}


def test_it_names_every_step_state_and_colour() -> None:
    assert SCHEMA["properties"]["step"]["enum"] == [step.value for step in Step]
    assert ALERT["properties"]["state"]["enum"] == [state.value for state in State]
    assert ALERT["properties"]["colour"]["enum"] == [colour.value for colour in Colour]


def test_there_is_an_example_of_every_step() -> None:
    assert {example["step"] for example in EXAMPLES} == {step.value for step in Step}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["step"])
def test_an_example_is_valid_and_is_what_protobuf_reads(example: dict[str, Any]) -> None:
    assert list(VALID.iter_errors(example)) == []
    Parse(json.dumps(example), alert_pb2.AlertChanged())


def broken() -> Iterator[dict[str, Any]]:
    """Yield an example with one thing wrong: a field missing, unknown or null."""
    restated = next(one for one in EXAMPLES if one["alert"]["restated"])
    for path in ([], ["alert"], ["alert", "restated", 0]):
        for name in ("unheardOf", *inside(restated, path)):
            null = deepcopy(restated)
            inside(null, path)[name] = None
            yield null
            missing = deepcopy(null)
            del inside(missing, path)[name]
            if name not in ("unheardOf", "recoveredAt"):
                yield missing


def inside(example: Any, path: list[Any]) -> dict[str, Any]:  # noqa: ANN401 - JSON
    for part in path:
        example = example[part]
    found: dict[str, Any] = example
    return found


def test_what_is_missing_unknown_or_null_is_refused() -> None:
    wrong = list(broken())
    assert len(wrong) > 50
    assert [one for one in wrong if VALID.is_valid(one)] == []


@pytest.mark.parametrize(
    "change", [{"duty": "21.2/2021Q4"}, {"target": ""}, {"region": ""}, {"leads": []}]
)
def test_an_alert_is_of_a_target_or_of_a_duty(change: dict[str, object]) -> None:
    example = EXAMPLES[0]
    assert not VALID.is_valid({**example, "alert": {**example["alert"], **change}})
