"""Whatever stands in the files, the check answers with faults: it never breaks.

A law over files broken at random: any value of any file replaced by any other kind of value.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duibiao.register import RegisterError, check, load
from duibiao.register.documents import read_document
from tests.service.register.register_files import SOUND, RegisterFiles

PLAIN = {part: read_document(part, text.encode()).data for part, text in SOUND.items()}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**30),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    st.sampled_from(
        [
            "",
            "6.3",
            "9" * 5000,
            "17.1.1",
            "１７",
            "2021-13-01",
            "2021Q9",
            "9999-12-31",
            "0001-01-01",
        ]
    ),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20),
    st.just([]),
    st.just({}),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.just({}), st.just([])), max_size=3),
)


def test_the_small_register_is_sound_as_json_too(files: RegisterFiles) -> None:
    for part, data in PLAIN.items():
        files.write(part, json.dumps(data, ensure_ascii=False, default=float))
    assert files.faults() == ()


def places(data: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    inside = data.items() if isinstance(data, dict) else ()
    if isinstance(data, list):
        inside = enumerate(data)  # type: ignore[assignment]
    for key, value in inside:
        yield from places(value, (*path, key))


PLACES = [(part, path) for part, data in PLAIN.items() for path in places(data)]


def with_value(data: Any, path: tuple[str | int, ...], value: object) -> Any:  # noqa: ANN401
    """Return a copy of plain data with another value at a path."""
    if not path:
        return value
    copied: Any = list(data) if isinstance(data, list) else dict(data)
    copied[path[0]] = with_value(data[path[0]], path[1:], value)
    return copied


@settings(max_examples=100, deadline=None)
@given(place=st.sampled_from(PLACES), value=ODD)
def test_any_odd_value_is_answered_with_faults_or_a_register(
    place: tuple[str, tuple[str | int, ...]], value: object
) -> None:
    part, path = place
    with TemporaryDirectory() as folder:
        files = RegisterFiles.sound(Path(folder))
        broken = with_value(PLAIN[part], path, value)
        # JSON is YAML: every text comes out quoted, every other value as it is.
        files.write(part, json.dumps(broken, ensure_ascii=False, default=float))
        assert_answered(files.folder)


@settings(max_examples=40, deadline=None)
@given(part=st.sampled_from(sorted(SOUND)), cut=st.floats(0, 1), extra=st.binary(max_size=8))
def test_a_file_cut_off_anywhere_is_answered(part: str, cut: float, extra: bytes) -> None:
    with TemporaryDirectory() as folder:
        files = RegisterFiles.sound(Path(folder))
        content = SOUND[part].encode()
        broken = content[: int(len(content) * cut)] + extra
        (files.folder / f"{part}.yaml").write_bytes(broken)
        assert_answered(files.folder)


def assert_answered(folder: Path) -> None:
    faults = check(folder)
    assert all(fault.line >= 1 and fault.message and fault.message_zh for fault in faults)
    assert list(dict.fromkeys(faults)) == list(faults)
    if not faults:
        register = load(folder)
        assert register.version.startswith(register.notice.code)
        return
    with pytest.raises(RegisterError) as told_by:
        load(folder)
    assert told_by.value.errors == faults
