"""A rolling update with another register, on Kafka and PostgreSQL with people posting.

The office tightens T13 by an overlay: what takes one working day was met before and is missed then.
Whoever judges by which register is read off the versions of the verdicts, in their order.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import groupby
from pathlib import Path

import httpx
import pytest

from duibiao.register import default_folder, load
from duibiao.store import Store
from duibiao.store.config_lease import SILENCE
from services.indicators.domain.rows import VerdictRow
from tests.support.evidence import check_product
from tests.support.history import History
from tests.support.product import NO_LIMITS, Product, Row
from tests.support.registers import the_register
from tests.support.shapes import THREE_ON_POSTGRES, Shape, made, settings_of, started
from tests.support.versions import every_version
from tests.support.waiting import until
from tests.support.writers import OPENS, Writer, breach_and_recover, mortgage_cases, run

MORTGAGES = the_register().indicators["mortgage-registration-days"]
REBATES = the_register().indicators["export-rebate-days"]
ONWARDS = 3  # posts
PAUSE = 1.0  # seconds between posts: nobody judges for a while, and that is to be made up for
OVERLAY = """\
thresholds:
  - target: T13
    threshold: 0
    unit: workday
    decided_by: 营商办
    since: 2021-03-01
"""


class City:
    """Three processes under the notice as it is, and whoever joins with the overlay."""

    def __init__(self, shape: Shape, overlay: Path, stack: ExitStack) -> None:
        self.shape = shape
        self.old = shape.serving("indicators")[0]
        self.new = self.another({"DUIBIAO_REGISTER_OVERLAY": str(overlay)})
        self.registers = load(default_folder()).version, load(default_folder(), overlay).version
        self.history = History()
        self.writers = [
            Writer("cases", shape, MORTGAGES.reported_by[0], "cases",
                   one_day_each(), self.history, PAUSE),
            Writer("figures", shape, REBATES.reported_by[0], "observations",
                   breach_and_recover("figures", REBATES.code), self.history, PAUSE),
        ]  # fmt: skip
        stack.callback(self.new.close)

    def another(self, settings: dict[str, str]) -> Product:
        """Return a further process of indicators, not started."""
        settings = {**self.shape.environment, **settings}
        del settings["DUIBIAO_PORT"]
        return Product(self.shape.folder, settings=settings, arguments=("serve", "indicators"))

    def goes_on(self, *, seconds: float = 240.0) -> None:
        """Wait until what is posted from now on is judged."""
        before = [writer.posts for writer in self.writers]
        until(
            lambda: all(
                writer.posts >= posts + ONWARDS
                for writer, posts in zip(self.writers, before, strict=True)
            ),
            seconds=seconds,
            what="all go on writing",
        )
        for org in {writer.org for writer in self.writers}:
            newest = self.shape.get(f"/v1/submissions?limit=1&org={org}").json()["items"][0]
            self.shape.evaluated(newest["submission_id"], seconds=seconds)

    def versions(self) -> list[VerdictRow]:
        """Return every version of a verdict in the order of their commits: writers take turns."""
        with (
            closing(Store(self.shape.environment["DUIBIAO_DATABASE_URL"], "indicators")) as store,
            store.read() as connection,
        ):
            return list(every_version(connection))

    def judged_by(self) -> list[str]:
        """Return the registers that were judged by, one after the other."""
        names = dict(zip(self.registers, ("old", "new"), strict=True))
        return [names[one] for one, _ in groupby(v.register_version for v in self.versions())]

    def t13(self) -> list[str]:
        """Return what was said of the city's T13 since there were figures, each turn of it."""
        said = [
            v.status
            for v in self.versions()
            if (v.target, v.org, v.period) == ("T13", None, "2021Q4") and v.sample_size
        ]
        return [status for status, _ in groupby(said)]


def one_day_each() -> Iterator[list[Row]]:
    for rows in mortgage_cases("cases", 6, MORTGAGES.code):
        yield [{**row, "completed_at": "2021-11-04T15:00:00"} for row in rows]


def judges(process: Product) -> bool:
    return process.metrics()['duibiao_acting{service="indicators"}'] == 1.0


def serves(process: Product) -> bool:
    """Whether it is ready and answers readers."""
    paths: Sequence[str] = ("/v1/verdicts", "/board", "/v1/duties", "/metrics")
    headers = process.key("office")
    answers = [process.client.get(path, headers=headers) for path in paths]
    return process.ready() and all(a.status_code == httpx.codes.OK for a in answers)


@pytest.fixture
def city(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[City]:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    settings = settings_of(THREE_ON_POSTGRES, request.getfixturevalue) | NO_LIMITS
    shape = made(THREE_ON_POSTGRES, tmp_path / "state", settings)
    with started(shape) as stack:
        yield City(shape, overlay, stack)


@pytest.mark.soak  # the short form is in faults/test_odd_replicas.py
@pytest.mark.timeout(900)
def test_only_one_register_judges_at_a_time(city: City) -> None:
    def update() -> None:
        city.goes_on()
        assert (city.judged_by(), city.t13()) == (["old"], ["met"])

        the_new_one_takes_over(city)
        the_old_one_is_killed_and_started_anew(city)
        the_new_one_dies_and_the_old_one_goes_on(city)

    run(city.writers, update)

    check_product(city.shape, without_verdicts(city.history), seconds=240)
    assert city.judged_by() == ["old", "new", "old"]
    assert city.t13() == ["met", "missed", "met"]
    # Rung once; good verdicts have marked it, and the office is to close it.
    (alert,) = city.shape.items("/v1/alerts?target=T13")
    assert (alert["state"], alert["org"]) == ("firing", None)
    assert alert["recovered_at"]
    series = 'duibiao_dead_letters_total{service="indicators"}'
    assert city.shape.metrics()[series] == 0


def without_verdicts(history: History) -> History:
    """Return a history to be looked for everywhere but in the verdicts.

    Whoever takes over judges once more what stands, so that a figure has one of each register.
    """
    elsewhere = History()
    for line in history:
        elsewhere.say(
            line.key, line.value, line.outcome, group=line.group, tags=line.tags & {OPENS}
        )
    return elsewhere


def the_new_one_takes_over(city: City) -> None:
    city.new.start()
    assert city.judged_by() == ["old", "new"]
    assert city.t13() == ["met", "missed"]
    city.goes_on()
    assert (judges(city.old), judges(city.new)) == (False, True)
    assert serves(city.old)
    assert city.judged_by() == ["old", "new"]


def the_old_one_is_killed_and_started_anew(city: City) -> None:
    city.old.kill()
    city.old.start()
    city.goes_on()
    assert (judges(city.old), judges(city.new)) == (False, True)
    assert serves(city.old)
    assert city.judged_by() == ["old", "new"]


def the_new_one_dies_and_the_old_one_goes_on(city: City) -> None:
    city.new.kill()
    until(lambda: judges(city.old), seconds=3 * SILENCE, what="the old one judges again")
    city.goes_on()
    assert city.judged_by() == ["old", "new", "old"]
