"""The file RECEIVERS: what it may say, all its faults at once, and who hears of which alert."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from services.alerts.adapters.channels.address_guard import read_allowed
from services.alerts.adapters.channels.apprise import AppriseConfig
from services.alerts.adapters.channels.channel import Outcome
from services.alerts.adapters.channels.mail import MailConfig
from services.alerts.adapters.channels.receivers import (
    CHANNELS,
    Receivers,
    ReceiversError,
    Route,
    read_receivers,
)
from services.alerts.adapters.channels.robot import SigningConfig
from services.alerts.adapters.channels.webhook import WebhookConfig
from services.alerts.domain import life
from services.alerts.domain.alert import Alert, Colour, Identity, Stamp, Subject, Trigger
from services.alerts.domain.life import Asking
from tests.support import project
from tests.support.alert_book import FIRST_DAY
from tests.support.registers import register, the_register

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

GOOD = """
receivers:
  - name: duty-desk
    webhook:
      url: https://hooks.example.invalid/duibiao
      secret_file: desk.secret
  - name: tax
    webhook: {url: "http://10.1.2.3:8000/hook?x=1", secret_file: desk.secret}
routes:
  - receiver: duty-desk
    colours: [yellow, red]
  - receiver: tax
    orgs: [tax-bureau]
    targets: T01
"""


def read(folder: Path, text: str, allow: str = "10.0.0.0/8") -> Receivers:
    (folder / "desk.secret").write_text(SECRET)
    file = folder / "receivers.yaml"
    file.write_text(text, encoding="utf-8")
    return read_receivers(file, register(), read_allowed(allow))


def an_alert(colour: Colour = Colour.YELLOW, target: str | None = "T01") -> Alert:
    identity = Identity(target, None if target else "1.1/2021Q1", None, "610100")
    return life.opened(
        "a",
        Subject(identity, "1.1", ("tax-bureau",), ("customs",)),
        [Trigger(colour, "r", "verdict", "2021Q1", "v1", "v1")],
        Asking(waits=False, reply_due=date(2021, 1, 11)),
        number="n",
        stamp=Stamp("s", FIRST_DAY, "duibiao"),
    ).alert


def test_a_good_file(tmp_path: Path) -> None:
    receivers = read(tmp_path, GOOD)

    assert list(receivers.by_name) == ["duty-desk", "tax"]
    tax = receivers.by_name["tax"]
    assert (tax.channel, tax.config) == (
        "webhook",
        WebhookConfig.model_construct(
            url="http://10.1.2.3:8000/hook?x=1", secret_file=tmp_path / "desk.secret", ca_file=None
        ),
    )
    assert receivers.routes[1] == Route(
        "tax", frozenset(), frozenset({"tax-bureau"}), frozenset({"T01"})
    )


URLS = {
    "wecom.url": "https://qyapi.example.invalid/cgi-bin/webhook/send?key=k",
    "dingtalk.url": "https://oapi.example.invalid/robot/send?access_token=t",
    "feishu.url": "https://open.example.invalid/open-apis/bot/v2/hook/h",
    "sms.url": "twilio://AC" + "a" * 32 + ":" + "b" * 32 + "@15551112222/15553334444",
}


def written(folder: Path, example: str) -> Path:
    """Write a file and the files that it names."""
    for field, name in re.findall(r"(\w+)_file: (\S+)", example):
        (folder / name).write_text({"url": URLS.get(name, ""), "ca": ""}.get(field, SECRET))
    file = folder / "receivers.yaml"
    file.write_text(example, "utf-8")
    return file


def the_docs() -> tuple[str, str]:
    page = (project.ROOT / "docs" / "receivers.md").read_text("utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (allow,) = re.findall(r"needs `DUIBIAO_RECEIVER_ALLOW=(.+?)`", page)
    return example, allow


def test_the_example_of_the_docs_is_a_good_file_with_every_channel(tmp_path: Path) -> None:
    example, allow = the_docs()
    file = written(tmp_path, example)

    found = read_receivers(file, the_register(), read_allowed(allow))

    assert {route.receiver for route in found.routes} == set(found.by_name)
    assert {receiver.channel for receiver in found.by_name.values()} == set(CHANNELS)
    assert found.office == "office-mail"
    with pytest.raises(ReceiversError, match="url"):
        read_receivers(file, the_register(), read_allowed(""))


def test_the_docs_describe_every_field() -> None:
    page = (project.ROOT / "docs" / "receivers.md").read_text("utf-8")
    configs = (WebhookConfig, MailConfig, SigningConfig, AppriseConfig)
    fields = {
        field.alias or name for config in configs for name, field in config.model_fields.items()
    }

    assert {name for name in fields if f"`{name}`" not in page} <= {"language"}
    assert [
        one for one in get_args(Outcome) for name in get_args(one) if f"`{name}`" not in page
    ] == []


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        ("email: {host: 10.1.2.5, from: a@b.invalid, to: x@b.invalid}", "not public"),
        ("email: {host: h.invalid, tls: none, from: a@b.invalid, to: [x]}", "email.to"),
        ("email: {host: h.invalid, from: a@b.invalid, to: []}", "email.to"),
        (
            'email: {host: h.invalid, from: "a@b.invalid\\r\\nBcc: x@y.invalid", to: contacts}',
            "from",
        ),
        ('email: {host: h.invalid, from: a@b.invalid, name: "a\\nb", to: contacts}', "name"),
        (
            'email: {host: h.invalid, from: a@b.invalid, to: ["x@y.invalid\\nBcc: z@y.invalid"]}',
            "to",
        ),
        ("email: {host: h.invalid, from: a@b.invalid, to: contacts, user: u}", "belong together"),
        ("email: {host: h.invalid, from: a@b.invalid, to: contacts}", "writes to units"),
        ("email: {host: h.invalid, from: a@b.invalid, to: contacts, language: fr}", "language"),
        ("email: {host: h.invalid, from: a@b.invalid, to: contacts, ca_file: x}", "not there"),
        (
            "email: {host: h.invalid, tls: none, from: a@b.invalid, to: contacts, user: u,"  # noqa: ISC004
            " password_file: desk.secret}",
            "a password needs TLS",
        ),
        ("wecom: {url_file: nowhere}", "cannot be read"),
        ("wecom: {url_file: desk.secret}", "expected https"),
        ("wecom: {url_file: inner.url}", "not public"),
        ("wecom: {url_file: inner.url, secret_file: desk.secret}", "Extra inputs"),
        ("feishu: {url_file: inner.url, secret_file: nowhere}", "not there"),
        ("dingtalk: {}", "Field required"),
        ("apprise: {url_file: desk.secret}", "Apprise does not know"),
        (
            "webhook: {url: 'https://a.invalid', secret_file: desk.secret}, "  # noqa: ISC004
            "email: {host: h.invalid, from: a@b.invalid, to: contacts}",
            "expected one of webhook, email, wecom, dingtalk, feishu, apprise",
        ),
        ("sms: {}", "Extra inputs"),
        (
            "digest: weekly, webhook: {url: 'https://a.invalid', secret_file: desk.secret}",
            "a digest goes by email only",
        ),
        ("digest: daily, email: {host: h.invalid, from: a@b.invalid, to: contacts}", "digest"),
    ],
)
def test_what_is_wrong_with_a_channel_is_told(tmp_path: Path, channel: str, told: str) -> None:
    (tmp_path / "inner.url").write_text("https://10.9.9.9/send?key=k")
    text = f"office: a\nreceivers:\n  - {{name: a, {channel}}}\n"
    with pytest.raises(ReceiversError) as raised:
        read(tmp_path, text, allow="")

    assert told in str(raised.value)
    assert "key=k" not in str(raised.value)
    assert SECRET not in str(raised.value)


def test_every_route_that_matches_leads_to_its_receiver_once(tmp_path: Path) -> None:
    receivers = read(tmp_path, GOOD + "  - receiver: tax\n")

    assert receivers.of(an_alert()) == ("duty-desk", "tax")
    assert receivers.of(an_alert(Colour.BLUE)) == ("tax",)


@pytest.mark.parametrize(
    ("route", "takes"),
    [
        ({}, True),
        ({"colours": {"yellow"}}, True),
        ({"colours": {"red"}}, False),
        ({"orgs": {"tax-bureau"}}, True),
        ({"orgs": {"customs"}}, True),
        ({"orgs": {"finance-bureau"}}, False),
        ({"targets": {"T01"}}, True),
        ({"targets": {"T02"}}, False),
        ({"targets": {"T01"}, "colours": {"red"}}, False),
    ],
)
def test_what_a_route_takes(route: dict[str, set[str]], takes: bool) -> None:  # noqa: FBT001 - a column
    chosen = {key: frozenset(route.get(key, ())) for key in ("colours", "orgs", "targets")}

    assert Route("x", **chosen).takes(an_alert()) is takes


def test_a_route_by_target_takes_no_duty() -> None:
    by_target = Route("x", frozenset(), frozenset(), frozenset({"T01"}))

    assert not by_target.takes(an_alert(target=None))
    assert replace(by_target, targets=frozenset()).takes(an_alert(target=None))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = """
receivers:
  - name: a
    webhook: {url: "https://127.0.0.1/x", secret_file: desk.secret}
  - name: a
    webhook: {url: "ftp://x.example.invalid", secret_file: nowhere, ca_file: nowhere}
  - name: b
    webhook: {url: "https://user:pw@x.example.invalid/", secret_file: desk.secret}
  - webhook: {}
  - oops
  - name: c
routes:
  - receiver: nobody
    colours: [green]
    orgs: [nobody]
    targets: [T99]
    states: [firing]
office: nobody
"""
    with pytest.raises(ReceiversError) as told:
        read(tmp_path, text)

    said = "\n".join(told.value.faults)
    for words in (
        "receivers[0].webhook.url: 127.0.0.1 is at 127.0.0.1, which is not public",
        "receivers[1].webhook.url: expected https://",
        "nowhere cannot be read",
        "nowhere is not there",
        "receivers[1].name: another receiver is named a",
        "receivers[2].webhook.url: no user name",
        "receivers[3].name: Field required",
        "receivers[3].webhook.url: Field required",
        "receivers[3].webhook.secret_file: Field required",
        "receivers[4]: expected a mapping",
        "routes[0].states: Extra inputs are not permitted",
        "routes[0].receiver: unknown nobody",
        "routes[0].colours: unknown green",
        "routes[0].orgs: unknown nobody",
        "receivers[5]: expected one of webhook",
        "routes[0].targets: unknown T99",
        "office: unknown nobody",
    ):
        assert words in said, words


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/x",
        "https://2130706433/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]:8443/",
        "https://",
        "https://x.example.invalid:99999/",
        "file:///etc/hostname",
        "x.example.invalid",
    ],
)
def test_an_address_that_is_never_sent_to_is_refused_when_read(tmp_path: Path, url: str) -> None:
    text = f"""
receivers:
  - name: a
    webhook: {{url: "{url}", secret_file: desk.secret}}
"""
    with pytest.raises(ReceiversError, match="url:"):
        read(tmp_path, text, allow="")


@pytest.mark.parametrize("text", ["[", "- a", "receivers: {}", "receivers: 5", "", "routes: x"])
def test_what_is_no_such_file_is_told(tmp_path: Path, text: str) -> None:
    if text == "receivers: {}":
        assert read(tmp_path, text) == Receivers({}, ())
        return
    with pytest.raises(ReceiversError):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReceiversError):
        read_receivers(tmp_path / "nowhere.yaml", register(), read_allowed(""))


@pytest.mark.parametrize("written", ["", "null", "''"])
def test_an_empty_ca_file_is_none(tmp_path: Path, written: str) -> None:
    wanted = GOOD.replace(
        "desk.secret\n  - name: tax", f"desk.secret\n      ca_file: {written}\n  - name: tax"
    )
    assert wanted != GOOD
    config = read(tmp_path, wanted).by_name["duty-desk"].config
    assert isinstance(config, WebhookConfig)
    assert config.ca_file is None
