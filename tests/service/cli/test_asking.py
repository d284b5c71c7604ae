"""A command that asks a running product, and what it says where no good answer comes."""

import json
from functools import partial
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from services.cli.cases import app as cases
from services.cli.close_period import app as close_period

PROBLEM = "application/problem+json"
REFUSED = {"errors": [{"message_zh": "该期间已锁定。", "message": "It is closed."}]}
BARE = {"errors": [], "detail_zh": "无权访问。", "detail": "Not allowed."}


def refused_to_connect(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    ("answer", "said", "codes"),
    [
        (httpx.Response(409, json=REFUSED, headers={"content-type": PROBLEM}), "已锁定", (2, 1)),
        (httpx.Response(403, json=BARE, headers={"content-type": PROBLEM}), "无权访问", (2, 1)),
        (httpx.Response(200, text="<html>"), "不是本系统的", (2, 2)),
        (httpx.Response(502), "不是本系统的", (2, 2)),
        (httpx.Response(302, headers={"location": "/login"}), "不是本系统的", (2, 2)),
        (refused_to_connect, "没有应答", (2, 2)),
    ],
    ids=["refused", "no-list", "page", "gateway", "redirect", "nothing"],
)
def test_a_command_ends_with_a_word_and_a_code(
    answer: httpx.Response | partial[httpx.Response],
    said: str,
    codes: tuple[int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handler = answer if callable(answer) else lambda _: answer
    transport = httpx.MockTransport(handler)
    monkeypatch.setattr(
        "services.cli.asking.httpx.Client", partial(httpx.Client, transport=transport)
    )
    (tmp_path / "dev-keys.json").write_text(json.dumps({"office": "k"}), encoding="utf-8")
    monkeypatch.setenv("DUIBIAO_STATE_FOLDER", str(tmp_path))
    for app, given, code in ((cases, [], codes[0]), (close_period, ["2021Q1", "--yes"], codes[1])):
        done = CliRunner().invoke(app, given)
        assert (done.exit_code, said in done.stderr) == (code, True), done.stderr
        assert isinstance(done.exception, SystemExit)
