"""`duibiao submit` without its process: validate, send, wait for the counts, report, resume."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from duibiao.client import (
    ClientError,
    Mode,
    Refused,
    RowError,
    Unavailable,
    Unexpected,
    Unreadable,
    open_file,
)
from services.cli import submit_report as report
from services.cli.submit_run import Bar, Outcome, Run
from tests.service.client.fake_product import StandIn, client


def saved(folder: Path, *numbers: int | str) -> Path:
    path = folder / "cases.ndjson"
    lines = (f'{{"case_no":"{number}"}}\n' for number in numbers)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def runner(product: StandIn, path: Path, mode: Mode = "partial", patience: float = 60.0) -> Run:
    sending, bar = client(product, patience=patience), Bar(Console(file=io.StringIO()))
    source = open_file(path)
    return Run(client=sending, source=source, kind="cases", mode=mode, rows=10, wait=5.0, bar=bar)


def run(product: StandIn, path: Path, mode: Mode = "partial", **more: Any) -> Outcome:  # noqa: ANN401
    return runner(product, path, mode, **more).send()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def printed(outcome: Outcome) -> str:
    console = Console(file=io.StringIO(), width=100)
    report.show(console, outcome)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_every_row_accepted(tmp_path: Path) -> None:
    product = StandIn()
    path = saved(tmp_path, *range(25))

    outcome = run(product, path)

    assert (outcome.received, outcome.accepted, outcome.duplicate) == (25, 25, 0)
    assert outcome.submissions == ["0", "1", "2"]
    assert outcome.final
    assert names(tmp_path) == ["cases.ndjson"]


def test_the_same_file_again_is_all_duplicates(tmp_path: Path) -> None:
    product = StandIn()
    path = saved(tmp_path, *range(25))
    run(product, path)

    outcome = run(product, path)

    assert (outcome.received, outcome.accepted, outcome.duplicate) == (25, 0, 25)


def test_rejected_rows_are_corrected_and_sent_again(tmp_path: Path) -> None:
    product = StandIn()
    outcome = run(product, saved(tmp_path, 1, "bad-2", 3, "bad-4"))
    assert (outcome.received, outcome.accepted, outcome.rejected) == (4, 2, 2)
    assert outcome.errors == {"bad-time": 2}
    assert outcome.errors_file is not None

    text = outcome.errors_file.read_text(encoding="utf-8")
    outcome.errors_file.write_text(text.replace('"bad-', '"'), encoding="utf-8")
    corrected = run(product, outcome.errors_file)

    assert (corrected.received, corrected.accepted, corrected.rejected) == (2, 2, 0)
    assert set(product.effects) == {"1", "2", "3", "4"}


def test_an_atomic_file_with_an_invalid_row_stores_nothing_however_long(tmp_path: Path) -> None:
    product = StandIn()

    outcome = run(product, saved(tmp_path, *range(25), "bad"), "atomic")

    assert product.stored == []
    assert not outcome.stored
    assert (outcome.received, outcome.rejected) == (26, 1)
    assert outcome.errors_file is not None
    assert names(tmp_path) == ["cases.ndjson", "cases.ndjson.errors.ndjson"]


def test_an_atomic_file_without_an_error_is_stored(tmp_path: Path) -> None:
    product = StandIn()

    outcome = run(product, saved(tmp_path, *range(25)), "atomic")

    assert outcome.stored
    assert (outcome.accepted, len(product.effects)) == (25, 25)
    assert {r.url.params["mode"] for r in product.requests[3:6]} == {"atomic"}


def test_a_dry_run_stores_nothing_and_leaves_no_cursor(tmp_path: Path) -> None:
    product = StandIn()

    outcome = runner(product, saved(tmp_path, *range(25))).check()

    assert product.stored == []
    assert not outcome.stored
    assert (outcome.received, outcome.accepted) == (25, 25)
    assert names(tmp_path) == ["cases.ndjson"]


def test_an_interrupted_run_is_resumed(tmp_path: Path) -> None:
    product = StandIn(accidents=["", "unheard"])
    path = saved(tmp_path, *range(25))
    with pytest.raises(Unavailable):
        run(product, path, patience=0.0)
    assert names(tmp_path) == ["cases.ndjson", "cases.ndjson.upload"]

    outcome = run(product, path)

    assert outcome.resumed
    assert (outcome.received, outcome.accepted, outcome.duplicate) == (25, 25, 0)
    assert names(tmp_path) == ["cases.ndjson"]


def test_a_restart_sends_everything_again(tmp_path: Path) -> None:
    product = StandIn(accidents=["", "lost"])
    path = saved(tmp_path, *range(25))
    with pytest.raises(Unavailable):
        run(product, path, patience=0.0)

    outcome = runner(product, path).send(restart=True)

    assert not outcome.resumed
    assert (outcome.accepted, outcome.duplicate) == (15, 10)


def test_rejected_rows_of_an_interrupted_run_are_in_the_error_file(tmp_path: Path) -> None:
    product = StandIn(accidents=["", "lost"])
    path = saved(tmp_path, "bad-1", *range(10), "bad-2")
    with pytest.raises(Unavailable):
        run(product, path, patience=0.0)

    outcome = run(product, path)

    assert outcome.errors_file is not None
    lines = outcome.errors_file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["_行号"] for line in lines] == [1, 12]


def test_a_refusal_of_the_whole_leaves_no_cursor_where_nothing_was_stored(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        run(StandIn(accidents=["403"]), saved(tmp_path, *range(25)))

    assert names(tmp_path) == ["cases.ndjson"]


def test_a_refusal_after_rows_were_stored_can_be_resumed(tmp_path: Path) -> None:
    product = StandIn(accidents=["", "401"])
    path = saved(tmp_path, *range(25))
    with pytest.raises(Refused):
        run(product, path)

    outcome = run(product, path)

    assert outcome.resumed
    assert (outcome.accepted, outcome.duplicate) == (25, 0)


def test_counts_that_are_not_final_are_said_to_be_so(tmp_path: Path) -> None:
    product = StandIn(accidents=["", "", "", "403"])
    path = saved(tmp_path, *range(25))

    outcome = run(product, path)

    assert not outcome.final
    assert (outcome.accepted, outcome.duplicate, outcome.revised) == (25, None, None)
    assert "待定 pending" in printed(outcome)
    assert "GET /v1/submissions" in printed(outcome)


def test_the_table_counts_and_says_why(tmp_path: Path) -> None:
    path = saved(tmp_path, *range(5), "bad-1", "bad-2")

    text = printed(run(StandIn(), path))

    for words in ("收到 received", "接受 accepted", "bad-time", "此处bad-time", "--kind cases"):
        assert words in text, words
    assert "cases.ndjson.errors.ndjson" in text


def test_an_atomic_refusal_says_to_correct_the_file_itself(tmp_path: Path) -> None:
    path = saved(tmp_path, 1, "bad")

    text = printed(run(StandIn(), path, "atomic"))

    assert "请更正原文件后重新报送" in text
    assert "duibiao submit" not in text


def test_json_for_scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, 1, 2, "bad")

    report.show_json(run(StandIn(), path))

    told = json.loads(capsys.readouterr().out)
    assert told == {
        "file": str(path),
        "kind": "cases",
        "mode": "partial",
        "dry_run": False,
        "stored": True,
        "final": True,
        "resumed": False,
        "received": 3,
        "accepted": 2,
        "duplicate": 0,
        "revised": 0,
        "rejected": 1,
        "errors": {"bad-time": 1},
        "warnings": [],
        "errors_file": f"{path}.errors.ndjson",
        "submissions": ["0"],
    }


@pytest.mark.parametrize(
    ("error", "zh", "en"),
    [
        (Refused(403, "forbidden", "No.", "非本单位。"), "被拒绝（403）：非本单位。", "No."),
        (Unreadable("no CSV", "不是CSV", 7), "第7行：不是CSV", "line 7: no CSV"),
        (Unavailable("ConnectError", 3), "再次执行同一命令", "ConnectError"),
        (Unexpected(httpx.Response(404)), "请核对地址", "404"),
        (OSError(28, "No space left"), "文件读写失败", "No space left"),
    ],
)
def test_what_ended_a_run_is_said_in_both_languages(
    error: ClientError | OSError, zh: str, en: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(file=io.StringIO(), width=200)
    report.show_error(console, error, as_json=False)
    report.show_error(console, error, as_json=True)

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert zh in text
    assert en in text
    told = json.loads(capsys.readouterr().out)
    assert zh in told["error_zh"]
    assert en in told["error"]


def test_the_errors_of_a_refusal_are_listed() -> None:
    errors = tuple(RowError("missing", f"No. {n}", f"缺{n}", "/a", n) for n in range(25))
    console = Console(file=io.StringIO(), width=100)

    report.show_error(console, Refused(422, "invalid", errors=errors), as_json=False)

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "缺19" in text
    assert "缺20" not in text
    assert "25 处" in text
