"""How long files and functions may be, and how many tests there must be."""

from pathlib import Path

from tests.support import project

FILE_AT_MOST, FILE_P90 = 400, 300
FUNCTION_AT_MOST, FUNCTION_P90 = 60, 30
CODE_AT_MOST = 35_100  # lines of code, see `project.code_lines`
EVERYTHING = project.python("duibiao", "services", "tests", "bench")


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def p90(values: list[int]) -> int:
    """Return the ceil(0.9 n)-th smallest, as the product itself counts it."""
    return sorted(values)[-(-9 * len(values) // 10) - 1]


def test_no_file_is_long() -> None:
    long = {project.name(path): lines(path) for path in EVERYTHING if lines(path) > FILE_AT_MOST}
    assert long == {}


def test_most_files_are_short() -> None:
    assert p90([lines(path) for path in EVERYTHING]) <= FILE_P90


def test_no_function_is_long() -> None:
    found = (one for path in EVERYTHING for one in project.functions(path))
    assert [one for one in found if one.lines > FUNCTION_AT_MOST] == []


def test_most_functions_are_short() -> None:
    code = project.python("duibiao", "services")
    assert p90([one.lines for path in code for one in project.functions(path)]) <= FUNCTION_P90


def test_there_is_no_more_code_than_agreed() -> None:
    assert sum(map(project.code_lines, project.python("duibiao", "services"))) <= CODE_AT_MOST


def test_the_support_library_of_the_tests_is_small() -> None:
    assert sum(map(lines, project.python("tests/support"))) <= 6_000


def test_lines_of_code_are_neither_comments_nor_docstrings(tmp_path: Path) -> None:
    file = tmp_path / "some.py"
    file.write_text(
        '"""Some\nmodule."""\n\n# why\nx = [\n    1,  # one\n]\n\n\ndef f():\n    "Words."\n'
    )
    assert project.code_lines(file) == 4


def test_there_are_at_least_as_many_lines_of_tests_as_of_code() -> None:
    code = sum(map(lines, project.python("duibiao", "services")))
    tests = sum(map(lines, project.python("tests")))
    assert tests >= code


def test_the_percentile_is_the_nearest_rank() -> None:
    assert p90(list(range(1, 11))) == 9
    assert p90([5]) == 5
    assert p90([1, 2]) == 2
