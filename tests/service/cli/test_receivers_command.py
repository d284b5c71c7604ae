"""`duibiao receivers`: all faults of a file at once, and what a receiver would be sent."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.alerts.adapters.documents import webhook_body
from services.cli.receivers import app
from tests.service.alerts.channel_environment import opening
from tests.support import project

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
FILE = """
office: wecom
receivers:
  - name: mail
    email: {host: smtp.example.invalid, from: a@b.invalid, to: contacts, language: both}
    digest: weekly
  - name: wecom
    wecom: {url_file: wecom.url}
  - name: hook
    webhook: {url: "https://hooks.example.invalid/", secret_file: hook.secret}
routes:
  - receiver: mail
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wecom.url").write_text("https://qyapi.example.invalid/send?key=k")
    (tmp_path / "hook.secret").write_text(SECRET)
    file = tmp_path / "receivers.yaml"
    file.write_text(FILE, "utf-8")
    monkeypatch.setenv("DUIBIAO_RECEIVERS", str(file))
    monkeypatch.setenv("DUIBIAO_PUBLIC_URL", "https://duibiao.example.invalid")
    return file


def test_a_good_file(file: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(file)])

    assert result.exit_code == 0
    assert "mail (email), wecom (wecom), hook (webhook)" in result.output


def test_all_faults_of_a_file_at_once(file: Path) -> None:
    file.write_text(FILE.replace("office: wecom", "office: nobody").replace("wecom.url", "x"))
    result = CliRunner().invoke(app, ["check", str(file)])

    assert result.exit_code == 1
    assert "office: unknown nobody" in result.output
    assert "receivers[1].wecom.url_file: " in result.output


def test_a_preview_is_what_each_channel_would_be_sent(file: Path) -> None:
    assert file.is_file()
    mail = CliRunner().invoke(app, ["preview", "mail"]).output
    assert mail.startswith("【黄牌】黄〔2021〕7号 发出：")
    assert "Yellow card 黄〔2021〕7号 raised: " in mail
    assert "https://duibiao.example.invalid/board/alerts/example" in mail
    html = CliRunner().invoke(app, ["preview", "mail", "--html"]).output
    assert html.startswith("<!DOCTYPE html>")
    assert "**【黄牌】" in CliRunner().invoke(app, ["preview", "wecom"]).output
    hook = CliRunner().invoke(app, ["preview", "hook"]).output
    assert json.loads(hook)["data"]["alert"]["number"] == "黄-2021-0007"


def test_a_digest_is_shown_to_who_asked_for_one(file: Path) -> None:
    assert file.is_file()
    mail = CliRunner().invoke(app, ["preview", "mail", "--digest"]).output
    assert mail.startswith(
        "【每周摘要】全部单位 2021年4月19日至2021年4月25日 / Weekly digest: all units"
    )
    assert (
        "未结预警：4件（红牌1件、黄牌2件、蓝色提醒1件）\n上周：新增5件，回复2件，核实销号1件\n"
        in mail
    )
    assert (
        "本周应回复：黄〔2021〕7号政府投资项目审批不超过60个工作日（市住建局，2021年4月23日）"
        in mail
    )
    assert "Reports overdue: none" in mail
    html = CliRunner().invoke(app, ["preview", "mail", "--digest", "--html"]).output
    assert "上周" in html
    other = CliRunner().invoke(app, ["preview", "wecom", "--digest"])
    assert other.exit_code == 1
    assert "wecom has no digest: weekly" in other.output


def test_nobody_of_that_name(file: Path) -> None:
    assert file.is_file()
    result = CliRunner().invoke(app, ["preview", "nobody"])

    assert result.exit_code == 1
    assert "No receiver is named nobody" in result.output


def test_the_example_has_the_shape_of_a_step() -> None:
    example = json.loads((project.ROOT / "services/cli/example_step.json").read_bytes())
    step = json.loads(webhook_body(opening()))

    assert set(example) == set(step)
    assert set(example["data"]) == set(step["data"])
    assert set(example["data"]["alert"]) == set(step["data"]["alert"])
