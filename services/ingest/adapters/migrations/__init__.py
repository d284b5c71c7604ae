"""The schema of this store through the releases; docs/upgrades.md tells how to change it."""

from pathlib import Path
from typing import Final

from duibiao.store import Schema

SCHEMA: Final = Schema("ingest", Path(__file__).with_name("versions"))
