"""Bodies in memory while they are small, in a file without a name beyond that."""

from contextlib import closing
from pathlib import Path

import pytest

from duibiao.store import StoreFull, StoreUnavailable
from services.ingest.adapters import spools
from services.ingest.adapters.spools import Spool

FOUR = 4  # bytes in memory


@pytest.mark.parametrize("parts", [[b""], [b"0123"], [b"01", b"", b"23"]])
def test_what_is_small_never_sees_the_folder(tmp_path: Path, parts: list[bytes]) -> None:
    spool = Spool(tmp_path / "none", FOUR)
    for part in parts:
        spool.write(part)
    assert not spool.full
    for _ in range(2):
        assert b"".join(spool.pieces()) == b"".join(parts)
    assert spool.size == len(b"".join(parts))
    assert not (tmp_path / "none").exists()


def test_what_is_large_is_read_from_a_file_that_nobody_sees(tmp_path: Path) -> None:
    with closing(Spool(tmp_path / "made", FOUR)) as spool:
        for part in (b"012", b"345", b"6", b"789ab", b"c"):
            spool.write(part)
            if spool.full:
                spool.spill()
        assert spool.filed
        for _ in range(2):
            assert list(spool.pieces()) == [b"0123", b"4567", b"89ab", b"c"]
        assert spool.size == 13
        assert list((tmp_path / "made").iterdir()) == []


def test_where_no_file_can_be_the_body_is_put_off(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    spool = Spool(tmp_path / "file", FOUR)
    spool.write(b"01234")
    with pytest.raises(StoreUnavailable):
        spool.spill()
    spool.close()


def test_a_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w+b") as full:
        monkeypatch.setattr(spools, "TemporaryFile", lambda **_: full)
        spool = Spool(tmp_path, FOUR)
        spool.write(b"01234")
        with pytest.raises(StoreFull):
            spool.spill()
        spool.close()
