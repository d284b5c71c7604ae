"""What channels need to be tried: allowed addresses, a resolver, a writer of the real register."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from services.alerts.adapters.channels.address_guard import read_allowed
from services.alerts.adapters.channels.channel import (
    Channel,
    Environment,
    Message,
    Resolve,
    resolve_by_system,
)
from services.alerts.adapters.channels.config import Config
from services.alerts.adapters.channels.writer import Writer
from services.alerts.adapters.documents import webhook_body
from services.alerts.domain import life
from services.alerts.domain.alert import Colour, Identity, Stamp, Subject, Transition, Trigger
from tests.support.registers import the_register

NOW = datetime(2021, 4, 16, 1, 0, tzinfo=UTC)
BOARD = "https://duibiao.example.invalid"
LOOPBACK = "127.0.0.0/8"


@cache
def the_writer() -> Writer:
    return Writer(the_register(), BOARD + "/")


def environment(
    *,
    allow: str = LOOPBACK,
    timeout: float = 5,
    resolve: Resolve = resolve_by_system,
    contacts: Callable[[Sequence[str]], Sequence[str]] = lambda _: (),
    writer: Writer | None = None,
) -> Environment:
    return Environment(read_allowed(allow), timeout, resolve, writer or the_writer(), contacts)


@contextmanager
def opened(kind: type[Channel[Any]], config: Config, **wanted: Any) -> Iterator[Channel[Any]]:  # noqa: ANN401 - as of environment
    channel = kind(config, environment(**wanted))
    try:
        yield channel
    finally:
        channel.close()


def opening(
    number: str = "黄-2021-0007",
    *,
    target: str | None = "T13",
    duty: str | None = None,
    org: str | None = None,
    measure: str | None = None,
    figure: str | None = "5.5",
    leads: tuple[str, ...] = ("tax-bureau",),
) -> Transition:
    """A target missed in 2021Q1, or a duty that is overdue."""
    region = None if duty else "610100"
    colour = {"蓝": Colour.BLUE, "黄": Colour.YELLOW, "红": Colour.RED}[number[0]]
    return life.opened(
        f"alert-{number[-4:]}",
        Subject(Identity(None if duty else target, duty, org, region), measure, leads, ()),
        [Trigger(colour, "r", "verdict", "2021Q1", "v1", "v1", figure=figure)],
        life.Asking(waits=False, reply_due=date(2021, 5, 10)),
        number=number,
        stamp=Stamp(f"step-{number[-4:]}", NOW, "duibiao"),
    )


def message(*transitions: Transition, id: str = "0190-id") -> Message:  # noqa: A002 - the field
    return Message(id, tuple(map(webhook_body, transitions or (opening(),))))
