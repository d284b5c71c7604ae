"""Bodies on their way in: in memory while they are small, in a file without a name beyond that."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from duibiao.store import StoreFull, StoreUnavailable

STEP: Final = 256 * 1024
"""Bytes of one body that are in memory at a time."""

_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class Spool:
    """Takes a body in, and is the `Body` that is read then.

    What is written stays in memory until `spill` moves it to the file. That may wait for the
    disk: whoever may not wait has it done by another thread once the spool is `full`.
    """

    __slots__ = ("_file", "_folder", "_held", "_memory", "size", "step")

    def __init__(self, folder: Path, step: int = STEP) -> None:
        """`folder` is where the file will be; it is made if need be."""
        self.size = self._held = 0
        self.step = step
        self._folder = folder
        self._memory = BytesIO()
        self._file: BinaryIO | None = None

    @property
    def full(self) -> bool:
        """Whether more is in memory than should be."""
        return self._held > self.step

    @property
    def filed(self) -> bool:
        """Whether there is a file, so that closing it may wait for the disk."""
        return self._file is not None

    def write(self, part: bytes) -> None:
        """Add to the end."""
        if not self._held:
            self._memory = BytesIO(part)  # which copies nothing until more is written
        else:
            self._memory.seek(self._held)
            self._memory.write(part)
        self._held += len(part)
        self.size += len(part)

    def spill(self) -> None:
        """Move what is in memory to the file.

        Raises:
            StoreFull: no space is left for it.
            StoreUnavailable: there can be no file, for any other reason.

        """
        with _told():
            if self._file is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._file = TemporaryFile(dir=self._folder)  # noqa: SIM115 - `close` does
            self._file.write(self._memory.getbuffer())
            self._file.flush()
        self._memory, self._held = BytesIO(), 0

    def opened(self) -> BinaryIO:
        """Return what was written, from the first byte on; nothing may be written any more."""
        if self._file is None:
            self._memory.seek(0)
            return self._memory
        if self._held:
            self.spill()
        self._file.seek(0)
        return self._file

    def pieces(self) -> Iterator[bytes]:
        """Yield what was written, `step` bytes at a time."""
        file = self.opened()
        while piece := file.read(self.step):
            yield piece

    def close(self) -> None:
        """Let the file go, and with it what is in it."""
        if self._file is not None:
            with suppress(OSError):  # what could not be written is not wanted any more
                self._file.close()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise StoreFull(str(error)) from error
        raise StoreUnavailable(str(error)) from error
