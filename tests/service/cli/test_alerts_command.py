"""`duibiao alerts`: alerts listed, shown and acted on in a terminal, over the real API."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from services.cli import alerts as command
from services.cli import app
from tests.service.alerts.over_http import BODIES, Alerts
from tests.support.log_settings import logs_as_before

NUMBER = "黄-2021-0001"
REPLY = (
    "--comment",
    "已整改",
    "--cause",
    "人手",
    "--measures",
    "增员",
    "--finish-by",
    "2021-05-31",
)
LATER = "2021-06-01"
OPTIONS: dict[str, tuple[str, ...]] = {
    "ack": (),
    "reply": (*REPLY, "--files", "a.pdf", "--files", "b.pdf"),
    "appeal": ("--reason", "口径有误"),
    "return": ("--reason", "不实", "--lead", "customs", "--reply-due", LATER),
    "extend": ("--reason", "汛期", "--reply-due", LATER),
    "assign": ("--reason", "职责调整", "--org", "finance-bureau", "--from", "customs"),
    "reject-appeal": ("--reason", "口径无误"),
    "close": ("--comment", "属实", "--reason", "已约谈"),
    "reopen": ("--reason", "未整改"),
    "revoke": ("--reason", "误填"),
}


class Terminal:
    """The command, the service that it asks, and what it asked."""

    def __init__(self, folder: Path) -> None:
        self.alerts = Alerts(folder)
        self.asked: list[httpx.Request] = []
        self.down: Exception | None = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.down:
            raise self.down
        key = request.headers["authorization"].removeprefix("Bearer ")
        calls = self.alerts.service.calls(key)
        kept = ("If-Match", "Content-Type")
        given = {name: request.headers[name] for name in kept if name in request.headers}
        path = str(request.url.raw_path, "ascii")
        answer = calls.request(request.method, path, content=request.read(), headers=given)
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)

    def __call__(self, *arguments: str, code: int = 0, typed: str | None = None) -> Result:
        with logs_as_before():
            result = CliRunner().invoke(app, ["alerts", *arguments], input=typed)
        assert result.exit_code == code, result.output
        return result

    def told(self, *arguments: str) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self(*arguments, "--json").stdout)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    keys = {"office": "office", "auditor": "auditor", "orgs": {"tax-bureau": "tax", "x": "nokey"}}
    (tmp_path / "dev-keys.json").write_text(json.dumps(keys))
    monkeypatch.setenv("DUIBIAO_STATE_FOLDER", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "250")
    terminal = Terminal(tmp_path)
    client = httpx.Client

    def made(**options: Any) -> httpx.Client:  # noqa: ANN401 - of httpx
        return client(transport=httpx.MockTransport(terminal.answer), **options)

    monkeypatch.setattr("services.cli.asking.httpx.Client", made)
    with terminal.alerts.service:
        yield terminal
    terminal.alerts.close()


def test_the_list(terminal: Terminal) -> None:
    terminal.alerts.breach()
    terminal.alerts.breach("T02")
    shown = terminal("list").stdout
    assert "黄〔2021〕1号" in shown
    assert "已发出 firing" in shown
    assert "tax-bureau、customs" in shown
    assert "共 2 件。2 alerts." in shown
    assert [row["target"] for row in terminal.told("list")] == ["T02", "T01"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--target", "T02"), ["T02"]),
        (("--state", "firing", "--colour", "yellow", "--lead", "customs"), ["T02", "T01"]),
        (("--state", "closed"), []),
        (("--org", ""), ["T02", "T01"]),
        (("--org", "customs"), []),
    ],
)
def test_the_list_is_filtered(
    terminal: Terminal, options: tuple[str, ...], found: list[str]
) -> None:
    terminal.alerts.breach()
    terminal.alerts.breach("T02")
    assert [row["target"] for row in terminal.told("list", *options)] == found


def test_an_alert_by_its_id_and_either_form_of_its_number(terminal: Terminal) -> None:
    alert = terminal.alerts.breach()
    assert alert["number"] == NUMBER
    whole = terminal.alerts.get(f"/v1/alerts/{alert['id']}").json()
    for name in (alert["id"], NUMBER, "黄〔2021〕1号", "黄〔2021〕0001号"):
        assert terminal.told("show", name) == whole


def test_an_earlier_number_leads_to_the_alert(terminal: Terminal) -> None:
    blue = terminal.alerts.breach(status="at_risk")
    terminal.alerts.clock.advance(seconds=1)
    yellow = terminal.alerts.breach()
    assert (blue["number"], yellow["number"]) == ("蓝-2021-0001", NUMBER)
    assert terminal.told("show", NUMBER) == terminal.told("show", "蓝〔2021〕1号")


def test_what_was_said_is_shown(terminal: Terminal) -> None:
    terminal.alerts.breach()
    terminal("reply", NUMBER, *REPLY, "--files", "a.pdf", "--seen", "any")
    shown = terminal("show", NUMBER).stdout
    assert "已整改；人手；增员；2021-05-31；a.pdf" in shown
    assert "version 3" in shown  # opened, acknowledged, replied
    assert (
        "[bold]"
        in terminal("appeal", NUMBER, "--reason", "[bold]", "--seen", "3").stdout
        + terminal("show", NUMBER).stdout
    )


def test_every_action_is_there_with_every_field_of_its_body() -> None:
    actions = command._KNOWN["actions"]  # noqa: SLF001
    assert set(actions) == set(BODIES)
    assert set(OPTIONS) == {about["name"] for about in actions.values()}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_action_sends_what_was_given_and_the_version_that_was_shown(
    terminal: Terminal, name: str
) -> None:
    alert = terminal.alerts.breach()
    before = {"return": "reply", "reopen": "close", "reject-appeal": "appeal"}.get(name)
    if before:
        terminal(before, NUMBER, *OPTIONS[before], "--seen", "any")
    version = len(terminal.told("show", NUMBER)["history"])
    ran = terminal(name, NUMBER, *OPTIONS[name], "--json", typed="y\n")

    sent = terminal.asked[-1]
    assert sent.headers["If-Match"] == f'"{version}"'
    assert f"version {version}" in ran.stderr  # what is acted on is shown first
    verb = "acknowledge" if name == "ack" else name
    assert sent.url.path == f"/v1/alerts/{alert['id']}/{verb}"
    options = [
        (o[2:].replace("-", "_"), v) for o, v in zip(*[iter(OPTIONS[name])] * 2, strict=True)
    ]
    files = [value for option, value in options if option == "files"]
    assert json.loads(sent.content) == dict(options) | ({"files": files} if files else {})
    done = json.loads(ran.stdout[ran.stdout.index("{") :])  # after the prompt
    assert len(done["history"]) > version
    assert done["id"] == alert["id"]


def test_nothing_is_done_without_a_yes(terminal: Terminal) -> None:
    terminal.alerts.breach()
    terminal("ack", NUMBER, typed="n\n", code=1)
    assert {request.method for request in terminal.asked} == {"GET"}


def test_who_acted_meanwhile_is_not_overtaken(terminal: Terminal) -> None:
    terminal.alerts.breach()
    terminal("ack", NUMBER, "--seen", "1")
    ran = terminal(
        "close", NUMBER, "--comment", "属实", "--reason", "已约谈", "--seen", "1", code=1
    )
    assert "现为第2版" in ran.stderr
    assert terminal.told("show", NUMBER)["state"] == "acknowledged"


def test_no_is_1_and_wrong_use_is_2(terminal: Terminal) -> None:
    alert = terminal.alerts.breach()
    for name in ("蓝-2021-0009", "nowhere", alert["id"] + "x", "a/b", "红〔2021〕9号"):
        assert "/v1/alerts/" in terminal("show", name, code=1).stderr
    assert (
        "不能重新打开"
        in terminal("reopen", NUMBER, "--reason", "x", "--seen", "any", code=1).stderr
    )
    terminal("revoke", NUMBER, "--reason", "x", "--seen", "any", "--as", "tax-bureau", code=1)
    terminal("list", "--as", "x", code=1)
    terminal("list", "--state", "no-state", code=1)
    terminal("list", "--as", "nobody", code=2)
    terminal("reply", NUMBER, "--comment", "x", code=2)
    terminal("show", code=2)
    terminal.down = httpx.ConnectError("refused")
    assert "没有应答" in terminal("list", code=2).stderr


def test_a_unit_acts_for_itself(terminal: Terminal) -> None:
    terminal.alerts.breach()
    done = terminal("ack", NUMBER, "--comment", "收到", "--seen", "any", "--as", "tax-bureau")
    assert "黄〔2021〕1号" in done.stdout
    last = terminal.told("show", NUMBER)["history"][-1]
    assert (last["actor"], last["comment"]) == ("tax-bureau", "收到")
