"""One try at a time, against a receiver that really listens and misbehaves in every way."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.alerts.adapters.channels.channel import (
    Abandoned,
    Message,
    Resolve,
    Result,
    resolve_by_system,
)
from services.alerts.adapters.channels.http_channel import retry_after
from services.alerts.adapters.channels.webhook import Webhook, WebhookConfig
from tests.service.alerts.certificates import certificate, server_side
from tests.service.alerts.channel_environment import environment
from tests.support.product import free_port
from tests.support.receiver import SECRET, SECRET_TEXT, Answer, LocalReceiver, signed
from tests.support.waiting import until

NOW = datetime(2021, 4, 16, 1, 0, tzinfo=UTC)
BODY = '{"type":"alert.opened","number":"黄-2021-0007"}'.encode()
MESSAGE = Message("0190-id", (BODY,))
LOOPBACK = "127.0.0.0/8"


class Names:
    """A resolver that says what it is told, and counts how often it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self._answers.pop(0) if self._answers else ()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "desk.secret"
    file.write_text(SECRET_TEXT)
    return file


_made: list[Webhook] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _made:
        _made.pop().close()


def sender(
    url: str,
    secret: Path,
    *,
    allow: str = LOOPBACK,
    names: Resolve | None = None,
    timeout: float = 5,
    ca_file: Path | None = None,
) -> Webhook:
    config = WebhookConfig.model_construct(url=url, secret_file=secret, ca_file=ca_file)
    resolve = names or resolve_by_system
    made = Webhook(config, environment(allow=allow, timeout=timeout, resolve=resolve))
    _made.append(made)
    return made


def test_a_message_is_signed_and_arrives_as_it_is(secret: Path) -> None:
    with LocalReceiver() as receiver:
        result = sender(receiver.url(path="/hook?to=desk"), secret).send(MESSAGE, NOW)

    (got,) = receiver.got
    assert result == Result("sent", 204)
    assert (got.path, got.body, got.id) == ("/hook?to=desk", BODY, "0190-id")
    assert got.headers["webhook-timestamp"] == "1618534800"
    assert got.headers["content-type"] == "application/json"
    assert signed(got, SECRET)
    assert not signed(replace(got, body=got.body + b" "), SECRET)


def test_a_connection_is_kept_where_nothing_is_left_to_read(secret: Path) -> None:
    with LocalReceiver(Answer(), Answer(), Answer(200), Answer()) as receiver:
        one = sender(receiver.url(), secret)
        connections = []
        for _ in range(4):
            assert one.send(MESSAGE, NOW).outcome == "sent"
            connections.append(receiver.connections)

    assert connections == [1, 1, 1, 2]


def test_a_connection_that_was_closed_from_the_other_side_is_not_used(secret: Path) -> None:
    with LocalReceiver(Answer(manner="part")) as receiver:
        one = sender(receiver.url(), secret)
        assert one.send(MESSAGE, NOW).outcome == "sent"
        until(lambda: receiver.closed == 1)

        assert one.send(MESSAGE, NOW).outcome == "sent"

    assert receiver.connections == 2


def test_a_connection_is_kept_for_seconds(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalReceiver() as receiver:
        one = sender(receiver.url(), secret)
        one.send(MESSAGE, NOW)
        later = time.monotonic() + 6
        monkeypatch.setattr(
            "services.alerts.adapters.channels.http_channel.monotonic", lambda: later
        )
        one.send(MESSAGE, NOW)

    assert receiver.connections == 2


def test_an_address_may_be_written_in_chinese(secret: Path) -> None:
    with LocalReceiver() as receiver:
        one = sender(receiver.url(path="/督查/a%2Fb?to=市 政#x"), secret)
        assert one.send(MESSAGE, NOW).outcome == "sent"

    assert receiver.got[0].path == "/%E7%9D%A3%E6%9F%A5/a%2Fb?to=%E5%B8%82%20%E6%94%BF"


def test_every_try_has_the_same_id_and_its_own_time(secret: Path) -> None:
    with LocalReceiver(Answer(500)) as receiver:
        one = sender(receiver.url(), secret)
        first = one.send(MESSAGE, NOW)
        second = one.send(MESSAGE, NOW + timedelta(seconds=9))

    assert [first, second] == [Result("status", 500), Result("sent", 204)]
    assert {got.id for got in receiver.got} == {"0190-id"}
    assert [got.headers["webhook-timestamp"] for got in receiver.got] == [
        "1618534800",
        "1618534809",
    ]
    assert all(signed(got) for got in receiver.got)


def test_a_new_secret_is_taken_up_without_a_restart(secret: Path) -> None:
    with LocalReceiver() as receiver:
        one = sender(receiver.url(), secret)
        secret.write_text(SECRET_TEXT.replace("whsec_M", "whsec_N") + "\n" + SECRET_TEXT)
        one.send(MESSAGE, NOW)

    assert signed(receiver.got[0], SECRET)
    assert receiver.got[0].headers["webhook-signature"].count("v1,") == 2


def test_without_its_secret_nothing_is_sent(secret: Path) -> None:
    with LocalReceiver() as receiver:
        one = sender(receiver.url(), secret)
        secret.unlink()
        assert one.send(MESSAGE, NOW) == Result("secret-refused")

    assert receiver.got == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200), Result("sent", 200)),
        (Answer(299), Result("sent", 299)),
        (Answer(302, {"Location": "http://169.254.169.254/latest/"}), Result("status", 302)),
        (Answer(400), Result("status", 400)),
        (Answer(410), Result("gone", 410)),
        (Answer(429, {"Retry-After": "120"}), Result("status", 429, 120.0)),
        (
            Answer(503, {"Retry-After": "Fri, 16 Apr 2021 01:00:30 GMT"}),
            Result("status", 503, 30.0),
        ),
    ],
)
def test_what_each_answer_means(secret: Path, answer: Answer, expected: Result) -> None:
    with LocalReceiver(answer) as receiver:
        assert sender(receiver.url(), secret).send(MESSAGE, NOW) == expected

    assert len(receiver.got) == 1  # nothing was followed anywhere


def test_an_endless_reply_is_not_read(secret: Path) -> None:
    began = time.monotonic()
    with LocalReceiver(Answer(200, manner="endless")) as receiver:
        assert sender(receiver.url(), secret).send(MESSAGE, NOW) == Result("sent", 200)

    assert time.monotonic() - began < 4


@pytest.mark.parametrize("manner", ["hang", "drip"])
def test_the_whole_try_takes_bounded_time(secret: Path, manner: str) -> None:
    began = time.monotonic()
    with LocalReceiver(Answer(manner=manner)) as receiver:
        result = sender(receiver.url(), secret, timeout=0.4).send(MESSAGE, NOW)

        assert result == Result("timeout")
        assert time.monotonic() - began < 4
        until(lambda: not _at_work())  # before the receiver is


def test_what_was_given_up_is_not_sent_later(secret: Path) -> None:
    found = threading.Event()

    def resolve(_host: str, _port: int) -> Sequence[str]:
        found.wait(30)
        return ["127.0.0.1"]

    with LocalReceiver() as receiver:
        one = sender(receiver.url("localhost"), secret, names=resolve, timeout=0.2)
        assert one.send(MESSAGE, NOW) == Result("timeout")
        found.set()
        until(lambda: not _at_work())

        assert receiver.got == []
        assert one.send(MESSAGE, NOW) == Result("sent", 204)


def test_what_was_given_up_does_not_disturb_the_next(secret: Path) -> None:
    found = threading.Event()
    waits = [found]  # for the first try alone

    def resolve(_host: str, _port: int) -> Sequence[str]:
        _ = waits and waits.pop().wait(30)
        return ["127.0.0.1"]

    with LocalReceiver(Answer(manner="slow")) as receiver:
        one = sender(receiver.url("localhost"), secret, names=resolve, timeout=2)
        assert one.send(MESSAGE, NOW) == Result("timeout")

        def meanwhile() -> None:
            receiver.wait_for(1)
            found.set()  # the first comes back while the second waits for its answer
            until(lambda: len(_at_work()) == 1)
            receiver.go.set()

        helper = threading.Thread(target=meanwhile)
        helper.start()
        assert one.send(MESSAGE, NOW) == Result("sent", 204)
        helper.join()

    assert len(receiver.got) == 1


def test_an_address_may_have_no_path(secret: Path) -> None:
    with LocalReceiver() as receiver:
        for path in ("", "?a=b"):
            assert sender(receiver.url(path=path), secret).send(MESSAGE, NOW).outcome == "sent"

    assert [got.path for got in receiver.got] == ["/", "/?a=b"]


def test_an_answer_without_content_may_say_that_it_comes_in_chunks(secret: Path) -> None:
    with LocalReceiver(Answer(204, {"Transfer-Encoding": "chunked"})) as receiver:
        assert sender(receiver.url(), secret).send(MESSAGE, NOW) == Result("sent", 204)


def test_the_next_address_is_tried_when_one_does_not_speak_tls(
    secret: Path, tmp_path: Path
) -> None:
    key, file = certificate(tmp_path)
    with LocalReceiver(tls=server_side(key, file)) as receiver, socket.socket() as other:
        other.bind(("127.0.0.2", receiver.port))
        other.listen()
        threading.Thread(target=lambda line: line.accept()[0].close(), args=(other,)).start()
        url = receiver.url("hooks.example.invalid", scheme="https")
        names = Names(["127.0.0.2", "127.0.0.1"])
        one = sender(url, secret, names=names, ca_file=file)
        assert one.send(MESSAGE, NOW) == Result("sent", 204)


def _at_work() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "Webhook"]


def test_nobody_listening_is_a_result(secret: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/"

    assert sender(url, secret).send(MESSAGE, NOW) == Result("connection")


def test_an_inner_address_that_is_not_allowed_is_never_connected_to(secret: Path) -> None:
    with LocalReceiver() as receiver:
        assert sender(receiver.url(), secret, allow="").send(MESSAGE, NOW) == Result(
            "address-refused"
        )
        named = sender(
            receiver.url("hooks.example.invalid"), secret, allow="", names=Names(["127.0.0.1"])
        )
        assert named.send(MESSAGE, NOW) == Result("address-refused")

    assert receiver.got == []


def test_a_name_is_resolved_once_and_the_connection_goes_there(secret: Path) -> None:
    # Asked again it is where nobody listens, then where nobody allows: no connection is kept there.
    names = Names(["127.0.0.1"], ["127.0.0.2"], ["169.254.169.254"])
    with LocalReceiver() as receiver:
        url = receiver.url("hooks.example.invalid")
        one = sender(url, secret, allow=LOOPBACK, names=names)
        outcomes = [one.send(MESSAGE, NOW).outcome for _ in range(3)]

    assert outcomes == ["sent", "connection", "address-refused"]
    assert names.asked == [("hooks.example.invalid", receiver.port)] * 3
    assert receiver.got[0].headers["host"] == f"hooks.example.invalid:{receiver.port}"
    assert len(receiver.got) == 1


def test_the_next_address_is_tried_when_one_does_not_answer(secret: Path) -> None:
    with LocalReceiver() as receiver:
        names = Names(["127.0.0.2", "127.0.0.1"])  # nobody listens on the first
        one = sender(receiver.url("hooks.example.invalid"), secret, names=names)
        assert one.send(MESSAGE, NOW) == Result("sent", 204)


def test_a_name_without_an_address_is_refused(secret: Path) -> None:
    one = sender("https://hooks.example.invalid/", secret, names=Names())

    assert one.send(MESSAGE, NOW) == Result("address-refused")


def test_the_systems_resolver_knows_the_loopback(secret: Path) -> None:
    with LocalReceiver() as receiver:
        one = sender(receiver.url("localhost"), secret, allow="localhost")
        assert one.send(MESSAGE, NOW) == Result("sent", 204)


def test_a_receiver_that_does_not_speak_tls_is_no_success(secret: Path) -> None:
    with LocalReceiver() as receiver:
        one = sender(receiver.url(scheme="https"), secret)
        assert one.send(MESSAGE, NOW) == Result("connection")

    assert receiver.got == []


def test_tls_is_checked_against_the_name_though_the_address_is_fixed(
    secret: Path, tmp_path: Path
) -> None:
    key, file = certificate(tmp_path)
    tls = server_side(key, file)
    loopback = ["127.0.0.1"]
    with LocalReceiver(tls=tls) as receiver:
        right = receiver.url("hooks.example.invalid", scheme="https")
        wrong = receiver.url("other.example.invalid", scheme="https")
        results = [
            sender(right, secret, names=Names(loopback), ca_file=file).send(MESSAGE, NOW),
            sender(wrong, secret, names=Names(loopback), ca_file=file).send(MESSAGE, NOW),
            sender(right, secret, names=Names(loopback)).send(MESSAGE, NOW),
        ]

    assert results == [Result("sent", 204), Result("connection"), Result("connection")]


def test_a_try_under_way_is_broken_off(secret: Path) -> None:
    with LocalReceiver(Answer(manner="hang")) as receiver:
        one = sender(receiver.url(), secret, timeout=30)

        def abandon() -> None:
            receiver.wait_for(1)
            one.abandon()

        helper = threading.Thread(target=abandon)
        helper.start()
        with pytest.raises(Abandoned):
            one.send(MESSAGE, NOW)
        helper.join()
        with pytest.raises(Abandoned):  # and none begins any more
            one.send(MESSAGE, NOW)

    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("0", 0.0),
        ("7", 7.0),
        ("999999999999999", 86400.0),
        ("-1", None),
        ("soon", None),
        ("1.5", None),
        ("٣", None),
        ("Fri, 16 Apr 2021 01:00:05 GMT", 5.0),
        ("Fri, 16 Apr 2021 00:00:00 GMT", 0.0),
        ("Fri, 16 Apr 2999 00:00:00 GMT", 86400.0),
        ("Fri, 16 Apr 2021 01:00:05 -0000", None),  # no zone at all
        ("Fri, 99 Apr 2021 01:00:05 GMT", None),
    ],
)
def test_what_retry_after_asks_for(text: str | None, expected: float | None) -> None:
    assert retry_after(text, NOW) == expected
