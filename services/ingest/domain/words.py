"""What messages say in two languages, from the words.toml of a package."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from services.ingest.domain.errors import Words


@cache
def words_of(package: str) -> Mapping[str, Mapping[str, Words]]:
    """Return the tables of a package's words.toml: by name and key, English and Chinese."""
    tables = tomllib.loads((files(package) / "words.toml").read_text("utf-8"))
    return {
        name: {key: (en, zh) for key, (en, zh) in table.items()} for name, table in tables.items()
    }


WORDS: Final = words_of(__package__)
