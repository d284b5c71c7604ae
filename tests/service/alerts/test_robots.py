"""The robots of WeCom, DingTalk and Feishu against fakes that hold to their documentation."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.alerts.adapters.channels.channel import Channel, Result
from services.alerts.adapters.channels.dingtalk import DingTalk
from services.alerts.adapters.channels.feishu import Feishu
from services.alerts.adapters.channels.robot import SigningConfig
from services.alerts.adapters.channels.wecom import WeCom
from tests.service.alerts.certificates import certificate, server_side
from tests.service.alerts.channel_environment import BOARD, NOW, message, opened, opening
from tests.service.alerts.robot_server import SECRET, DingTalkRobot, FeishuRobot, Robot, WeComRobot
from tests.support.receiver import LocalReceiver

KINDS: dict[str, tuple[type[Channel[Any]], type[Robot]]] = {
    "wecom": (WeCom, WeComRobot),
    "dingtalk": (DingTalk, DingTalkRobot),
    "feishu": (Feishu, FeishuRobot),
}
LIMITED = {"wecom": (45009, 60.0), "dingtalk": (130101, 600.0), "feishu": (11232, 60.0)}
HEADLINE = "【黄牌】黄〔2021〕7号 发出：抵押登记1个工作日办结"

each = pytest.mark.parametrize("kind", KINDS)


def config(folder: Path, url: str, **wanted: Any) -> SigningConfig:  # noqa: ANN401 - as of the model
    (folder / "robot.url").write_text(url + "\n")
    (folder / "robot.secret").write_text(SECRET + "\n")
    usual: dict[str, Any] = {
        "url_file": folder / "robot.url",
        "secret_file": folder / "robot.secret",
        "ca_file": None,
        "language": "zh",
    }
    return SigningConfig.model_construct(**usual | wanted)


@contextmanager
def pair(kind: str, folder: Path, **wanted: Any) -> Iterator[tuple[Channel[Any], Robot]]:  # noqa: ANN401
    channel, fake = KINDS[kind]
    with fake() as robot, opened(channel, config(folder, robot.url), **wanted) as one:
        yield one, robot


@each
def test_a_message_is_signed_as_documented_and_shown(kind: str, tmp_path: Path) -> None:
    with pair(kind, tmp_path) as (channel, robot):
        assert channel.send(message(), NOW) == Result("sent", 0)

    (shown,) = robot.shown
    assert HEADLINE in shown["text"]
    assert "完成值：5.5 个工作日" in shown["text"]
    assert f"{BOARD}/board/alerts/alert-0007" in shown["text"]
    assert shown.get("title", HEADLINE) == HEADLINE


@each
def test_a_wrong_or_old_signature_is_no_success(kind: str, tmp_path: Path) -> None:
    with pair(kind, tmp_path) as (channel, robot):
        robot.now = NOW + timedelta(hours=2)
        old = channel.send(message(), NOW)
        robot.now = NOW
        (tmp_path / "robot.secret").write_text("another")
        wrong = channel.send(message(), NOW)

    if kind == "wecom":  # its key stands in the URL alone
        assert (old.outcome, wrong.outcome) == ("sent", "sent")
        return
    code = {"dingtalk": 310000, "feishu": 19021}[kind]
    assert (old.outcome, old.status_code) == (wrong.outcome, wrong.status_code) == ("status", code)
    assert "sign" in (old.detail or "")


@each
def test_too_many_messages_are_tried_again_when_the_limit_is_over(
    kind: str, tmp_path: Path
) -> None:
    with pair(kind, tmp_path) as (channel, robot):
        results = [channel.send(message(), NOW) for _ in range(21)]
        robot.now = later = NOW + timedelta(seconds=61)
        assert channel.send(message(), later) == Result("sent", 0)

    fits = 5 if kind == "feishu" else 20
    code, pause = LIMITED[kind]
    assert [one.outcome for one in results[:fits]] == ["sent"] * fits
    limited = results[fits]
    assert (limited.outcome, limited.status_code, limited.retry_after) == ("status", code, pause)


@each
@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_a_long_message_is_shortened_with_a_link(kind: str, language: str, tmp_path: Path) -> None:
    channel, fake = KINDS[kind]
    many = message(*(opening(f"红-2021-{n:04}") for n in range(1, 300)))
    with fake() as robot, opened(channel, config(tmp_path, robot.url, language=language)) as one:
        assert one.send(many, NOW) == Result("sent", 0)

    (shown,) = robot.shown
    assert "红〔2021〕1号" in shown["text"]
    assert "红〔2021〕299号" not in shown["text"]
    assert f"{BOARD}/board/inbox" in shown["text"]
    assert len(shown["text"].encode()) > (1500 if kind == "wecom" else 8000)


@each
@pytest.mark.parametrize(
    ("status", "headers", "content", "expected"),
    [
        (500, {}, b"", Result("status", 500)),
        (429, {"Retry-After": "120"}, b"", Result("status", 429, 120.0)),
        (410, {}, b"", Result("gone", 410)),
        (302, {"Location": "http://169.254.169.254/"}, b"", Result("status", 302)),
        (200, {}, b"<html>", Result("status", detail="the answer holds no code")),
        (200, {}, b"[]", Result("status", detail="the answer holds no code")),
        (200, {}, b"{}", Result("status", detail="the answer holds no code")),
        (200, {}, b'{"errcode": 0, "code": 0}' + b" " * 70_000, Result("sent", 0)),
        (
            200,
            {},
            b'{"errcode": 7, "code": 7, "errmsg": "no", "msg": "no"}',
            Result("status", 7, None, "no"),
        ),
    ],
)
def test_what_else_a_robot_may_answer(
    kind: str,
    status: int,
    headers: dict[str, str],
    content: bytes,
    expected: Result,
    tmp_path: Path,
) -> None:
    with pair(kind, tmp_path) as (channel, robot):
        robot.answers.append((status, headers, content))
        assert channel.send(message(), NOW) == expected


@each
def test_a_robot_that_hangs_is_a_timeout(kind: str, tmp_path: Path) -> None:
    with pair(kind, tmp_path, timeout=0.3) as (channel, robot):
        robot.hangs = True
        assert channel.send(message(), NOW) == Result("timeout")


@each
def test_an_inner_robot_that_is_not_allowed_is_never_asked(kind: str, tmp_path: Path) -> None:
    with pair(kind, tmp_path, allow="") as (channel, robot):
        assert channel.send(message(), NOW) == Result("address-refused")

    assert robot.shown == []


@each
def test_bad_certificates_and_lost_secrets_are_results(kind: str, tmp_path: Path) -> None:
    key, file = certificate(tmp_path)
    with LocalReceiver(tls=server_side(key, file)) as receiver:
        url = receiver.url(scheme="https")
        with opened(KINDS[kind][0], config(tmp_path, url)) as channel:
            assert channel.send(message(), NOW) == Result("connection")
            (tmp_path / "robot.url").unlink()
            assert channel.send(message(), NOW) == Result("secret-refused")

    assert receiver.got == []


def test_without_a_secret_nothing_is_signed(tmp_path: Path) -> None:
    with DingTalkRobot() as robot:
        unsigned = config(tmp_path, robot.url, secret_file=None)
        with opened(DingTalk, unsigned) as channel:
            assert channel.send(message(), NOW).status_code == 310000
