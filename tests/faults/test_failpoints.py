"""Killed at every failpoint, embedded and on Kafka with PostgreSQL: nothing lost, nothing doubled.

Cases 1 to 5 of the catalogue of faults. Each ends with the history checker over everything that
was ever posted to the installation.
"""

import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

import httpx
import pytest

from duibiao.contracts.topics import SUBMISSIONS
from duibiao.core.failpoints import NAMES
from tests.support.evidence import check_product, on_topic
from tests.support.history import History
from tests.support.product import NO_LIMITS, Product, Row
from tests.support.receiver import LocalReceiver, signed
from tests.support.registers import the_register
from tests.support.shapes import ONE_ON_SQLITE, THREE_ON_POSTGRES, Shape, running
from tests.support.waiting import until
from tests.support.writers import Writer, breach_and_recover, log

REBATES = the_register().indicators["export-rebate-days"]
ORG = REBATES.reported_by[0]
KILLED = -signal.SIGKILL
AT_THE_DOOR = ("ingest.before-commit", "ingest.after-commit")
RELAYS = {
    "ingest": ["ingest-relay.after-send"],
    "indicators": ["indicators-relay.after-send"],
    "alerts": ["alerts-relay.after-send"],
}
WORKERS = {
    "ingest": ["ingest-outcomes.before-commit", "ingest-outcomes.after-commit"],
    "indicators": [
        "indicators-submissions.before-commit",
        "indicators-submissions.after-commit",
        "indicators-alerts.before-commit",
        "indicators-alerts.after-commit",
    ],
    "alerts": ["alerts-verdicts.before-commit", "alerts-verdicts.after-commit"],
}
DISPATCHER = "alerts-dispatcher.after-send"


@dataclass
class Ground:
    """One installation and everything that was posted to it, over the cases."""

    shape: Shape
    receiver: LocalReceiver
    history: History = field(default_factory=History)

    def __post_init__(self) -> None:
        self.figures = breach_and_recover("figures", REBATES.code)
        self._numbers = count()

    def die(self, points: Mapping[str, Sequence[str]]) -> None:
        """Have services die at one point after the other while figures are posted.

        Those with processes of their own do so at the same time: on Kafka each death of a reader
        costs the seconds in which its group misses it.
        """
        name = f"writer-{next(self._numbers)}"
        writer = Writer(
            name, self.shape, ORG, "observations", self.figures, self.history, pause=0.1
        )
        writer.start()
        at_once = len(points) if len(self.shape.processes) > 1 else 1
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(self._die, points, points.values()))
        writer.finish()

    def _die(self, service: str, points: Sequence[str]) -> None:
        process = self.process(service)
        assert process.stop() == 0
        for point in points:
            process.start(wait=False, failpoints=point)
            assert process.died(seconds=150) == KILLED, point
        process.start()

    def process(self, service: str) -> Product:
        (process,) = self.shape.serving(service)
        return process

    def post(self, rows: list[Row], key: str) -> httpx.Response:
        return self.shape.post("observations", ORG, rows, headers={"Idempotency-Key": key})


@pytest.fixture(
    scope="module", params=[ONE_ON_SQLITE, THREE_ON_POSTGRES], ids=lambda kind: kind.name
)
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("failpoints")
    with LocalReceiver() as receiver:
        settings = {
            **NO_LIMITS,
            "DUIBIAO_RECEIVERS": str(receiver.file(folder)),
            "DUIBIAO_RECEIVER_ALLOW": "127.0.0.1",
        }
        find = request.getfixturevalue
        with running(request.param, folder / "state", find, settings) as shape:
            yield Ground(shape, receiver)


def test_every_failpoint_is_died_at_here() -> None:
    services = [*RELAYS.values(), *WORKERS.values()]
    here = [*AT_THE_DOOR, *(point for points in services for point in points), DISPATCHER]
    assert sorted(here) == sorted(NAMES)


def test_ingest_dies_before_and_after_its_commit(ground: Ground) -> None:
    """Cases 1 and 2: no answer; asked again, one receipt, the second time as a replay."""
    process = ground.process("ingest")
    for point, replayed in zip(AT_THE_DOOR, (False, True), strict=True):
        assert process.stop() == 0
        process.start(failpoints=point)
        rows = next(ground.figures)
        with pytest.raises(httpx.TransportError):
            ground.post(rows, key=point)
        assert process.died() == KILLED
        process.start()

        answer = ground.post(rows, key=point)

        log(ground.history, "door", rows, answer)
        assert answer.status_code == httpx.codes.ACCEPTED
        assert ("Idempotency-Replayed" in answer.headers) is replayed
    check_product(ground.shape, ground.history)


def test_relays_die_between_the_logs_answer_and_their_note(ground: Ground) -> None:
    """Case 3: the same events go out twice; on Kafka they stand there twice and count once."""
    ground.die(RELAYS)
    check_product(ground.shape, ground.history)

    found = Counter(event.id for event in on_topic(ground.shape, SUBMISSIONS))
    again = sum(times - 1 for times in found.values())
    if "DUIBIAO_KAFKA_BOOTSTRAP" in ground.shape.environment:
        assert again >= 1
    else:
        assert again == 0  # the embedded log knows its ids


def test_workers_die_before_and_after_the_commit_of_an_effect(ground: Ground) -> None:
    """Case 4: what was committed is not done again, what was not is done."""
    ground.die(WORKERS)
    check_product(ground.shape, ground.history)


def test_the_dispatcher_dies_between_the_receivers_2xx_and_its_note(ground: Ground) -> None:
    """Case 5: told twice under one id; the log has two attempts and one delivery."""
    ground.die({"alerts": [DISPATCHER]})
    check_product(ground.shape, ground.history)

    def all_sent() -> list[Row] | None:
        rows = ground.shape.items("/v1/notifications?limit=1000")
        return rows if {row["state"] for row in rows} == {"sent"} else None

    rows = until(all_sent, seconds=60, what="every receiver is told")
    got = Counter(message.id for message in ground.receiver.got)
    for row in rows:
        *earlier, last = [one["outcome"] for one in row["attempts"]]
        assert last == "sent"
        assert set(earlier) <= {"unknown"}  # cut off, by the failpoint or by an orderly end
        assert 1 <= got[row["id"]] <= len(row["attempts"])
    twice = [row for row in rows if got[row["id"]] == 2 and row["tries"] == 2]
    assert twice  # two requests under one id, two attempts, one delivery
    for row in twice:
        assert [one["outcome"] for one in row["attempts"]] == ["unknown", "sent"]
        assert (row["state"], row["outcome"]) == ("sent", "sent")
        assert len({one.body for one in ground.receiver.got if one.id == row["id"]}) == 1
    assert all(map(signed, ground.receiver.got))
