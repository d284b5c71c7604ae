"""Whether the state is still the one that was read: asked in the transaction that replaces it.

Whoever changes what a replay makes anew also moves one of these: a submission its position, a new
day or register the footing, a verdict the last version, another replay the number of replays.
"""

from dataclasses import dataclass
from typing import Final, Self

from sqlalchemy import Connection, func, select

from services.indicators.adapters.ledger import tables

_FOOTING: Final = "footing"
_REPLAYS: Final = "replays"
_LAST_VERSION: Final = select(func.max(tables.verdict_versions.c.id))


@dataclass(frozen=True, slots=True)
class Fence:
    """Where a state stands. Equal fences, equal states."""

    positions: dict[int, int]
    footing: str | None
    replays: int
    last_version: str | None

    @classmethod
    def of(cls, connection: Connection, topic: str, *, hold: bool = False) -> Self:
        """Return where the state stands; with `hold`, nobody moves it before the end."""
        return cls(
            positions=tables.positions.on(connection, topic, hold=hold),
            footing=tables.meta.get(connection, _FOOTING),
            replays=int(tables.meta.get(connection, _REPLAYS) or 0),
            last_version=connection.execute(_LAST_VERSION).scalar_one(),
        )

    def replayed(self, tx: Connection) -> None:
        """Count this replay."""
        tables.meta.set(tx, _REPLAYS, str(self.replays + 1))
