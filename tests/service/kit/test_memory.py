"""Large blocks that are freed go back to the system, whatever was allocated and freed before."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from duibiao.process import memory

# After one block of 30 MiB was freed glibc keeps the next ones, each below a small one that stays.
STORY = dedent(
    """
    import ctypes, sys
    from memory import give_back_large_blocks  # by itself: what else is imported allocates too

    def held():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    if "told" in sys.argv:
        assert give_back_large_blocks()
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    size = 28 << 20
    libc.free(libc.malloc(30 << 20))
    before = held()
    blocks, pins = [], []
    for _ in range(4):
        blocks.append(libc.malloc(size))
        ctypes.memset(blocks[-1], 1, size)
        pins.append(libc.malloc(100_000))
    for block in blocks:
        libc.free(block)
    print(held() - before)
    """
)
glibc = pytest.mark.skipif(
    not memory.give_back_large_blocks(), reason="the C library of this system has no such limit"
)


def grown(*arguments: str) -> int:
    run = subprocess.run(
        [sys.executable, "-c", STORY, *arguments],
        cwd=Path(memory.__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(run.stdout)


@glibc
def test_large_blocks_go_back() -> None:
    assert grown("told") < 10 << 20
    assert grown() > 60 << 20  # or else there would be nothing to do
