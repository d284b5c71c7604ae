"""Faults of several files: all at once, in order, and no fault that only another one causes."""

from tests.service.register.register_files import RegisterFiles, told


def test_the_small_register_is_sound(files: RegisterFiles) -> None:
    assert files.faults() == ()


def test_all_mistakes_are_told_at_once_in_the_order_of_the_files(files: RegisterFiles) -> None:
    files.change("alerts", "colour: red", "colour: green")
    files.change("measures", "leads: [tax-bureau]", "leads: [tax]")
    files.change("targets", "due: 2021-12-31", "due: 2031-12-31")
    files.change("notice", "issued: 2021-01-13", "issued: 2021-01-08")
    assert told(files.faults()) == [
        "notice.yaml:9: issued 2021-01-08, before it was dated 2021-01-09",
        "measures.yaml:10: unknown org tax",
        "targets.yaml:18: due: 2031-12-31 lies outside the notice (2021-01-09 to 2021-12-31)",
        "alerts.yaml:21: colour: green is not one of: blue, yellow, red",
    ]


def test_a_file_that_cannot_be_read_makes_nothing_else_unknown(files: RegisterFiles) -> None:
    files.write("orgs", "orgs: [\n")
    faults = files.faults()
    assert [fault.file for fault in faults] == ["orgs.yaml"]


def test_a_file_with_a_wrong_heading_makes_nothing_else_unknown(files: RegisterFiles) -> None:
    files.change("orgs", "orgs:\n", "units:\n")
    assert told(files.faults()) == [
        "orgs.yaml:1: unknown key units",
        "orgs.yaml:1: orgs is missing",
    ]
