"""Breach after breach, receivers that fail in every way, a service that is killed again and again.

Each breach has one alert, and every receiver that lives has heard of it, under one id and with one
body. The history of notifications has every try that a receiver saw, with what it answered; what
came of a try is unknown only where a kill cut it off. 100 breaches in `make test`, 1,000 in two
shapes in `make soak`; the seed can be set by `DUIBIAO_TEST_SEED`.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from itertools import cycle, islice, product
from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select

from duibiao.bus import Event
from duibiao.bus.opening import open_bus
from duibiao.contracts.keys import key_of
from duibiao.contracts.topics import VERDICTS
from duibiao.contracts.v1 import verdict_pb2
from duibiao.core import SystemClock
from duibiao.core.ids import new_id
from duibiao.core.retry import retry_until
from duibiao.register import default_folder
from duibiao.store.opening import open_store
from services.alerts.adapters.tables import NOTIFICATIONS
from tests.faults.unreliable import GONE_AFTER, HANGS, MANNERS, Unreliable
from tests.support.evidence import Evidence, settings_from
from tests.support.history import History
from tests.support.product import NO_LIMITS, Product, Row
from tests.support.receiver import SECRET_TEXT
from tests.support.registers import the_register
from tests.support.shapes import ONE_ON_SQLITE, TWO_OF_EACH, Kind, Shape, running
from tests.support.waiting import until

SEED = int(os.environ.get("DUIBIAO_TEST_SEED", "20211231"))
KILLED = -signal.SIGKILL
TIMEOUT = 1.0  # seconds that a try may take
DYING = 2.0  # seconds until it is noticed that a process has died
TARGET = "T16"
CITY = the_register().city
POINTS = (
    "alerts-verdicts.after-commit",
    "alerts-relay.after-send",
    "",  # wherever it is
    "alerts-dispatcher.after-send",
    "alerts-verdicts.before-commit",
)
LONG = [pytest.mark.soak, pytest.mark.timeout(0)]
CASES = [
    pytest.param(ONE_ON_SQLITE, 100, 4, id="one-process-on-sqlite-100"),
    pytest.param(ONE_ON_SQLITE, 1_000, 40, id="one-process-on-sqlite-1000", marks=LONG),
    pytest.param(TWO_OF_EACH, 1_000, 40, id="two-replicas-of-each-1000", marks=LONG),
]


def register_of_units(folder: Path) -> Path:
    """Copy the register, so that rows of every unit and region raise alerts."""
    shutil.copytree(default_folder(), folder)
    file = folder / "targets.yaml"
    targets = yaml.safe_load(file.read_text("utf-8"))
    for one in targets["targets"]:
        if one["target"] == TARGET:
            one["alert_levels"] = ["city", "region", "org"]
    file.write_text(yaml.safe_dump(targets, allow_unicode=True), "utf-8")
    return folder


def receivers_file(folder: Path, receivers: Mapping[str, Unreliable]) -> Path:
    (folder / "secret").write_text(SECRET_TEXT)
    named = [
        {"name": name, "webhook": {"url": f"http://127.0.0.1:{one.port}/", "secret_file": "secret"}}
        for name, one in receivers.items()
    ]
    routes = [{"receiver": name, "targets": [TARGET]} for name in receivers]
    file = folder / "receivers.yaml"
    file.write_text(yaml.safe_dump({"receivers": named, "routes": routes}), "utf-8")
    return file


@pytest.fixture
def receivers() -> Iterator[Mapping[str, Unreliable]]:
    with ExitStack() as stack:
        found = {name: Unreliable(manner, 2 * TIMEOUT) for name, manner in MANNERS.items()}
        for one in found.values():
            stack.callback(one.close)
        yield found


class Breaches:
    """Tells alerts of breaches, as indicators would, while its processes die."""

    def __init__(self, shape: Shape, receivers: Mapping[str, Unreliable]) -> None:
        self.shape = shape
        self.receivers = receivers
        self.chance = random.Random(SEED)
        self.deaths: list[float] = []
        self.at_a_point = 0
        self.clock = SystemClock()
        self.places = product(the_register().orgs, the_register().regions)
        self.told: list[str] = []
        later = self.clock.now() + timedelta(hours=1)  # so that no row of a unit waits for it
        self.tell([changed("", CITY, "met", later)])

    def tell(self, changes: Sequence[verdict_pb2.Changed]) -> None:
        settings = settings_from(self.shape.environment)
        bus = open_bus(settings, self.clock)
        bus.start()
        events = [
            Event(
                id=new_id(self.clock),
                type="duibiao.verdict.changed",
                topic=VERDICTS.name(settings.topic_prefix),
                key=key_of(change),
                source="indicators",
                time=self.clock.now(),
                data=change.SerializeToString(),
            )
            for change in changes
        ]
        producer = retry_until(time.monotonic() + 60, bus.producer)
        retry_until(time.monotonic() + 60, lambda: producer.send(events))
        producer.close(10)
        bus.stop(10)

    def breach(self, count: int) -> None:
        places = list(islice(self.places, count))
        assert len(places) == count
        now = self.clock.now()
        self.tell([changed(org, region, "missed", now) for org, region in places])
        self.told += [f"{TARGET}/{org}/{region}" for org, region in places]

    def breach_and_die(self, count: int, point: str) -> None:
        """Have a process die at a point, or anywhere, while it hears of breaches."""
        process: Product = self.chance.choice(self.shape.serving("alerts"))
        if process.running:
            self.kill(process)
        if point:
            nth = self.chance.randint(1, 9) if "dispatcher" in point else 1
            process.start(wait=False, failpoints=f"{point}@{nth}")
        else:
            process.start()
        self.breach(count)
        if point and self.dies(process):
            self.at_a_point += 1
        else:  # another replica does the work, or there is no point
            time.sleep(self.chance.uniform(0, 0.5))  # the moment is the experiment
            self.kill(process)

    def kill(self, process: Product) -> None:
        process.kill()
        self.deaths.append(time.time())

    def dies(self, process: Product) -> bool:
        try:
            assert process.died(seconds=20) == KILLED
        except subprocess.TimeoutExpired:
            return False
        self.deaths.append(time.time())
        return True

    def queued(self) -> int:
        """Return how many wait, but for the receiver that is disabled by its 410."""
        waiting = (NOTIFICATIONS.c.state == "queued", NOTIFICATIONS.c.receiver != "gone")
        query = select(func.count()).where(*waiting)
        store = open_store(settings_from(self.shape.environment), "alerts")
        with closing(store), store.read() as connection:
            return int(connection.execute(query).scalar_one())

    def unknown_without_a_death(self, row: Row) -> list[Row]:
        """Return the tries of a notification that ended unknown though nothing died then."""
        return [
            one
            for one in row["attempts"]
            if one["outcome"] == "unknown"
            and not any(0 <= death - moment(one) <= TIMEOUT + DYING for death in self.deaths)
        ]


def moment(attempt: Row) -> float:
    return datetime.fromisoformat(attempt["at"]).timestamp()


def changed(org: str, region: str, status: str, at: datetime) -> verdict_pb2.Changed:
    return verdict_pb2.Changed(
        verdict=verdict_pb2.Verdict(
            id=new_id(SystemClock()),
            target=TARGET,
            indicator="export-rebate-days",
            org=org,
            region=region,
            period="2021Q4",
            period_end="2021-12-31",
            status=status,
            value="6",
            attainment_ratio="11/12",
            present=True,
            ended=True,
            inputs_digest=f"{org}/{region}",
            evaluated_us=int(at.timestamp() * 1_000_000),
        )
    )


@pytest.mark.parametrize(("kind", "breaches", "kills"), CASES)
def test_every_receiver_that_lives_hears_of_every_breach(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    receivers: Mapping[str, Unreliable],
    kind: Kind,
    breaches: int,
    kills: int,
) -> None:
    settings = NO_LIMITS | {
        "DUIBIAO_REGISTER": str(register_of_units(tmp_path / "register")),
        "DUIBIAO_RECEIVERS": str(receivers_file(tmp_path, receivers)),
        "DUIBIAO_RECEIVER_ALLOW": "127.0.0.1",
        "DUIBIAO_RECEIVER_TIMEOUT": str(TIMEOUT),
        "DUIBIAO_ALERTS_FLOOD": "1000000",
        "DUIBIAO_WATCH_FROM": "2022-01-01",  # nothing is owed: there are no other alerts
    }
    with running(kind, tmp_path / "state", request.getfixturevalue, settings) as shape:
        world = Breaches(shape, receivers)
        for place, point in enumerate(islice(cycle(POINTS), kills)):
            away = receivers["away"]
            (away.open if place % 2 else away.close)()
            world.breach_and_die(breaches // kills, point)
        for process in shape.serving("alerts"):
            if not process.running:
                process.start()
        alerts = until(lambda: all_alerted(shape, breaches), seconds=300, what="all are alerted")
        until(lambda: not world.queued(), seconds=600, what="nothing waits to be sent")

        assert Counter(identity(alert) for alert in alerts) == Counter(world.told)
        check_history(world, shape.items("/v1/notifications?limit=1000"), alerts)
        evidence = Evidence(shape)
        assert evidence.alerts() + evidence.audit(History()) == []
    tries = sum(len(one.tries) for one in receivers.values())
    told = f"{breaches} breaches, {kills} kills, {world.at_a_point} of them at a point"
    print(f"\n{told}, seed {SEED}: {tries} tries")  # noqa: T201 - the run can be repeated with it


def all_alerted(shape: Shape, breaches: int) -> list[Row] | None:
    rows = shape.items(f"/v1/alerts?target={TARGET}&limit=1000")
    return rows if len(rows) >= breaches else None


def identity(alert: Row) -> str:
    return f"{alert['target']}/{alert['org']}/{alert['region']}"


def check_history(world: Breaches, rows: Sequence[Row], alerts: Sequence[Row]) -> None:
    told: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        told[row["receiver"]].append(row["alert"])
        tries = [one for one in world.receivers[row["receiver"]].tries if one.id == row["id"]]
        assert len({one.body for one in tries}) <= 1
        assert [one["nth"] for one in row["attempts"]] == list(range(1, row["tries"] + 1))
        assert world.unknown_without_a_death(row) == []
        check_tries(row, [one.status for one in tries])
    ids = sorted(alert["id"] for alert in alerts)
    for name in world.receivers.keys() - {"gone"}:
        assert sorted(told[name]) == ids, name
    assert {row["state"] for row in rows if row["receiver"] != "gone"} == {"sent"}
    gone = Counter(row["state"] for row in rows if row["receiver"] == "gone")
    assert gone == {"sent": GONE_AFTER, "failed": 1, "queued": len(alerts) - GONE_AFTER - 1}


def check_tries(row: Row, answers: Sequence[int]) -> None:
    """Hold the tries of a notification against what its receiver answered, in their order.

    What a kill or the timeout cut off has come to it or not.
    """
    cut_off = ("unknown", "timeout")
    heard = [one["status_code"] for one in row["attempts"]]
    left = iter(answers)
    assert all(status in left for status in heard if status is not None), (row, answers)
    uncertain = sum(one["outcome"] in cut_off for one in row["attempts"])
    assert len(answers) <= sum(status is not None for status in heard) + uncertain, (row, answers)
    assert answers.count(HANGS) <= uncertain
