"""Houses of tests: built as a test wants them, closed when it ends."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.alerts.quiet_house import House
from tests.support.alert_book import shanghai
from tests.support.clock import ManualClock

NOON = shanghai(2021, 4, 16)  # Friday
Build = Callable[..., House]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    made: list[House] = []

    def build(**given: Any) -> House:  # noqa: ANN401 - of House
        made.append(House(tmp_path, ManualClock(given.pop("now", NOON)), **given))
        made[-1].tick()  # the first start
        return made[-1]

    yield build
    for house in made:
        house.store.close()
