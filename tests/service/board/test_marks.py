"""No state without words, shape and colour; no two states of a kind that look alike."""

import re
from typing import get_args

import pytest

from duibiao.register import DutyStatus
from duibiao.web.board import shapes
from duibiao.web.board.assets import FILES
from duibiao.web.board.language import Phrase
from duibiao.web.board.marks import colour_mark
from duibiao.web.board.words import ALERT_STATE, ALERT_STEP, COLOUR
from services.alerts.domain.alert import State, Step
from services.indicators.board import marks, words
from services.indicators.domain.rows import Reason, Status

SHEET = FILES["board.css"].decode()
ALERT_STATES = {*State}


def test_every_status_of_a_verdict_has_words_and_a_shape() -> None:
    assert set(words.STATUS) == set(get_args(Status)) == set(shapes.STATUS_SHAPES)


def test_every_state_of_a_duty_has_words_and_a_shape() -> None:
    assert set(words.DUTY) == set(get_args(DutyStatus)) == set(shapes.DUTY_SHAPES)


def test_every_colour_has_words_and_a_shape() -> None:
    assert set(COLOUR) == {"blue", "yellow", "red"} == set(shapes.COLOUR_SHAPES)
    assert set(ALERT_STATE) == ALERT_STATES


def test_every_step_of_an_alert_has_a_word_of_its_own() -> None:
    assert set(ALERT_STEP) == {*Step}
    assert len({word.say("zh") for word in ALERT_STEP.values()}) == len(Step)


def test_every_reason_has_words() -> None:
    assert set(words.UNKNOWN) == set(get_args(Reason))


def test_a_figure_without_a_threshold_is_not_called_no_data() -> None:
    mark = marks.status_mark("unknown", "zh", "no_threshold")
    assert (mark.label, mark.tone) == ("未设目标值", "s-unknown")
    assert marks.status_mark("unknown", "zh", "no_figure").label == "无数据"
    assert marks.status_mark("unknown", "en", "no_comparison").label == "No comparison"
    assert marks.status_mark("met", "zh", "no_figure").label == "达标"


def test_marks_are_counted_from_good_to_bad_to_unknown() -> None:
    assert [mark.label for mark in marks.status_marks("zh")] == [
        *("持续达标", "达标", "正常推进", "临近预警", "滞后", "回落", "未达标"),
        *("无数据", "未设目标值", "无可比期", "豁免"),
    ]


@pytest.mark.parametrize("table", [shapes.STATUS_SHAPES, shapes.DUTY_SHAPES, shapes.COLOUR_SHAPES])
def test_no_two_shapes_of_a_kind_are_alike(table: dict[str, str]) -> None:
    assert len(set(table.values())) == len(table)


@pytest.mark.parametrize("table", [words.STATUS, words.DUTY, COLOUR, words.BASIS])
def test_no_two_states_of_a_kind_have_the_same_words(table: dict[str, Phrase]) -> None:
    for side in ("zh", "en"):
        said = [getattr(phrase, side) for phrase in table.values()]
        assert len(set(said)) == len(said)


@pytest.mark.parametrize("shape", [*shapes.STATUS_SHAPES.values(), *shapes.DUTY_SHAPES.values()])
def test_a_shape_is_closed_and_nothing_but_a_path(shape: str) -> None:
    assert re.fullmatch(r"[MmLlHhVvAaZz0-9 .-]+", shape)
    assert shape.endswith("z")


def tones() -> list[str]:
    made = [marks.status_mark(status, "zh").tone for status in words.STATUS]
    made += [marks.duty_mark(status, "zh").tone for status in words.DUTY]
    return made + [colour_mark(colour, "zh").tone for colour in COLOUR]


@pytest.mark.parametrize("tone", tones())
def test_every_tone_has_a_colour_in_the_style_sheet(tone: str) -> None:
    assert f".{tone} {{ color: var(--{tone}); }}" in SHEET
    assert re.search(rf"--{tone}: (#[0-9a-f]{{6}}|var\(--s-[a-z_]+\));", SHEET)


def test_a_mark_speaks_both_languages() -> None:
    assert marks.status_mark("missed", "zh").label == "未达标"
    assert marks.status_mark("missed", "en").label == "Missed"
    assert marks.duty_mark("overdue", "zh").label == "逾期未报"
    assert colour_mark("red", "en").label == "Red"


def test_a_state_nobody_knows_is_shown_by_its_code_and_never_as_good() -> None:
    mark = marks.status_mark("novel", "zh")
    assert (mark.label, mark.tone) == ("novel", "s-unknown")
    assert marks.duty_mark("novel", "en").tone == "d-not_due"
    assert colour_mark("novel", "en").label == "novel"
