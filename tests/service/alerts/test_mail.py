"""E-mail against a real SMTP server: what arrives, over which line, and what refusals become."""

import asyncio
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from services.alerts.adapters.channels.channel import Abandoned, Message, Result
from services.alerts.adapters.channels.mail import Mail, MailConfig
from services.alerts.adapters.documents import notice_body
from tests.service.alerts.certificates import certificate, server_side
from tests.service.alerts.channel_environment import NOW, message, opened, opening
from tests.service.alerts.mail_server import MailServer, mail_server
from tests.support.product import free_port
from tests.support.waiting import until

NAME = "hooks.example.invalid"
HEAD, CLERK = "head@tax.example.invalid", "clerk@tax.example.invalid"


def config(server: MailServer | int, **wanted: Any) -> MailConfig:  # noqa: ANN401 - as of the model
    port = server if isinstance(server, int) else server.port
    usual: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "name": "对标",
        "sender": "duibiao@city.example.invalid",
        "to": (HEAD, CLERK),
        "user": None,
        "password_file": None,
        "ca_file": None,
        "language": "zh",
    }
    return MailConfig.model_construct(**usual | wanted)


def at_loopback(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    key, file = certificate(tmp_path_factory.mktemp("tls"))
    return server_side(key, file), file


def test_text_and_html_arrive_in_one_message() -> None:
    with mail_server() as server, opened(Mail, config(server)) as channel:
        assert channel.send(message(), NOW) == Result("sent")

    mail = server.mail()
    assert server.got[0].rcpt_tos == [HEAD, CLERK]
    assert server.got[0].mail_from == "duibiao@city.example.invalid"
    assert mail["From"] == "对标 <duibiao@city.example.invalid>"
    assert mail["To"] == f"{HEAD}, {CLERK}"
    assert mail["Subject"] == "【黄牌】黄〔2021〕7号 发出：抵押登记1个工作日办结"
    assert mail["Date"] == "Fri, 16 Apr 2021 01:00:00 +0000"
    assert mail["Message-ID"] == "<0190-id@city.example.invalid>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert {part["Content-Transfer-Encoding"] for part in mail.iter_parts()} == {"base64"}
    text, html = [part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()]
    assert "2021年一季度完成值：5.5 个工作日\n目标值：≤ 1 个工作日\n" in text
    assert "https://duibiao.example.invalid/board/alerts/alert-0007" in text
    assert html.startswith("<!DOCTYPE html>")


def test_the_bytes_are_ascii_lines_that_any_server_takes() -> None:
    with mail_server() as server, opened(Mail, config(server, language="both")) as channel:
        channel.send(message(*(opening(f"红-2021-{n:04}") for n in range(1, 40))), NOW)

    content = server.got[0].content
    assert isinstance(content, bytes)
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_every_try_has_the_same_message_id() -> None:
    with mail_server() as server, opened(Mail, config(server)) as channel:
        server.data.append("451 later")
        assert channel.send(message(), NOW).outcome == "status"
        assert channel.send(message(), NOW) == Result("sent")

    assert server.mail()["Message-ID"] == "<0190-id@city.example.invalid>"


def test_no_text_can_add_a_header_or_a_recipient() -> None:
    evil = "x\r\nBcc: spy@example.invalid\r\n\r\n<script>"
    body = notice_body("test\r\nBcc: spy@example.invalid", evil, evil, NOW)
    step = body.replace("市税务局".encode(), b"")
    alert = opening("黄-2021-0007\r\nBcc: spy@example.invalid")
    with mail_server() as server, opened(Mail, config(server)) as channel:
        assert channel.send(Message("n", (step,)), NOW) == Result("sent")
        assert channel.send(message(alert), NOW) == Result("sent")

    for place in (0, 1):
        mail = server.mail(place)
        assert mail["Bcc"] is None
        assert server.got[place].rcpt_tos == [HEAD, CLERK]
        html = list(mail.iter_parts())[1].get_content()
        assert "<script>" not in html


@pytest.mark.parametrize("implicit", [False, True])
def test_certificates_are_checked_against_the_name_and_the_authority(
    pair: tuple[ssl.SSLContext, Path], *, implicit: bool
) -> None:
    tls, file = pair
    wanted = {"tls": "tls" if implicit else "starttls", "ca_file": file, "host": NAME}
    with mail_server(tls, implicit=implicit) as server:
        results = []
        for changed in ({}, {"ca_file": None}, {"host": "other.example.invalid"}):
            right = config(server, **wanted | changed)
            with opened(Mail, right, resolve=at_loopback) as channel:
                results.append(channel.send(message(), NOW))

    assert results == [Result("sent"), Result("connection"), Result("connection")]
    assert server.encrypted == [True]


def test_without_starttls_nothing_is_sent_in_the_clear() -> None:
    with mail_server() as server, opened(Mail, config(server, tls="starttls")) as channel:
        assert channel.send(message(), NOW) == Result("connection")

    assert server.got == []
    assert server.logins == []


def test_a_login_goes_over_tls_and_a_wrong_password_is_tried_again(
    pair: tuple[ssl.SSLContext, Path], tmp_path: Path
) -> None:
    tls, file = pair
    password = tmp_path / "mail.password"
    password.write_text("wrong\n")
    wanted = {"tls": "starttls", "ca_file": file, "host": NAME}
    with mail_server(tls) as server:
        login = config(server, user="duibiao", password_file=password, **wanted)
        with opened(Mail, login, resolve=at_loopback) as channel:
            assert channel.send(message(), NOW) == Result("secret-refused")
            password.write_text("s3cret\n")
            assert channel.send(message(), NOW) == Result("sent")
            password.unlink()
            assert channel.send(message(), NOW) == Result("secret-refused")

    tried = list(dict.fromkeys(server.logins))  # a wrong one is tried in two ways
    assert tried == [("duibiao", "wrong"), ("duibiao", "s3cret")]


@pytest.mark.parametrize(
    ("answers", "outcome", "code"),
    [
        ({HEAD: ["550 unknown"], CLERK: ["550 unknown"]}, "refused", 550),
        ({HEAD: ["550 unknown"], CLERK: ["450 busy"]}, "status", 450),
        ({HEAD: ["450 busy"]}, "status", 450),
        ({HEAD: ["550 unknown"]}, "sent", 550),
    ],
)
def test_refused_recipients(answers: dict[str, list[str]], outcome: str, code: int) -> None:
    with mail_server() as server, opened(Mail, config(server)) as channel:
        server.recipients.update({one: list(texts) for one, texts in answers.items()})
        result = channel.send(message(), NOW)

    assert (result.outcome, result.status_code) == (outcome, code)
    for refused in answers:
        assert f"{refused}: {answers[refused][0][:3]}" in (result.detail or "")


def test_whoever_has_got_it_does_not_get_it_again() -> None:
    with mail_server() as server, opened(Mail, config(server)) as channel:
        server.recipients[HEAD] = ["450 busy", "550 unknown"]
        first, second = channel.send(message(), NOW), channel.send(message(), NOW)

    assert (first.outcome, second.outcome) == ("status", "sent")
    assert [one.rcpt_tos for one in server.got] == [[CLERK]]


def test_nor_when_other_messages_go_out_in_between() -> None:
    with mail_server() as server, opened(Mail, config(server)) as channel:
        server.recipients[HEAD] = ["450 busy"]
        for one in ("first", "other", "first"):
            channel.send(message(id=one), NOW)

    assert [one.rcpt_tos for one in server.got] == [[CLERK], [HEAD, CLERK], [HEAD]]


@pytest.mark.parametrize(("answer", "outcome"), [("452 full", "status"), ("554 no", "refused")])
def test_a_refused_message(answer: str, outcome: str) -> None:
    with mail_server() as server, opened(Mail, config(server)) as channel:
        server.data.append(answer)
        result = channel.send(message(), NOW)

    assert (result.outcome, result.status_code) == (outcome, int(answer[:3]))


def test_what_was_accepted_is_sent_however_the_server_parts() -> None:
    with mail_server() as server, opened(Mail, config(server)) as channel:
        server.parting = "500 what?"
        assert channel.send(message(), NOW) == Result("sent")


def test_contacts_of_the_lead_units_are_written_to() -> None:
    asked: list[Sequence[str]] = []

    def contacts(orgs: Sequence[str]) -> Sequence[str]:
        asked.append(orgs)
        return (HEAD,) if "tax-bureau" in orgs else ()

    with (
        mail_server() as server,
        opened(Mail, config(server, to="contacts"), contacts=contacts) as channel,
    ):
        joint = opening("红-2021-0001", leads=("customs", "tax-bureau"))
        assert channel.send(message(opening(), joint), NOW) == Result("sent")
        other = opening(leads=("customs",))
        assert channel.send(message(other), NOW) == Result("no-recipient")
        test = Message("t", (notice_body("test", "x", "x", NOW, "tax-bureau"),))
        assert channel.send(test, NOW) == Result("sent")

    assert server.got[0].rcpt_tos == [HEAD]
    assert asked == [("tax-bureau", "customs"), ("customs",), ("tax-bureau",)]


def test_an_inner_server_that_is_not_allowed_is_never_connected_to() -> None:
    with mail_server() as server:
        for wanted in (config(server), config(server, host=NAME, tls="starttls")):
            with opened(Mail, wanted, allow="", resolve=at_loopback) as channel:
                assert channel.send(message(), NOW) == Result("address-refused")

    assert server.got == []


def test_nobody_listening_is_a_result() -> None:
    with opened(Mail, config(free_port())) as channel:
        assert channel.send(message(), NOW) == Result("connection")


def test_a_server_that_hangs_is_a_timeout_and_can_be_broken_off() -> None:
    with mail_server() as server:
        server.hangs = asyncio.Event()
        with opened(Mail, config(server), timeout=0.5) as channel:
            assert channel.send(message(), NOW) == Result("timeout")
            until(lambda: not [one for one in threading.enumerate() if one.name == "Mail"])
        with opened(Mail, config(server), timeout=30) as channel:
            threading.Timer(0.3, channel.abandon).start()
            with pytest.raises(Abandoned):
                channel.send(message(), NOW)
            with pytest.raises(Abandoned):
                channel.send(message(), NOW)


def test_a_step_nobody_can_write_is_a_result_and_not_the_end() -> None:
    with mail_server() as server, opened(Mail, config(server)) as channel:
        assert channel.send(Message("x", (b"{",)), NOW) == Result("error")
        assert channel.send(message(), NOW) == Result("sent")
