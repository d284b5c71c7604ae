"""`duibiao register`: its answers, its exit codes, and JSON under the names of the interface."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from duibiao.register import PARTS, load
from services.cli.register import app
from tests.service.register.register_files import RegisterFiles
from tests.support.registers import the_register

WIDE = {"COLUMNS": "200"}


def run(*arguments: str, env: Mapping[str, str] = WIDE) -> Result:
    return CliRunner().invoke(app, arguments, env={**env})


def shown(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    result = run("show", *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_sound_register_is_good() -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "登记册无误" in result.stdout
    assert the_register().version in result.stdout
    assert "75 项措施" in result.stdout


def test_a_sound_register_in_json() -> None:
    assert json.loads(run("check", "--json").stdout) == {
        "valid": True,
        "version": the_register().version,
        "errors": [],
    }


def test_faults_are_listed_in_both_languages_and_the_answer_is_no(files: RegisterFiles) -> None:
    files.change("targets", "threshold: 5.5", "threshold: five")
    files.change("measures", "leads: [tax-bureau]", "leads: [tax]")
    result = run("check", "--register", str(files.folder))
    assert result.exit_code == 1
    for said in ("measures.yaml:10", "未知的单位 tax", "targets.yaml:8", "must be a number"):
        assert said in result.stdout


def test_faults_in_json_carry_file_line_and_two_messages(files: RegisterFiles) -> None:
    files.change("targets", "threshold: 5.5", "threshold: five")
    result = run("check", "--register", str(files.folder), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "valid": False,
        "version": None,
        "errors": [
            {
                "file": "targets.yaml",
                "line": 8,
                "message": "threshold: must be a number, is five",
                "message_zh": "threshold: 应为数字，现为 five",
            }
        ],
    }


def test_text_that_looks_like_markup_is_shown_as_it_is(files: RegisterFiles) -> None:
    files.change("milestones", "title_zh: 印发方案", 'title_zh: "[red]plan[/red]"')
    result = run("check", "--register", str(files.folder))
    assert result.exit_code == 1
    assert "[red]plan[/red]" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--register", "/no/such/folder"),
        ("check", "--overlay", "/no/such/file"),
        ("check", "--colour"),
        ("show", "targets", "orgs"),
        ("mend",),
    ],
)
def test_wrong_use_is_two(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_the_settings_name_the_register_and_its_overlay(files: RegisterFiles) -> None:
    overlay = files.overlay()
    env = {**WIDE, "DUIBIAO_REGISTER": str(files.folder), "DUIBIAO_REGISTER_OVERLAY": str(overlay)}
    target = json.loads(run("show", "T02", "--json", env=env).stdout)
    assert (target["threshold"], target["basis"]) == (90, "local")
    assert (target["decided_by"], target["decided_since"]) == ("市营商办", "2021-02-01")


def test_a_difference_anywhere_in_a_register_is_listed(
    files: RegisterFiles, tmp_path: Path
) -> None:
    env = {
        **WIDE,
        "DUIBIAO_REGISTER": str(files.folder),
        "DUIBIAO_DATABASE_URL": f"sqlite:///{tmp_path}/none.db",
    }
    other = tmp_path / "other"
    shutil.copytree(files.folder, other)
    assert "changes（0）" in run("diff", "--register", str(other), env=env).stdout
    for file, stood, wrote in (
        ("alerts.yaml", "due_soon_within: 3", "due_soon_within: 5"),
        ("notice.yaml", "last: 2021-12-31", "last: 2022-06-30"),
        ("targets.yaml", "threshold: 5.5", "threshold: 5.4"),
        ("checks.yaml", "not_before: accepted_at", "not_after: accepted_at"),
    ):
        text = (other / file).read_text("utf-8")
        assert stood in text, file
        (other / file).write_text(text.replace(stood, wrote, 1), "utf-8")
    result = run("diff", "--register", str(other), "--json", env=env)
    assert result.exit_code == 0, result.output  # there is no store, so no verdict flips
    rows = json.loads(result.stdout)["changes"]
    found = {(one["list"], one["field"], str(one["after"])) for one in rows}
    assert found >= {
        ("alert_rules", "due_soon_within", "5"),
        ("window", "last", "2022-06-30"),
        ("targets", "threshold", "5.4"),
        ("field_rules", "not_after", "accepted_at"),
    }


def test_the_summary_counts_the_parts() -> None:
    found = shown()
    assert found["notice"]["number"] == "市政办发〔2021〕6号"
    assert found["lead_orgs"] == 33
    assert found["counts"] == {
        "tasks": 25,
        "measures": 75,
        "milestones": 4,
        "orgs": len(the_register().orgs),
        "regions": 22,
        "indicators": 18,
        "targets": 18,
        "duties": 544,
        "alerts": 10,
    }


def test_lists_carry_the_fields_of_the_interface() -> None:
    fields = {
        "tasks": {"no", "title", "title_zh", "leads", "supports"},
        "measures": {"no", "task", "title", "title_zh", "leads", "supports", "milestones"},
        "orgs": {"code", "name", "name_zh", "kind"},
        "regions": {"code", "name", "name_zh", "kind"},
        "indicators": {"code", "name", "name_zh", "unit", "statistic", "direction", "reported_by"},
        "targets": {"id", "indicator", "clause", "op", "threshold", "due", "judged_by", "leads"},
    }
    for part, wanted in fields.items():
        rows = shown(part)["items"]
        assert rows
        assert all(wanted <= set(row) for row in rows), part


def test_figures_are_json_numbers() -> None:
    thresholds = {row["id"]: row["threshold"] for row in shown("targets")["items"]}
    assert (thresholds["T16"], thresholds["T01"], thresholds["T12"]) == (5.5, 60, None)


def test_fractions_of_alert_rules_stay_exact() -> None:
    rules = {row["id"]: row for row in shown("alerts")["items"]}
    assert rules["red-breach-far"]["attainment_below"] == "2/3"


@pytest.mark.parametrize(
    ("code", "key", "value"),
    [
        ("17", "measures", ["17.1", "17.2"]),
        ("6.3", "leads", ["housing-construction-bureau"]),
        ("T13", "due", "2021-03-31"),
        ("export-rebate-days", "targets", ["T16"]),
        ("tax-bureau", "leads_measures", ["1.2", "16.2", "21.2"]),
        ("610102", "name_zh", "新城区"),
        ("XIXIAN", "kind", "new_area"),
    ],
)
def test_one_thing_is_found_by_its_code(code: str, key: str, value: object) -> None:
    assert shown(code)[key] == value


def test_a_unit_is_shown_with_what_it_owes() -> None:
    found = shown("tax-bureau")
    assert found["duties"] == 12
    assert found["targets"] == ["T08", "T09", "T16", "T17", "T18"]
    assert found["supports_measures"] == ["2.3", "10.1"]


def test_a_code_that_is_not_there_is_no() -> None:
    result = run("show", "T99")
    assert result.exit_code == 1
    assert "登记册中没有 T99" in result.stderr


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("summary", "观察期"),
        ("tasks", "基本民生保障"),
        ("measures", "出口退税提速"),
        ("milestones", "9.2-plan"),
        ("orgs", "市税务局"),
        ("regions", "未央区"),
        ("indicators", "export-rebate-days"),
        ("targets", "5.5"),
        ("duties", "6.3/2021Q1"),
        ("alerts", "连续两期未达标"),
        ("11.1", "11.1-spot-check"),
        ("tax-bureau", "牵头措施"),
    ],
)
def test_every_part_can_be_read_on_a_terminal(what: str, said: str) -> None:
    result = run("show", what)
    assert result.exit_code == 0
    assert said in result.stdout


def test_a_new_register_is_sound_and_explains_itself(tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "register"
    result = run("init", str(folder))
    assert result.exit_code == 0, result.output
    assert f"DUIBIAO_REGISTER={folder} duibiao up" in result.stdout
    assert run("check", "--register", str(folder)).exit_code == 0
    assert {path.stem for path in folder.iterdir()} == set(PARTS)
    for path in folder.iterdir():
        comments = [line for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
        assert any(re.search(r"[一-鿿]", line) for line in comments), path.name
        assert any(re.search(r"[a-z]{3}", line) for line in comments), path.name
    register = load(folder)
    assert {one.statistic for one in register.indicators.values()} == {
        "each",
        "mean",
        "latest",
        "share",
    }


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = run("init", str(tmp_path))
    assert result.exit_code == 1
    assert "不是空文件夹" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    inside_a_file = run("init", str(tmp_path / "notes.txt" / "register"))
    assert (inside_a_file.exit_code, "无法写入" in inside_a_file.stderr) == (1, True)


def test_a_faulty_register_is_not_shown(files: RegisterFiles) -> None:
    (Path(files.folder) / "tasks.yaml").unlink()
    result = run("show", "--register", str(files.folder))
    assert result.exit_code == 1
    assert "tasks.yaml:1" in result.stdout
