"""A folder where requests wait, durably and in order, while the product is away.

    waiting/N.json + N.csv|ndjson|json|xlsx    a request and its body, in the order of N
    sent/N.json                                what was answered; the body is gone
    refused/N.json + body                      refused wholly or in part, to be mended by a person

A request is there once its .json is, and gone only when the answer is on the disk; killed between
the two it is sent again under the same Idempotency-Key. No key of a sender is ever written.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

import msgspec

from duibiao.client.answers import Fault, Receipt, Refused, Unavailable
from duibiao.client.asking import Asking
from duibiao.client.progress import durably
from duibiao.client.wire import Request, Steps

# These speak of the sender or of the way, not of the rows: nothing in the spool would go.
_NOT_ABOUT_THE_ROWS: Final = frozenset({401, 404, 405})
_TOO_SLOW: Final = 408
_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class _Kept:
    path: str
    media: str
    repeat_key: str
    body: str  # the name of the file beside this one


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a request that waited.

    `receipt` None: refused as a whole. `body`: where the rows of one that was refused, wholly or
    in part, are now.
    """

    name: str
    receipt: Receipt | None
    refused: Refused | None = None
    body: Path | None = None


class Spool:
    """The folder; made when the first request is put into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._waiting = folder / "waiting"

    def __len__(self) -> int:
        """Return how many requests wait."""
        return len(self.waiting())

    def put(self, request: Request, suffix: str = ".json") -> str:
        """Keep a request; return its name once it is on the disk. OSError where it cannot be.

        It must have an Idempotency-Key, under which it is sent as often as it needs.
        """
        if request.repeat_key is None:
            raise ValueError("a request that waits needs an Idempotency-Key")
        self._waiting.mkdir(mode=0o700, parents=True, exist_ok=True)
        last = max((int(name[:_DIGITS]) for name in self.waiting()), default=0)
        name = f"{last + 1:0{_DIGITS}d}-{uuid4().hex[:8]}"
        kept = _Kept(request.path, request.media or "", request.repeat_key, f"{name}.body{suffix}")
        durably(self._waiting / kept.body, request.body)
        durably(self._waiting / f"{name}.json", msgspec.json.encode(kept))
        return name

    def waiting(self) -> list[str]:
        """Return the names of the requests that wait, the first to be sent first."""
        if not self._waiting.is_dir():
            return []
        found = (path for path in self._waiting.glob("*.json") if ".body" not in path.name)
        return sorted(path.stem for path in found)

    def request(self, name: str) -> Request:
        """Return a request that waits."""
        kept = self._kept(name)
        body = (self._waiting / kept.body).read_bytes()
        return Request("POST", kept.path, kept.media, kept.repeat_key, body)

    def sent(self, name: str, receipt: Receipt) -> Delivered:
        """Note an answer; the body stays where some of its rows were refused."""
        if receipt.rejected:
            return Delivered(name, receipt, body=self._move(name, receipt))
        self._write("sent", name, receipt)
        self._drop(name)
        return Delivered(name, receipt)

    def refused(self, name: str, refused: Refused) -> Delivered:
        """Put a request aside that was refused as a whole."""
        told = _Told(refused.status, refused.type, refused.detail, refused.errors)
        return Delivered(name, None, refused, self._move(name, told))

    def _move(self, name: str, answer: object) -> Path:
        body = self._kept(name).body
        self._write("refused", name, answer)
        durably(self.folder / "refused" / body, (self._waiting / body).read_bytes())
        self._drop(name)
        return self.folder / "refused" / body

    def _write(self, place: Literal["sent", "refused"], name: str, answer: object) -> None:
        folder = self.folder / place
        folder.mkdir(mode=0o700, exist_ok=True)
        kept = self._kept(name)
        told = {"path": kept.path, "idempotency_key": kept.repeat_key, "answer": answer}
        durably(folder / f"{name}.json", msgspec.json.encode(told))

    def _kept(self, name: str) -> _Kept:
        return msgspec.json.decode((self._waiting / f"{name}.json").read_bytes(), type=_Kept)

    def _drop(self, name: str) -> None:
        body = self._kept(name).body
        (self._waiting / f"{name}.json").unlink()
        (self._waiting / body).unlink()


@dataclass(frozen=True, slots=True)
class _Told:
    status: int
    type: str
    detail: str
    errors: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Drained:
    """How far a spool was emptied. `away`: why the rest waits on; None where nothing waits."""

    delivered: tuple[Delivered, ...]
    away: Unavailable | None = None


def drain(spool: Spool, asking: Asking) -> Steps[Drained]:
    """Send what waits, in order, until nothing does or the product is away.

    A request that is refused for its rows is put aside, and the next one goes.

    Raises:
        Refused: the sender or the address is refused, so the rest waits on.
        Unexpected: by another server than this product.

    """
    delivered: list[Delivered] = []
    for name in spool.waiting():
        try:
            receipt = yield from asking.send(spool.request(name))
        except Unavailable as away:
            return Drained(tuple(delivered), away)
        except Refused as refused:
            if refused.status == _TOO_SLOW:
                return Drained(tuple(delivered), Unavailable(str(refused), 1))
            if refused.status in _NOT_ABOUT_THE_ROWS:
                raise
            delivered.append(spool.refused(name, refused))
        else:
            delivered.append(spool.sent(name, receipt))
    return Drained(tuple(delivered))
