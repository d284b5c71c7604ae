"""A TCP proxy that does to connections what networks do: refuses, swallows, delays, resets, cuts.

It runs on a thread of its own; what is asked of it holds for open connections, too.
"""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

CHUNK = 16 * 1024
WITHIN = 10.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """What happens to the bytes.

    Attributes:
        hole: they go nowhere until it is over, then they go on.
        delay: seconds that each chunk is held.
        jitter: up to so many seconds more, by chance.
        cut_after: a connection is reset once so many bytes have come back through it.
        rate: bytes a second in each direction; 0 is no limit.

    """

    hole: bool = False
    delay: float = 0.0
    jitter: float = 0.0
    cut_after: int | None = None
    rate: int = 0


NONE = ErrorDetail()


class FaultProxy:
    """Forwards a port of the loopback address to another one."""

    def __init__(self, listen: int, target: int, seed: int = 1) -> None:
        self.listen = listen
        self.target = target
        self.accepted = 0
        self._random = random.Random(seed)
        self._fault = NONE
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.heal()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN)
        self._loop.close()

    def heal(self) -> None:
        """Forward everything, at once."""
        self._do(self._open, NONE)

    def refuse(self) -> None:
        """Nobody listens, and what was connected is not any more."""
        self._do(self._close)

    def black_hole(self) -> None:
        """Connections are taken and stay open; nothing comes through."""
        self._do(self._open, ErrorDetail(hole=True))

    def delay(self, seconds: float, jitter: float = 0.0) -> None:
        self._do(self._open, ErrorDetail(delay=seconds, jitter=jitter))

    def slow(self, rate: int) -> None:
        self._do(self._open, ErrorDetail(rate=rate))

    def cut(self, after: int) -> None:
        self._do(self._open, ErrorDetail(cut_after=after))

    def reset(self) -> None:
        """Reset what is connected; new connections are forwarded."""
        self._do(self._reset)

    def _do(self, work: Callable[..., Coroutine[Any, Any, None]], *arguments: object) -> None:
        asyncio.run_coroutine_threadsafe(work(*arguments), self._loop).result(WITHIN)

    async def _open(self, fault: ErrorDetail) -> None:
        self._fault = fault
        self._changed.set()
        self._changed = asyncio.Event()
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.listen)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._reset()

    async def _reset(self) -> None:
        for writer in list(self._writers):
            _abort(writer)
        # Those that wait in a hole or for their turn must notice.
        self._changed.set()
        self._changed = asyncio.Event()

    async def _end(self) -> None:
        await self._close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except (OSError, asyncio.CancelledError):  # or the end came first
            _abort(writer)
            self._writers.discard(writer)
            return
        self._writers.add(back)
        try:
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer, counts=True))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, back):
                _abort(end)
                self._writers.discard(end)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counts: bool = False
    ) -> None:
        passed = 0
        while chunk := await reader.read(CHUNK):
            while self._fault.hole:
                await self._changed.wait()
                if writer.is_closing():
                    raise ConnectionResetError
            await asyncio.sleep(self._held(len(chunk)))
            passed += len(chunk)
            cut = self._fault.cut_after
            if counts and cut is not None and passed > cut:
                raise ConnectionResetError
            writer.write(chunk)
            await writer.drain()
        raise ConnectionResetError  # one end is gone: so is the other

    def _held(self, size: int) -> float:
        fault = self._fault
        held = fault.delay + self._random.uniform(0, fault.jitter)
        return held + (size / fault.rate if fault.rate else 0.0)


def _abort(writer: asyncio.StreamWriter) -> None:
    end = writer.get_extra_info("socket")
    if end is not None and end.fileno() >= 0:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
