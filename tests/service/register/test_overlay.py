"""The office's own thresholds: set where the notice gives none, tightened, never loosened."""

from datetime import date
from decimal import Decimal

import pytest

from duibiao.register import RegisterError, Target, default_folder, load
from tests.service.register.register_files import OVERLAY, RegisterFiles, told


def decided(target: str, threshold: str, unit: str, since: str = "2021-02-01") -> str:
    return f"""\
thresholds:
  - target: {target}
    threshold: {threshold}
    unit: {unit}
    decided_by: 市营商办
    since: {since}
"""


def laid_over(files: RegisterFiles, text: str, target: str) -> Target:
    return load(files.folder, files.overlay(text)).target(target)


def test_a_threshold_is_set_where_the_notice_gives_none(files: RegisterFiles) -> None:
    target = laid_over(files, OVERLAY, "T02")
    assert (target.op, target.threshold, target.basis) == (">=", Decimal(90), "local")
    assert (target.decided_by, target.decided_since) == ("市营商办", date(2021, 2, 1))


def test_what_the_overlay_does_not_name_stays_the_notices_own(files: RegisterFiles) -> None:
    target = laid_over(files, OVERLAY, "T01")
    assert (target.threshold, target.basis) == (Decimal("5.5"), "stated")
    assert (target.decided_by, target.decided_since) == (None, None)


@pytest.mark.parametrize(
    ("target", "tighter", "unit"), [("T01", "5.4", "workday"), ("T03", "75", "item")]
)
def test_a_stated_threshold_may_be_tightened(
    files: RegisterFiles, target: str, tighter: str, unit: str
) -> None:
    found = laid_over(files, decided(target, tighter, unit), target)
    assert (found.threshold, found.basis) == (Decimal(tighter), "local")


@pytest.mark.parametrize(
    ("target", "threshold", "unit", "message"),
    [
        (
            "T01",
            "5.6",
            "workday",
            "local.yaml:3: threshold: 5.6 would loosen the 5.5 of the notice",
        ),
        ("T03", "73", "item", "local.yaml:3: threshold: 73 would loosen the 74 of the notice"),
        ("T01", "5.50", "workday", "threshold: 5.50 is the notice's own; leave it out"),
        ("T02", "90", "item", "local.yaml:4: unit: the target is in percent, not item"),
        ("T02", "101", "percent", "threshold: 101 lies outside the plausible 0..100"),
        ("T99", "90", "percent", "local.yaml:2: unknown target T99"),
    ],
)
def test_what_an_overlay_may_not_do(
    files: RegisterFiles, target: str, threshold: str, unit: str, message: str
) -> None:
    faults = told(files.faults(files.overlay(decided(target, threshold, unit))))
    assert any(message in fault for fault in faults), faults


@pytest.mark.parametrize("since", ["2021-01-08", "2022-01-01"])
def test_a_decision_lies_within_the_notice(files: RegisterFiles, since: str) -> None:
    overlay = files.overlay(decided("T02", "90", "percent", since))
    assert told(files.faults(overlay)) == [
        f"local.yaml:6: since: {since} lies outside the notice (2021-01-09 to 2021-12-31)"
    ]


@pytest.mark.parametrize("line", ["    decided_by: 市营商办\n", "    since: 2021-02-01\n"])
def test_a_decision_names_who_and_since_when(files: RegisterFiles, line: str) -> None:
    overlay = files.overlay(OVERLAY.replace(line, ""))
    assert told(files.faults(overlay)) == [
        f"local.yaml:2: {line.strip().partition(':')[0]} is missing"
    ]


def test_one_target_is_decided_once(files: RegisterFiles) -> None:
    twice = OVERLAY + OVERLAY.removeprefix("thresholds:\n")
    assert told(files.faults(files.overlay(twice))) == [
        "local.yaml:11: since: a threshold of T02 for the same units stands above from the same day"
    ]


def test_a_target_may_have_later_thresholds_and_those_of_single_units(files: RegisterFiles) -> None:
    later = OVERLAY.removeprefix("thresholds:\n")
    own = later.replace("since: 2021-02-01", "since: 2021-02-01\n    org: tax-bureau")
    newer = later.replace("since: 2021-02-01", "since: 2021-07-01").replace("90", "95")
    target = laid_over(files, OVERLAY + own.replace("90", "99") + newer, "T02")
    assert (target.threshold, target.decided_since) == (Decimal(95), date(2021, 7, 1))
    june, july = date(2021, 6, 30), date(2021, 7, 31)
    thresholds = [
        target.for_row(org, day).threshold for day in (june, july) for org in (None, "tax-bureau")
    ]
    assert thresholds == [90, 99, 95, 99]
    assert target.for_row(None, date(2021, 1, 31)).basis == "none"


def test_a_faulty_overlay_and_a_faulty_register_are_told_together(files: RegisterFiles) -> None:
    files.change("targets", "due: 2021-12-31", "due: 2031-12-31")
    overlay = files.overlay(decided("T01", "6", "workday"))
    assert told(files.faults(overlay)) == [
        "targets.yaml:18: due: 2031-12-31 lies outside the notice (2021-01-09 to 2021-12-31)",
        "local.yaml:3: threshold: 6 would loosen the 5.5 of the notice",
    ]


def test_a_missing_overlay_is_told(files: RegisterFiles) -> None:
    with pytest.raises(RegisterError) as told_by:
        load(files.folder, files.folder / "gone.yaml")
    assert told(told_by.value.errors) == ["gone.yaml:1: cannot be read: No such file or directory"]


def test_an_overlay_beside_the_register_that_nobody_lays_over_it_is_told(
    files: RegisterFiles,
) -> None:
    files.overlay()
    assert told(files.faults()) == ["local.yaml:1: no file of a register, nor the overlay given"]


def test_an_overlay_gives_the_register_another_version(files: RegisterFiles) -> None:
    plain = load(files.folder).version
    first = load(files.folder, files.overlay()).version
    second = load(files.folder, files.overlay(decided("T02", "91", "percent"))).version
    assert len({plain, first, second}) == 3


@pytest.mark.parametrize(
    ("target", "op", "threshold", "unit"),
    [("T12", ">=", "95", "percent"), ("T17", "<=", "4", "workday"), ("T10", ">=", "80.5", "item")],
)
def test_a_decided_figure_becomes_the_limit(
    files: RegisterFiles, target: str, op: str, threshold: str, unit: str
) -> None:
    overlay = files.overlay(decided(target, threshold, unit))
    found = load(default_folder(), overlay).target(target)
    assert (found.op, found.threshold, found.basis) == (op, Decimal(threshold), "local")


def test_a_full_hundred_that_we_read_into_the_notice_cannot_be_lowered(
    files: RegisterFiles,
) -> None:
    overlay = files.overlay(decided("T14", "95", "percent"))
    with pytest.raises(RegisterError, match="95 would loosen the 100 of the notice"):
        load(default_folder(), overlay)
