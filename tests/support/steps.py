"""Steps of the client without a socket and without waiting: what was asked, what was heard."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from duibiao.client import Retries
from duibiao.client.asking import Asking
from duibiao.client.wire import Heard, Lost, Reply, Request, Send, Steps, Wait

T = TypeVar("T")
Handler = Callable[[httpx.Request], httpx.Response]


@dataclass
class Taker:
    """Takes steps; time passes only by waiting. `serve` answers as a MockTransport would."""

    serve: Handler
    now: float = 0.0
    key: str = "key"
    sent: list[Request] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)

    def asking(self, retries: Retries | None = None) -> Asking:
        return Asking(retries or Retries(chance=lambda: 0.0), lambda: self.now)

    def take(self, steps: Steps[T]) -> T:
        heard: Heard = None
        while True:
            try:
                step = steps.send(heard)
            except StopIteration as end:
                result: T = end.value
                return result
            heard = self._do(step)

    def _do(self, step: Send | Wait) -> Heard:
        if isinstance(step, Wait):
            self.waits.append(step)
            self.now += step.seconds
            return None
        self.sent.append(step.request)
        try:
            answer = self.serve(self._request(step.request))
        except httpx.TransportError as error:
            return Lost(str(error))
        return Reply(answer.status_code, dict(answer.headers), answer.content)

    def _request(self, request: Request) -> httpx.Request:
        headers = {"authorization": f"Bearer {self.key}"}
        if request.media:
            headers["content-type"] = request.media
        if request.repeat_key:
            headers["idempotency-key"] = request.repeat_key
        url = "http://example.invalid" + request.path
        return httpx.Request(request.method, url, headers=headers, content=request.body)


def replies(*answers: Reply | Lost) -> Handler:
    """Answer with these, one after another; one more request is an error."""
    left: Iterator[Reply | Lost] = iter(answers)

    def serve(request: httpx.Request) -> httpx.Response:
        answer = next(left)
        if isinstance(answer, Lost):
            raise httpx.ConnectError(answer.reason)
        return httpx.Response(
            answer.status, headers=dict(answer.headers), content=answer.body, request=request
        )

    return serve


def cases(numbers: Iterable[int | str]) -> Sequence[dict[str, str]]:
    """Return rows with these case numbers."""
    return [{"case_no": str(number)} for number in numbers]
