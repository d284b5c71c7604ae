"""Apprise for the rest: what it is let do, and what becomes of its answers."""

from pathlib import Path

import pytest

from services.alerts.adapters.channels.address_guard import Refused, read_allowed
from services.alerts.adapters.channels.apprise import Apprise, AppriseConfig, plugin
from services.alerts.adapters.channels.channel import Result
from tests.service.alerts.channel_environment import LOOPBACK, NOW, message, opened, opening
from tests.support.product import free_port
from tests.support.receiver import Answer, LocalReceiver

TWILIO = "twilio://AC" + "a" * 32 + ":" + "b" * 32 + "@15551112222/15553334444"


def config(folder: Path, url: str) -> AppriseConfig:
    (folder / "sms.url").write_text(url)
    return AppriseConfig.model_construct(url_file=folder / "sms.url", language="zh")


def test_a_message_is_sent_as_text(tmp_path: Path) -> None:
    with LocalReceiver(Answer(200)) as receiver:
        url = f"json://127.0.0.1:{receiver.port}/sms"
        with opened(Apprise, config(tmp_path, url)) as channel:
            assert channel.send(message(), NOW) == Result("sent")

    (got,) = receiver.got
    assert got.content["title"] == "【黄牌】黄〔2021〕7号 发出：抵押登记1个工作日办结"
    assert "2021年一季度完成值：5.5 个工作日" in got.content["message"]


@pytest.mark.parametrize("status", [500, 429, 410, 404])
def test_whatever_else_it_says_is_no_success(tmp_path: Path, status: int) -> None:
    with LocalReceiver(Answer(status)) as receiver:
        url = f"json://127.0.0.1:{receiver.port}/sms"
        with opened(Apprise, config(tmp_path, url)) as channel:
            assert channel.send(message(), NOW) == Result("status")


def test_messages_do_not_wait_for_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apprise.plugins.custom_json.NotifyJSON.request_rate_per_sec", 60)
    with LocalReceiver(Answer(200), Answer(200)) as receiver:
        url = f"json://127.0.0.1:{receiver.port}/sms"
        with opened(Apprise, config(tmp_path, url)) as channel:
            assert [channel.send(message(), NOW) for _ in range(2)] == [Result("sent")] * 2


def test_redirects_are_not_followed(tmp_path: Path) -> None:
    with LocalReceiver() as inner, LocalReceiver() as receiver:
        receiver.answers.append(Answer(302, {"Location": inner.url()}))
        receiver.answers.append(Answer(307, {"Location": inner.url()}))
        url = f"json://127.0.0.1:{receiver.port}/sms?redirect=yes"
        with opened(Apprise, config(tmp_path, url)) as channel:
            results = [channel.send(message(), NOW) for _ in range(2)]

    assert results == [Result("status")] * 2
    assert inner.got == []


def test_a_service_that_hangs_is_a_timeout(tmp_path: Path) -> None:
    with LocalReceiver(Answer(manner="hang")) as receiver:
        url = f"json://127.0.0.1:{receiver.port}/sms"
        with opened(Apprise, config(tmp_path, url), timeout=0.4) as channel:
            assert channel.send(message(), NOW) == Result("timeout")


def test_nobody_listening_is_no_success(tmp_path: Path) -> None:
    with opened(Apprise, config(tmp_path, f"json://127.0.0.1:{free_port()}/")) as channel:
        assert channel.send(message(), NOW) == Result("status")


def test_the_guard_is_asked_again_at_every_message(tmp_path: Path) -> None:
    with LocalReceiver() as receiver:
        url = f"json://127.0.0.1:{receiver.port}/sms"
        with opened(Apprise, config(tmp_path, url), allow="") as channel:
            assert channel.send(message(), NOW) == Result("address-refused")

    assert receiver.got == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("wecombot://" + "k" * 36, "a channel of its own"),
        ("dingtalk://" + "t" * 64, "a channel of its own"),
        ("feishu://" + "t" * 36, "a channel of its own"),
        ("mailtos://u:p@example.invalid", "a channel of its own"),
        ("jsons://example.invalid/x", "must be listed"),
        ("json://127.0.0.1/x", "must be listed"),
        ("psafer://" + "k" * 24, "over TLS"),  # psafers would be
        ("sfr://u:p@s/+33612345678", "over TLS"),
        ("syslog://", "over TLS"),
        (TWILIO + "?verify=no", "checks no certificate"),
        ("nonsense://x", "does not know"),
        ("https://hooks.example.invalid/x", "does not know"),
        ("", "does not know"),
    ],
)
def test_what_must_not_be_used(url: str, told: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Refused, match=told):
        plugin(url, read_allowed(""))

    assert caplog.records == []  # Apprise would log the URL with its key


def test_services_of_a_fixed_address_and_allowed_hosts_may_be_used() -> None:
    assert plugin(TWILIO, read_allowed("")).body_maxlen == 160
    assert plugin("jsons://sms.example.invalid/x", read_allowed("sms.example.invalid"))
    assert plugin("jsons://127.0.0.1/x", read_allowed(LOOPBACK))


def test_an_sms_is_as_short_as_the_service_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str]] = []
    kind = type(plugin(TWILIO, read_allowed("")))

    def notify(_self: object, body: str, title: str) -> bool:
        sent.append((title, body))
        return True

    monkeypatch.setattr(kind, "notify", notify)
    several = message(*(opening(f"红-2021-{n:04}") for n in range(1, 30)))
    with opened(Apprise, config(tmp_path, TWILIO)) as channel:
        assert channel.send(several, NOW) == Result("sent")

    ((title, body),) = sent
    assert len(title) + 2 + len(body) <= 160
    assert body.endswith("https://duibiao.example.invalid")
