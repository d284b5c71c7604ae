"""Failpoints: off unless armed, the n-th time only, and names that exist."""

import os
import signal
from collections.abc import Iterator

import pytest

from duibiao.core import Settings
from duibiao.core.failpoints import NAMES, arm, failpoint, named, parsed

ONE, OTHER = NAMES[:2]
Kills = list[tuple[int, int]]


@pytest.fixture
def kills(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kills]:
    """Have kills told in place of done."""
    told: Kills = []
    monkeypatch.setattr("os.kill", lambda pid, number: told.append((pid, number)))
    yield told
    arm({})


def test_without_the_setting_nothing_dies_anywhere(kills: Kills) -> None:
    arm(parsed(Settings().failpoints))
    for name in NAMES * 1000:
        failpoint(name)
    assert kills == []


def test_an_armed_one_dies_the_first_time_and_no_other_one_does(kills: Kills) -> None:
    arm(parsed(ONE))
    failpoint(OTHER)
    assert kills == []
    failpoint(ONE)
    assert kills == [(os.getpid(), signal.SIGKILL)]


def test_it_dies_the_time_that_was_asked_for_and_never_after(kills: Kills) -> None:
    arm(parsed(f"{ONE}@3, {OTHER}@1"))
    passed = []
    for _ in range(6):
        failpoint(ONE)
        passed.append(len(kills))
    assert passed == [0, 0, 1, 1, 1, 1]


def test_arming_anew_forgets_what_was_armed(kills: Kills) -> None:
    arm(parsed(ONE))
    arm({})
    failpoint(ONE)
    assert kills == []


@pytest.mark.parametrize("text", ["ingest.sometime", f"{ONE}@0", f"{ONE}@x", f"{ONE}@-1", "@2"])
def test_what_cannot_be_armed_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"no failpoint|a whole number"):
        parsed(text)
    monkeypatch.setenv("DUIBIAO_FAILPOINTS", text)
    with pytest.raises(ValueError, match="failpoints"):
        Settings()


def test_parts_give_their_points_their_names() -> None:
    assert named("alerts relay", "after-send") == "alerts-relay.after-send"
    assert named("ingest-relay", "after-send") == "ingest-relay.after-send"
