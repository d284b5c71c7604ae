"""Memory that was used once and is not needed any more goes back to the system.

glibc learns from a large block that is freed to keep the next ones, up to 32 MiB each, among the
small ones, and gives every thread a heap of its own. After a few large bodies a process would hold
several times what it needs, for good. Told where the limit lies, it learns nothing.
"""

import ctypes
from typing import Final

# Bytes from which on a block is the system's own, and given back when it is freed.
LARGE: Final = 1 << 20

_MMAP_THRESHOLD: Final = -3  # M_MMAP_THRESHOLD of malloc.h
_ARENA_MAX: Final = -8  # M_ARENA_MAX; one thread at a time runs Python, so more would only lie idle
_ARENAS: Final = 2


def give_back_large_blocks() -> bool:
    """Fix the limit for the process; False where the C library has none to fix."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return all(
        mallopt(*option) == 1 for option in ((_MMAP_THRESHOLD, LARGE), (_ARENA_MAX, _ARENAS))
    )
