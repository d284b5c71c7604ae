"""The command line of `duibiao submit`: whose key, which kind, what is wrong use; and its bar."""

import io
import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from duibiao.client import Part, Receipt, open_file
from services.cli import app
from services.cli.key_file import key_of
from services.cli.submit import kind_of
from services.cli.submit_run import Bar

KEYS = {"office": "o-key", "admin": "a-key", "orgs": {"tax-bureau": "t-key"}}


def saved(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def submit(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["submit", *map(str, arguments)], env={"COLUMNS": "200"})


def test_a_key_by_itself(tmp_path: Path) -> None:
    assert key_of(saved(tmp_path, "key", " a-key\n"), "office") == "a-key"


@pytest.mark.parametrize(
    ("org", "key"), [("office", "o-key"), ("admin", "a-key"), ("tax-bureau", "t-key")]
)
def test_a_key_of_the_keys_for_development(tmp_path: Path, org: str, key: str) -> None:
    assert key_of(saved(tmp_path, "dev-keys.json", json.dumps(KEYS)), org) == key


@pytest.mark.parametrize("org", ["nobody", "orgs"])
def test_an_org_without_a_key_is_wrong_use(tmp_path: Path, org: str) -> None:
    with pytest.raises(typer.BadParameter, match=org):
        key_of(saved(tmp_path, "dev-keys.json", json.dumps(KEYS)), org)


@pytest.mark.parametrize("text", ["{", '{"orgs": 5}', "{}"])
def test_a_file_that_holds_no_keys_is_wrong_use(tmp_path: Path, text: str) -> None:
    with pytest.raises(typer.BadParameter):
        key_of(saved(tmp_path, "dev-keys.json", text), "tax-bureau")


def test_a_key_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="--key-file"):
        key_of(tmp_path / "gone", "office")


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("org,case_no,indicator", "cases"),
        ("measure,period,state", "progress-reports"),
        ("indicator,period,value", "observations"),
        ("办件编号*,指标*,受理时间", "cases"),
        ("指标,期间,数值", "observations"),
        ("措施 measure,期间,进展", "progress-reports"),
    ],
)
def test_the_columns_tell_the_kind(tmp_path: Path, header: str, kind: str) -> None:
    assert kind_of(open_file(saved(tmp_path, "a.csv", header + "\n1,2,3\n")).columns) == kind


def test_columns_that_do_not_tell_are_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="--kind"):
        kind_of(open_file(saved(tmp_path, "a.csv", "x,y\n1,2\n")).columns)


@pytest.mark.parametrize(
    "arguments",
    [
        ("gone.csv",),
        ("--mode", "half"),
        ("--kind", "letters"),
        ("--rows", "0"),
        ("--url", "example.invalid"),
        ("--key-file", "gone"),
    ],
)
def test_wrong_use_exits_with_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    file = saved(tmp_path, "a.csv", "case_no\n1\n")
    key = saved(tmp_path, "key", "a-key")

    assert submit("--key-file", key, file, *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", "case_no\n"), ("a.json", "[{]"), ("a.txt", "case_no\n1\n")]
)
def test_a_file_that_cannot_be_read_exits_with_1(tmp_path: Path, name: str, text: str) -> None:
    key = saved(tmp_path, "key", "a-key")

    result = submit("--key-file", key, saved(tmp_path, name, text), "--json")

    assert result.exit_code == 1
    assert "文件无法读取" in json.loads(result.output)["error_zh"]


def test_help_reads_in_both_languages() -> None:
    result = submit("--help")

    assert result.exit_code == 0
    for words in ("报送文件", "--kind", "--url", "--dry-run", "只检查不保存"):
        assert words in result.output, words


def drawn(*, terminal: bool, done: int = 0, total: int | None = 20) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
    bar = Bar(console)
    with bar.shown("报送 Sending", total, done):
        bar.waiting(0.2, "a short wait")
        bar.waiting(5.0, "HTTP 503")
        bar.waiting(5.0, "HTTP 503")
        bar.answered(Part(0, 10, Receipt("1", 10, 10, 0)), "报送 Sending")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_bar_counts_rows_on_a_terminal() -> None:
    assert "10/20" in drawn(terminal=True)
    assert "15/20" in drawn(terminal=True, done=5)
    assert "10/?" in drawn(terminal=True, total=None)


def test_no_terminal_no_bar_but_one_line_for_an_unavailable_product() -> None:
    assert drawn(terminal=False) == "服务暂不可用，5 秒后重试 Retrying（HTTP 503）\n"
