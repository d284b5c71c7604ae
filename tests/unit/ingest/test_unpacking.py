import gzip
import zlib

import pytest

from services.ingest.adapters.unpacking import unpacked
from services.ingest.usecases.accept_submission import Refused

TEXT = b"abc" * 100_000


def gunzip(body: bytes, limit: int) -> bytes:
    return unpacked(body, "gzip", limit)


def refusal(body: bytes, limit: int = 1 << 20) -> str:
    with pytest.raises(Refused) as caught:
        gunzip(body, limit)
    return caught.value.flaws[0].code


def test_one_member_and_several() -> None:
    assert gunzip(gzip.compress(TEXT), 300_000) == TEXT
    assert (
        gunzip(gzip.compress(TEXT[:7]) + gzip.compress(b"") + gzip.compress(TEXT[7:]), 300_000)
        == TEXT
    )
    assert gunzip(gzip.compress(b""), 0) == b""


def test_members_that_meet_at_every_place_of_a_piece() -> None:
    noise = bytes((7 * n * n + n // 3) % 251 for n in range(65_500))
    first = gzip.compress(noise, 0)  # stored: as long as it was, about one piece of the reader
    for cut in range(0, 60, 7):
        body = gzip.compress(noise[:cut], 0) + first + gzip.compress(noise, 0)
        assert gunzip(body, 1 << 20) == noise[:cut] + noise + noise


@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_what_unfolds_to_several_steps_is_whole(size: int) -> None:
    inside = bytes(size)
    assert gunzip(gzip.compress(inside) + gzip.compress(TEXT), 4 << 20) == inside + TEXT
    assert refusal(gzip.compress(inside) + gzip.compress(TEXT), size) == "too-large"
    assert refusal(gzip.compress(inside)[:-1], 4 << 20) == "bad-compression"


def test_not_one_byte_more_than_the_limit() -> None:
    assert refusal(gzip.compress(TEXT), 299_999) == "too-large"
    halves = gzip.compress(TEXT[:150_000]) + gzip.compress(TEXT[150_000:])
    assert refusal(halves, 299_999) == "too-large"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"plain",
        gzip.compress(TEXT)[:-1],
        gzip.compress(TEXT)[:20],
        gzip.compress(TEXT) + b"\x00",
        gzip.compress(TEXT) + b"plain",
        gzip.compress(TEXT)[:-8] + bytes(8),
        zlib.compress(TEXT),
    ],
)
def test_what_is_no_gzip(body: bytes) -> None:
    assert refusal(body) == "bad-compression"


def test_a_heap_of_empty_members_is_refused() -> None:
    assert refusal(gzip.compress(b"") * 2_000) == "bad-compression"
    assert gunzip(gzip.compress(b"") * 1_000, 0) == b""
