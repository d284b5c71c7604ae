"""What is wrong with a form, by its fields and in the words that its page has for them."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from duibiao.web.board.language import Language
from duibiao.web.error_mapping import from_pydantic
from duibiao.web.problems import ErrorDetail, Problem

B = TypeVar("B", bound=BaseModel)


def read_body(kind: type[B], given: Mapping[str, object], labels: Mapping[str, str]) -> B:
    """Return what a form says as the body of its act; Problem 422 with everything wrong with it."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        told = []
        for one in error.errors():
            parts = [labels.get(str(part), part) for part in one["loc"]]
            told.append(from_pydantic({**one, "loc": ("body", *parts)}))
        raise Problem("invalid", told) from error


def errors_of_form(
    faults: Iterable[ErrorDetail], language: Language, labels: Mapping[str, str]
) -> Mapping[str, str]:
    """Return what is wrong by field; "" for what is wrong with none of them."""
    names = {label: name for name, label in labels.items()}
    found: dict[str, str] = {}
    for fault in faults:
        at = (fault.pointer or "").strip("/").partition("/")[0]
        name = names.get(at, at if at in labels else "")
        words = fault.message_zh if language == "zh" else fault.message
        found[name] = f"{found.get(name, '')} {words}".strip()
    return found
