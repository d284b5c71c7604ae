"""An offer to speak another protocol is passed over; nothing else of a request is touched."""

import pytest

from duibiao.web.protocol import without_offer

HEAD = b"POST /v1/cases HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 4\r\n"


@pytest.mark.parametrize(
    "offer", [b"Upgrade: h2c\r\n", b"upgrade:h2c\r\n", b"UPGRADE: TLS/1.0, h2c \r\n"]
)
def test_an_offer_is_taken_out_of_the_head(offer: bytes) -> None:
    host = b"Host: a\r\n\r\nbody"
    assert without_offer(HEAD + offer + host) == (HEAD + host, b"")
    assert without_offer(HEAD + offer + b"\r\nbody") == (HEAD + b"\r\nbody", b"")


def test_an_offer_in_a_head_that_is_not_all_there() -> None:
    assert without_offer(HEAD + b"Upgrade: h2c\r\nHost:") == (HEAD + b"Host:", b"")


@pytest.mark.parametrize("cut", range(len(HEAD) - 2, len(HEAD) + 13))
def test_an_offer_that_comes_in_two_parts(cut: int) -> None:
    sent = HEAD + b"UPGRADE: h2c\r\nHost: a\r\n\r\n"
    first, held = without_offer(sent[:cut])
    assert b"UPGRADE" not in first
    second, rest = without_offer(held + sent[cut:])
    assert (first + second, rest) == (HEAD + b"Host: a\r\n\r\n", b"")


def test_any_other_line_is_not_held_back() -> None:
    for line in (b"\r\nUser-Agent: x", b"\r\nUpgrade-Insecure", b"\r\nHost: a"):
        assert without_offer(HEAD[:-2] + line) == (HEAD[:-2] + line, b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        HEAD + b"\r\n\r\nUpgrade: h2c\r\n",
        HEAD + b"\r\nx\r\nUpgrade: h2c\r\n\r\n",
        HEAD + b"Upgrade-Insecure-Requests: 1\r\n\r\n",
        HEAD + b"X-Upgrade: h2c\r\n\r\n",
        b"GET /?upgrade:h2c HTTP/1.1\r\n\r\n",
    ],
)
def test_all_else_stays(data: bytes) -> None:
    assert without_offer(data) == (data, b"")
