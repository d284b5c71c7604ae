"""Replicas that should not work: a wrong clock, another register. They step aside, others go on.

Every service has two replicas, on Kafka and PostgreSQL; the second of each runs on one server whose
clock goes wrong, and a third of alerts has another register. People post all the while, to all.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from sqlalchemy import func, select

from duibiao.register import default_folder
from duibiao.store.opening import open_store
from services.alerts.adapters import tables as alerts
from services.indicators.adapters.repository import tables as indicators
from services.ingest.adapters import tables as ingest
from tests.support import bent_clock
from tests.support.evidence import check_product, settings_from
from tests.support.history import History
from tests.support.product import NO_LIMITS, Product
from tests.support.registers import the_register
from tests.support.shapes import SERVICES, Kind, Shape, settings_of, started
from tests.support.waiting import until
from tests.support.writers import Writer, run, three_writers

KIND: Final = Kind("odd replicas", 2, ("kafka", "postgres"))
AHEAD, BEHIND = 10 * 86_400, -3_600  # seconds
HELD: Final = 6.0  # seconds that a wrong clock is kept: the clock of alerts looks every 5
ONWARDS: Final = 3  # posts
# What was written of our own time; what a card says is due later, and agencies' own times, are not.
STAMPS: Final = {
    "ingest": [ingest.SUBMISSIONS.c.received_us, ingest.SETTLED.c.evaluated_us],
    "indicators": [indicators.applied.c.applied_us],
    "alerts": [alerts.TRANSITIONS.c.at_us, alerts.EVENTS_SEEN.c.at_us],
}


class City:
    """Right replicas, those of the server whose clock is set, and alerts with another register."""

    def __init__(self, folder: Path, settings: dict[str, str], foreign: Path) -> None:
        self.began = time.time()
        self._file = folder / "clock"
        bent = settings | {bent_clock.FILE: str(self._file)}
        other = settings | {"DUIBIAO_REGISTER": str(foreign)}

        def process(service: str, settings: dict[str, str]) -> Product:
            return Product(folder, settings=settings, arguments=("serve", service))

        right = {name: process(name, settings) for name in SERVICES}
        self.bent = {name: process(name, bent) for name in SERVICES}
        self.foreign = process("alerts", other)
        self.shape = Shape(
            {name: [right[name], self.bent[name]] for name in ("ingest", "indicators")}
            | {"alerts": [right["alerts"], self.bent["alerts"], self.foreign]}
        )
        self.history = History()
        self.writers: list[Writer] = three_writers(self.shape, self.history, batch=20, pause=0.1)

    def set_clock(self, ahead: float) -> None:
        """Set the clock of the one server; 0: right."""
        if ahead:
            new = self._file.with_suffix(".new")
            new.write_text(str(ahead), encoding="utf-8")
            new.rename(self._file)
        else:
            self._file.unlink()

    def acts(self, process: Product, service: str) -> bool:
        return process.metrics()[f'duibiao_acting{{service="{service}"}}'] == 1.0

    def wait_for(self, *, acting: bool) -> None:
        for name, process in self.bent.items():
            until(lambda: self.acts(process, name) is acting, what=f"{name} {acting=}")  # noqa: B023

    def goes_on(self) -> None:
        """Wait until what is posted from now on is judged."""
        before = [writer.posts for writer in self.writers]
        until(
            lambda: all(
                writer.posts >= posts + ONWARDS
                for writer, posts in zip(self.writers, before, strict=True)
            ),
            seconds=60,
            what="all go on writing",
        )
        newest = self.shape.get("/v1/submissions?limit=1").json()["items"][0]
        self.shape.evaluated(newest["submission_id"], seconds=90)

    def stamps(self) -> Iterator[tuple[str, float, float]]:
        """Yield every kind of time that was written: its name, the first one, the last one."""
        settings = settings_from(self.shape.environment)
        for schema, columns in STAMPS.items():
            store = open_store(settings, schema)
            with store.read() as connection:
                for column in columns:
                    first, last = connection.execute(
                        select(func.min(column), func.max(column))
                    ).one()
                    yield f"{schema}.{column}", first / 1e6, last / 1e6
            store.close()

    def red(self) -> list[str]:
        """Return the cards that turned red because nobody had replied in time."""
        table = alerts.TRANSITIONS
        store = open_store(settings_from(self.shape.environment), "alerts")
        with store.read() as connection:
            query = select(table.c.number).where(table.c.step == "escalated")
            found = [str(number) for number in connection.scalars(query)]
        store.close()
        return found


@pytest.fixture
def city(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[City]:
    foreign = tmp_path / "other-notice"
    shutil.copytree(default_folder(), foreign)
    notice = foreign / "alerts.yaml"
    notice.write_text(notice.read_text("utf-8") + "\n# ours\n", encoding="utf-8")
    settings = settings_of(KIND, request.getfixturevalue) | NO_LIMITS
    made = City(tmp_path / "state", settings, foreign)
    with started(made.shape):
        yield made


def the_clock_is(ahead: float) -> Callable[[City], None]:
    def disturb(city: City) -> None:
        city.set_clock(ahead)
        city.wait_for(acting=False)
        skew = city.bent["alerts"].metrics()['duibiao_clock_skew_seconds{service="alerts"}']
        assert abs(skew - ahead) < 5
        refused = post_to(city.bent["ingest"])
        assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert refused.json()["errors"][0]["code"] == "clock-skewed"
        assert int(refused.headers["Retry-After"]) > 0
        assert not city.bent["ingest"].ready()
        assert city.bent["indicators"].ready()  # readers are answered
        assert city.bent["indicators"].get("/v1/verdicts").status_code == httpx.codes.OK
        time.sleep(HELD)  # the length of the fault is the experiment
        city.goes_on()
        city.set_clock(0)
        city.wait_for(acting=True)
        city.goes_on()

    return disturb


def post_to(process: Product) -> httpx.Response:
    """Post what is refused for its content, too, so that it is kept by nobody."""
    org = the_register().indicators["export-rebate-days"].reported_by[0]
    return process.post("observations?dry_run=true", org, [{"period": "2099"}])


def another_register_is_there(city: City) -> None:
    assert not city.acts(city.foreign, "alerts")
    assert city.foreign.ready()
    assert city.foreign.get("/v1/alerts").status_code == httpx.codes.OK
    assert city.foreign.metrics()["duibiao_post_to_alert_seconds_count"] == 0.0


FAULTS: Final[dict[str, list[Callable[[City], None]]]] = {
    "ahead": [the_clock_is(AHEAD)],
    "behind": [the_clock_is(BEHIND)],
    "register": [another_register_is_there],
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([fault for one in FAULTS.values() for fault in one], id="each"),
        *(
            pytest.param(10 * one, id=f"{name}-again-and-again",
                         marks=[pytest.mark.soak, pytest.mark.timeout(0)])
            for name, one in FAULTS.items()
        ),
    ],
)  # fmt: skip
def test_odd_replicas_do_no_harm(city: City, faults: list[Callable[[City], None]]) -> None:
    def disturb() -> None:
        city.goes_on()
        for fault in faults:
            fault(city)
        another_register_is_there(city)

    run(city.writers, disturb)

    check_product(city.shape, city.history, seconds=90)
    assert {line.outcome for line in city.history} == {"ok"}
    assert city.red() == []
    for name, first, last in city.stamps():
        assert city.began - 60 < first <= last < time.time() + 60, name
