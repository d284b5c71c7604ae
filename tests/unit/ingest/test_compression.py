import gzip
import json
import random
import zlib
from collections.abc import Callable

import pytest
import zstandard

from services.ingest.adapters.compression import decompressed
from services.ingest.domain.submission import Coding
from services.ingest.usecases.accept_submission import Refused
from tests.support.ingest import case

TEXT = b"abc" * 100_000
TIGHTLY: dict[Coding, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 9),
    "zstd": zstandard.ZstdCompressor(level=19).compress,
}


def gunzip(body: bytes, limit: int) -> bytes:
    return decompressed(body, "gzip", limit)


def refusal(body: bytes, limit: int = 1 << 20, coding: Coding = "gzip") -> str:
    with pytest.raises(Refused) as caught:
        decompressed(body, coding, limit)
    return caught.value.errors[0].code


def padded(mebibytes: int, times: int) -> bytes:
    """Return zeros between noise of which gzip can make nothing, one byte in so many."""
    noise = random.Random(20210325)
    return b"".join(
        bytes(4 * times - 4) + noise.randbytes(4) for _ in range((mebibytes << 18) // times)
    )


def test_one_member_and_several() -> None:
    assert gunzip(gzip.compress(TEXT, mtime=0), 300_000) == TEXT
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
    inside = padded(4, 40)[:size]
    assert gunzip(gzip.compress(inside) + gzip.compress(TEXT, mtime=0), 4 << 20) == inside + TEXT
    assert refusal(gzip.compress(inside) + gzip.compress(TEXT, mtime=0), size) == "too-large"
    assert refusal(gzip.compress(inside)[:-1], 4 << 20) == "bad-compression"


def test_not_one_byte_more_than_the_limit() -> None:
    assert refusal(gzip.compress(TEXT, mtime=0), 299_999) == "too-large"
    halves = gzip.compress(TEXT[:150_000]) + gzip.compress(TEXT[150_000:])
    assert refusal(halves, 299_999) == "too-large"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"plain",
        gzip.compress(TEXT, mtime=0)[:-1],
        gzip.compress(TEXT, mtime=0)[:20],
        gzip.compress(TEXT, mtime=0) + b"\x00",
        gzip.compress(TEXT, mtime=0) + b"plain",
        gzip.compress(TEXT, mtime=0)[:-8] + bytes(8),
        zlib.compress(TEXT),
    ],
)
def test_what_is_no_gzip(body: bytes) -> None:
    assert refusal(body) == "bad-compression"


def test_a_heap_of_empty_members_is_refused() -> None:
    assert refusal(gzip.compress(b"") * 2_000) == "bad-compression"
    assert gunzip(gzip.compress(b"") * 1_000, 0) == b""


@pytest.mark.parametrize("coding", TIGHTLY)
def test_what_unfolds_further_than_rows_do_is_not_unfolded_up_to_the_limit(coding: Coding) -> None:
    bomb = TIGHTLY[coding](bytes(64 << 20))
    cut_off = bomb[: len(bomb) // 2]  # its end is never looked at
    for body in (bomb, cut_off):
        assert refusal(body, 1 << 30, coding) == "ratio-too-large"


@pytest.mark.parametrize("coding", TIGHTLY)
def test_a_little_may_unfold_as_far_as_it_likes(coding: Coding) -> None:
    inside = bytes((1 << 20) - 1)
    assert decompressed(TIGHTLY[coding](inside), coding, 1 << 30) == inside
    assert refusal(TIGHTLY[coding](inside + b"\0"), 1 << 30, coding) == "ratio-too-large"


@pytest.mark.parametrize("coding", TIGHTLY)
@pytest.mark.parametrize("indent", [None, 16])
def test_the_most_rows_and_the_most_alike_are_unpacked(coding: Coding, indent: int | None) -> None:
    rows = [case(case_no=f"N-{number:06}") for number in range(10_000)]
    body = json.dumps(rows, indent=indent).encode()
    assert decompressed(TIGHTLY[coding](body), coding, 32 << 20) == body
    sheet = "".join(
        ",".join(str(cell).ljust(255) for cell in row.values()) + "\r\n" for row in rows
    ).encode()
    assert len(sheet) > 10 << 20
    assert decompressed(TIGHTLY[coding](sheet), coding, 32 << 20) == sheet
