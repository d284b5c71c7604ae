"""The log is lost, the state is not: what stands is told once more, what is foreign is held."""

from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from duibiao.store import Store
from services.indicators.domain.submission import Submission
from tests.service.indicators.service import VERDICTS, IndicatorsService
from tests.support.registers import CITY
from tests.support.servers.databases import url_in
from tests.support.statements import figure, observations
from tests.support.waiting import until


def quarter(submission_id: str, value: str) -> Submission:
    return observations(submission_id, (CITY, "2021Q1", figure(value, 23)))


def test_verdicts_and_duties_that_stand_are_told_on_a_log_that_was_recreated(
    tmp_path: Path,
) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(quarter("s1", "6.1"))
        service.post(quarter("s2", "6.3"))
        service.quiet()
        ids = {row["id"] for row in service.items("/v1/verdicts", limit=1000)}
        duties = {(row["duty"], row["org"]) for row in service.items("/v1/duties", limit=1000)}
    for file in tmp_path.glob("log.db*"):
        file.unlink()

    with IndicatorsService(tmp_path).start() as again:
        until(lambda: bool(again.events(VERDICTS)), what="they are told once more")
        told = again.quiet().changed()
        again.post(quarter("s1", "6.1"))  # from ingest once more

        assert {row["id"] for row in again.items("/v1/verdicts", limit=1000)} == ids
        assert again.quiet().changed() == told  # settled before: nothing changes

    assert {change.verdict.id for change in told if change.HasField("verdict")} == ids
    heard = {(change.duty.duty, change.duty.org) for change in told if change.HasField("duty")}
    assert heard == duties
    assert len(told) == len(ids) + len(duties)


def test_a_log_of_another_cluster_is_held_and_told(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.post(quarter("s1", "6.1"))
    with closing(Store(url_in(tmp_path), "indicators")) as store, store.begin() as tx:
        tx.execute(text("UPDATE positions SET log = 'elsewhere/1'"))

    for _ in range(2):  # also after a restart
        with IndicatorsService(tmp_path).start(wait=False) as again:

            def held(service: IndicatorsService = again) -> bool:
                found = [str(reason) for reason in service.service.not_ready()]
                return sum("DUIBIAO_ACCEPT_CLUSTER=embedded" in one for one in found) == 3

            until(held, what="all readers are held")
