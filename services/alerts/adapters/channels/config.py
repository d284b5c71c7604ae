"""What all parts of the receivers' file have in common, and what they are checked against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from services.alerts.adapters.channels.address_guard import Allowed, check_url
from services.alerts.adapters.channels.signature import read_secret

Language = Literal["zh", "en", "both"]


@dataclass(frozen=True, slots=True)
class Checked:
    """The folder of the file, allowed addresses, its names, known words."""

    folder: Path
    allowed: Allowed
    names: Sequence[str]
    known: Mapping[str, set[str]]


def checked(info: ValidationInfo) -> Checked:
    """Return what a part is checked against."""
    return cast("Checked", info.context)


class Strict(BaseModel):
    """A part of the receivers' file; unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, frozen=True)


class Config(Strict):
    """A receiver's channel; `language` is what people are written to in."""

    language: Language = "zh"


def _there(file: Path | None, info: ValidationInfo) -> Path | None:
    path = file and checked(info).folder / file
    if path is not None and not path.is_file():
        raise ValueError(f"{path} is not there")
    return path


def _with_url(file: Path, info: ValidationInfo) -> Path:
    path = checked(info).folder / file
    check_url(read_secret(path), checked(info).allowed)
    return path


# A file that is there, named relative to the receivers' file; None: none is named.
File = Annotated[Path | None, BeforeValidator(lambda named: named or None), AfterValidator(_there)]
# A file with a URL that holds a key.
UrlFile = Annotated[Path, AfterValidator(_with_url)]
