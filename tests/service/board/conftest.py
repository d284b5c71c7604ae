"""The pages over an invented year, asked in process."""

import pytest

from tests.service.board.boards import HeldBoard
from tests.service.board.pages import Kept
from tests.service.board.story import the_story
from tests.support.registers import the_register


@pytest.fixture(scope="session")
def story() -> HeldBoard:
    return the_story(the_register())


@pytest.fixture(scope="session")
def asked(story: HeldBoard) -> Kept:
    """The whole notice, served."""
    return Kept(story)
