"""`duibiao cases`: asks the product for cases or for the ledger, and prints what it answers."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from tests.support.log_settings import logs_as_before

ROW = {
    "case_no": "A-1",
    "indicator": "days",
    "org": "tax-bureau",
    "region": "610100",
    "accepted_at": "2021-03-01T02:00:00Z",
    "due": "2021-03-08",
    "net_days": 10,
    "paused_days": 0,
    "extended_days": 0,
    "overdue_days": 5,
    "pause_ground": None,
    "leads": ["tax-bureau", "customs"],
}
asked: list[httpx.Request] = []


@pytest.fixture(autouse=True)
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a product answer with two pages of one row each."""
    (tmp_path / "dev-keys.json").write_text(json.dumps({"office": "dbk_x"}))
    monkeypatch.setenv("DUIBIAO_STATE_FOLDER", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "250")
    asked.clear()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.params.get("as_of") == "soon":
            fault = {"message": "as_of is no day.", "message_zh": "不是日期。"}
            kind = {"content-type": "application/problem+json"}
            return httpx.Response(422, json={"errors": [fault]}, headers=kind)
        if request.url.path.endswith(".csv"):
            return httpx.Response(200, text="\ufeff办件编号\r\n")
        more = None if "cursor" in request.url.params else "next"
        return httpx.Response(200, json={"items": [ROW], "next_cursor": more})

    client = httpx.Client

    def made(**options: Any) -> httpx.Client:  # noqa: ANN401 - of httpx
        return client(transport=httpx.MockTransport(answer), **options)

    monkeypatch.setattr("services.cli.asking.httpx.Client", made)


def run(*arguments: str, code: int = 0) -> Result:
    with logs_as_before():
        result = CliRunner().invoke(app, ["cases", *arguments])
    assert result.exit_code == code, result.output
    return result


def test_the_ledger_as_a_table() -> None:
    shown = run("--overdue", "--org", "tax-bureau").stdout
    assert "A-1" in shown
    assert "tax-bureau、customs" in shown
    assert "2 cases" in shown
    assert [one.url.path for one in asked] == ["/v1/records/overdue-cases"] * 2
    assert dict(asked[0].url.params) == {"org": "tax-bureau", "state": "overdue", "limit": "1000"}
    assert asked[0].headers["authorization"] == "Bearer dbk_x"


def test_as_json_with_those_due_soon() -> None:
    rows = json.loads(run("--overdue", "--within", "5", "--as-of", "2021-03-31", "--json").stdout)
    assert rows == [ROW, ROW]
    given = {"as_of": "2021-03-31", "within": "5", "limit": "1000"}
    assert dict(asked[0].url.params) == given


def test_as_csv() -> None:
    assert run("--overdue", "--csv").stdout == "\ufeff办件编号\n"
    assert asked[0].url.path == "/v1/records/overdue-cases.csv"


def test_all_cases() -> None:
    run("--region", "610100")
    assert asked[0].url.path == "/v1/records/cases"


def test_what_goes_wrong_is_told() -> None:
    assert "不是日期。" in run("--overdue", "--as-of", "soon", code=2).stderr
    assert "--overdue" in run("--csv", code=2).stderr
