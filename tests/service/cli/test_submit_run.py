"""`duibiao submit` without its process: check, send, wait for the counts, tell, go on."""

import io
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from duibiao.client import (
    Client,
    ClientError,
    Fault,
    Refused,
    Retries,
    Spool,
    Unavailable,
    Unexpected,
    Unreadable,
    open_file,
)
from duibiao.client.wire import Reply
from services.cli import submit_shown as shown
from services.cli.submit_run import Order, Outcome, Run, Waits, empty
from tests.support.stand_in import StandIn

ORDER = Order("partial", dry_run=False, restart=False, most_rows=10, wait=5.0, spool=None)


def saved(folder: Path, *numbers: int | str) -> Path:
    path = folder / "cases.ndjson"
    lines = (f'{{"case_no":"{number}"}}\n' for number in numbers)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def client(product: StandIn, patience: float = 60.0) -> Client:
    return Client(
        "http://example.invalid",
        "key",
        transport=httpx.MockTransport(product.serve),
        retries=Retries(patience=patience),
        sleep=lambda _: None,
    )


def run(product: StandIn, path: Path, order: Order = ORDER, *, patience: float = 60.0) -> Outcome:
    asking = client(product, patience)
    console = Console(file=io.StringIO())
    return Run(asking, open_file(path), "cases", order, console, Waits()).outcome()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def printed(path: Path, order: Order, outcome: Outcome) -> str:
    console = Console(file=io.StringIO(), width=100)
    shown.show(console, path, order, outcome)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_every_row_taken(tmp_path: Path) -> None:
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


def test_refused_rows_are_mended_and_sent_again(tmp_path: Path) -> None:
    product = StandIn()
    outcome = run(product, saved(tmp_path, 1, "bad-2", 3, "bad-4"))
    assert (outcome.received, outcome.accepted, outcome.rejected) == (4, 2, 2)
    assert outcome.reasons == {"bad-time": 2}
    assert outcome.errors_file is not None

    text = outcome.errors_file.read_text(encoding="utf-8")
    outcome.errors_file.write_text(text.replace('"bad-', '"'), encoding="utf-8")
    mended = run(product, outcome.errors_file)

    assert (mended.received, mended.accepted, mended.rejected) == (2, 2, 0)
    assert set(product.effects) == {"1", "2", "3", "4"}


def test_an_atomic_file_with_a_wrong_row_stores_nothing_however_long(tmp_path: Path) -> None:
    product = StandIn()
    order = replace(ORDER, mode="atomic")

    outcome = run(product, saved(tmp_path, *range(25), "bad"), order)

    assert product.stored == []
    assert outcome.checked_only
    assert (outcome.received, outcome.rejected) == (26, 1)
    assert outcome.errors_file is not None
    assert names(tmp_path) == ["cases.ndjson", "cases.ndjson.errors.ndjson"]


def test_an_atomic_file_without_a_fault_is_stored(tmp_path: Path) -> None:
    product = StandIn()

    outcome = run(product, saved(tmp_path, *range(25)), replace(ORDER, mode="atomic"))

    assert not outcome.checked_only
    assert (outcome.accepted, len(product.effects)) == (25, 25)
    assert {r.url.params["mode"] for r in product.requests[3:6]} == {"atomic"}


def test_a_dry_run_stores_nothing_and_leaves_no_state(tmp_path: Path) -> None:
    product = StandIn()

    outcome = run(product, saved(tmp_path, *range(25)), replace(ORDER, dry_run=True))

    assert product.stored == []
    assert outcome.checked_only
    assert (outcome.received, outcome.accepted) == (25, 25)
    assert names(tmp_path) == ["cases.ndjson"]


def test_a_run_that_was_cut_short_is_gone_on_with(tmp_path: Path) -> None:
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

    outcome = run(product, path, replace(ORDER, restart=True))

    assert not outcome.resumed
    assert (outcome.accepted, outcome.duplicate) == (15, 10)


def test_refused_rows_of_a_run_cut_short_are_in_the_errors_file(tmp_path: Path) -> None:
    product = StandIn(accidents=["", "lost"])
    path = saved(tmp_path, "bad-1", *range(10), "bad-2")
    with pytest.raises(Unavailable):
        run(product, path, patience=0.0)

    outcome = run(product, path)

    assert outcome.errors_file is not None
    lines = outcome.errors_file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["_行号"] for line in lines] == [1, 12]


def test_a_refusal_of_the_whole_leaves_no_state_where_nothing_was_stored(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        run(StandIn(accidents=["403"]), saved(tmp_path, *range(25)))

    assert names(tmp_path) == ["cases.ndjson"]


def test_a_refusal_after_rows_were_stored_can_be_gone_on_from(tmp_path: Path) -> None:
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
    assert "待定 pending" in printed(path, ORDER, outcome)
    assert "GET /v1/submissions" in printed(path, ORDER, outcome)


def test_what_waits_in_a_spool_is_told_and_goes_later(tmp_path: Path) -> None:
    product = StandIn(accidents=["", "lost"])
    spool = Spool(tmp_path / "spool")
    order = replace(ORDER, spool=spool)
    path = saved(tmp_path, *range(20), "bad-1")

    outcome = run(product, path, order, patience=0.0)
    emptied = empty(client(product), spool)

    assert (outcome.received, outcome.spooled) == (10, 11)
    assert "服务暂不可用，已暂存" in printed(path, order, outcome)
    assert emptied.away is None
    assert len(emptied.delivered) == 2
    (errors_file,) = emptied.errors_files
    assert errors_file.parent == spool.folder / "refused"
    assert json.loads(errors_file.read_text(encoding="utf-8"))["case_no"] == "bad-1"
    assert len(product.effects) == 20


def test_a_spool_goes_without_the_check_since_the_product_may_be_away(tmp_path: Path) -> None:
    product = StandIn(accidents=["lost"])
    order = replace(ORDER, mode="atomic", spool=Spool(tmp_path / "spool"))

    outcome = run(product, saved(tmp_path, *range(5)), order, patience=0.0)

    assert outcome.spooled == 5


def test_a_spool_that_stays_full(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    product = StandIn(accidents=["lost"] * 3)
    run(product, saved(tmp_path, 1), replace(ORDER, spool=spool), patience=0.0)

    emptied = empty(client(product, patience=0.0), spool)

    assert emptied.away is not None
    assert emptied.errors_files == ()


def test_the_table_counts_and_says_why(tmp_path: Path) -> None:
    path = saved(tmp_path, *range(5), "bad-1", "bad-2")

    text = printed(path, ORDER, run(StandIn(), path))

    for words in ("收到 received", "接受 accepted", "bad-time", "此处bad-time", "--kind cases"):
        assert words in text, words
    assert "cases.ndjson.errors.ndjson" in text


def test_an_atomic_refusal_says_to_mend_the_file_itself(tmp_path: Path) -> None:
    path = saved(tmp_path, 1, "bad")
    order = replace(ORDER, mode="atomic")

    text = printed(path, order, run(StandIn(), path, order))

    assert "请更正原文件后重新报送" in text
    assert "duibiao submit" not in text


def test_json_for_scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, 1, 2, "bad")

    shown.show_json(path, ORDER, run(StandIn(), path))

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
        "spooled": 0,
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
        (Unexpected(Reply(404)), "请核对地址", "404"),
        (OSError(28, "No space left"), "文件读写失败", "No space left"),
    ],
)
def test_what_ended_a_run_is_said_in_both_languages(
    error: ClientError | OSError, zh: str, en: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(file=io.StringIO(), width=200)
    shown.show_error(console, error, as_json=False)
    shown.show_error(console, error, as_json=True)

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert zh in text
    assert en in text
    told = json.loads(capsys.readouterr().out)
    assert zh in told["error_zh"]
    assert en in told["error"]


def test_the_faults_of_a_refusal_are_listed() -> None:
    faults = tuple(Fault("missing", f"No. {n}", f"缺{n}", "/a", n) for n in range(25))
    console = Console(file=io.StringIO(), width=100)

    shown.show_error(console, Refused(422, "invalid", errors=faults), as_json=False)

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "缺19" in text
    assert "缺20" not in text
    assert "25 处" in text
