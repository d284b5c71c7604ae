"""Packing changes nothing: however a body is packed and cut, the same bytes come out, or none."""

import gzip
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.adapters.compression import decompressed
from services.ingest.domain.submission import Coding
from services.ingest.usecases.accept_submission import Refused

PACKERS: dict[Coding, Callable[[bytes], bytes]] = {
    "gzip": lambda part: gzip.compress(part, 1, mtime=0),
    "zstd": lambda part: zstandard.ZstdCompressor(level=1).compress(part),
}
PARTS = st.lists(
    st.binary(max_size=300)
    | st.builds(lambda letter, times: letter * times, st.binary(min_size=1, max_size=3),
                st.integers(0, 60_000)),
    min_size=1,
    max_size=5,
)  # fmt: skip


@pytest.mark.parametrize("coding", PACKERS)
@settings(deadline=None)
@given(parts=PARTS)
def test_several_members_are_one_body(coding: Coding, parts: list[bytes]) -> None:
    whole = b"".join(parts)
    packed = b"".join(map(PACKERS[coding], parts))
    assert decompressed(packed, coding, len(whole)) == whole
    if whole:
        with pytest.raises(Refused, match="too-large"):
            decompressed(packed, coding, len(whole) - 1)


@pytest.mark.parametrize("coding", PACKERS)
@settings(deadline=None)
@given(parts=PARTS, data=st.data())
def test_a_body_that_is_cut_off_is_refused(
    coding: Coding, parts: list[bytes], data: st.DataObject
) -> None:
    packed = [PACKERS[coding](part) for part in parts]
    last = packed.pop()
    cut = data.draw(st.integers(1, len(last) - 1))
    with pytest.raises(Refused, match="bad-request"):
        decompressed(b"".join(packed) + last[:cut], coding, 1 << 20)


@pytest.mark.parametrize("coding", PACKERS)
@settings(deadline=None)
@given(body=st.binary(max_size=200))
def test_any_bytes_give_bytes_or_a_reason(coding: Coding, body: bytes) -> None:
    try:
        assert len(decompressed(body, coding, 1 << 16)) <= 1 << 16
    except Refused as refused:
        assert refused.errors  # noqa: PT017 - either is fine


@pytest.mark.parametrize("coding", PACKERS)
def test_a_bomb_is_refused_before_it_unfolds(coding: Coding) -> None:
    bomb = PACKERS[coding](bytes(64 << 20))
    with pytest.raises(Refused, match="too-large"):
        decompressed(bomb * 3, coding, 1 << 20)


def test_zstd_without_its_length_or_with_a_checksum_is_read() -> None:
    text = "市税务局".encode() * 10_000
    endless = zstandard.ZstdCompressor(write_content_size=False).compress(text)
    checked = zstandard.ZstdCompressor(write_checksum=True).compress(text)
    assert decompressed(endless, "zstd", len(text)) == text
    assert decompressed(checked, "zstd", len(text)) == text
    with pytest.raises(Refused, match="bad-request"):
        decompressed(checked[:-1] + bytes([checked[-1] ^ 1]), "zstd", len(text))


def test_a_zstd_window_that_nobody_should_have_to_hold_is_refused_with_what_to_do() -> None:
    far = zstandard.ZstdCompressionParameters(window_log=25, enable_ldm=True)
    packed = zstandard.ZstdCompressor(compression_params=far).compress(bytes(40 << 20))
    with pytest.raises(Refused) as caught:
        decompressed(packed, "zstd", 1 << 30)
    assert caught.value.errors[0].code == "window-too-large"
