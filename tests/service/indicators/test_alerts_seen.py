"""The alerts as the board sees them: the newest step of each, from the alerts topic."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from duibiao.bus import Event, Record
from duibiao.store import Store
from duibiao.web.board.alerts import OpenAlert
from services.indicators.adapters.alerts_seen import take_alert
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.reading import Reading
from services.indicators.board.data import SHOWN
from tests.service.indicators.service import (
    ALERTS,
    DEAD_LETTERS,
    IndicatorsService,
    after_2021,
    key_in,
)
from tests.support.registers import TAX, register
from tests.support.waiting import until


def step(  # noqa: PLR0913 - one default for every field
    alert_id: str = "a1",
    sequence: int = 1,
    *,
    state: str = "firing",
    target: str = "T01",
    duty: str = "",
    org: str = "",
    leads: tuple[str, ...] = (TAX,),
    colour: str = "yellow",
    marks: Mapping[str, object] | None = None,
) -> bytes:
    return json.dumps(
        {
            "step": "opened",
            "sequence": sequence,
            "at": "2021-04-01T04:00:00Z",
            "somethingNew": 1,
            "alert": {
                "id": alert_id,
                "number": "黄-2021-0001",
                "colour": colour,
                "state": state,
                "target": target,
                "duty": duty,
                "measure": duty.partition("/")[0],
                "org": org,
                "region": "610100" if target else "",
                "period": "2021Q1",
                "leads": list(leads),
                "copied": [],
                "openedAt": "2021-04-01T04:00:00Z",
                "replyDue": "2021-04-09",
                "verdictId": "v1",
                **(marks or {}),
            },
        }
    ).encode()


def reading(tmp_path: Path, *steps: bytes) -> Reading:
    store = Store(f"sqlite:///{tmp_path}/duibiao.db", "indicators")
    SCHEMA.migrate(store)
    now = datetime(2021, 4, 1, tzinfo=UTC)
    with store.begin() as tx:
        for offset, data in enumerate(steps):
            event = Event(
                f"e{offset}", "duibiao.alert", ALERTS, key_in(ALERTS, data), "alerts", now, data
            )
            take_alert(tx, Record(event, 0, offset))
    return Reading(store, register(), after_2021())


def test_an_alert_comes_back_with_all_that_a_page_shows(tmp_path: Path) -> None:
    (alert,) = reading(tmp_path, step()).overview().alerts.worst
    assert alert == OpenAlert(
        id="a1",
        number="黄-2021-0001",
        colour="yellow",
        state="firing",
        target="T01",
        duty=None,
        measure=None,
        org=None,
        region="610100",
        period="2021Q1",
        leads=(TAX,),
        opened_at=datetime(2021, 4, 1, 4, tzinfo=UTC),
        reply_due=datetime(2021, 4, 9, tzinfo=UTC).date(),
        periods=("2021Q1",),
        changed_at=datetime(2021, 4, 1, 4, tzinfo=UTC),
    )


def test_the_citys_cards_whose_figures_are_good_again_are_known_by_target(tmp_path: Path) -> None:
    """However many worse ones are open; not those of a unit or a region, nor what is over."""
    good = {"recoveredAt": "2021-04-01T04:00:00Z"}
    worse = [step(f"w{n:03}", target=f"T{n + 10}", colour="red") for n in range(SHOWN + 1)]
    found = reading(
        tmp_path,
        *worse,
        step("a1", marks=good),
        step("a2", target="T02"),
        step("a3", target="T03", org=TAX, marks=good),
        step("a4", target="T04", marks={**good, "region": "610103"}),
        step("a5", target="T05", state="closed", marks=good),
        step("a6", target="", duty="1.1/2021Q1", org=TAX, marks=good),
    )
    assert found.overview().alerts.recovered == {"T01": "a1"}
    assert found.target("T01").alerts.recovered == {"T01": "a1"}
    assert found.target("T02").alerts.recovered == {}


def test_an_alert_comes_with_its_marks(tmp_path: Path) -> None:
    marks = {
        "periods": ["2021Q1", "2021Q2"],
        "lateFigure": True,
        "recoveredAt": "2021-04-01T04:00:00Z",
        "restated": [{"period": "2021Q1", "old": "11/2", "new": "5.4"}],
    }
    (alert,) = reading(tmp_path, step(marks=marks)).overview().alerts.worst

    assert (alert.periods, alert.late_figure, alert.recovered) == (("2021Q1", "2021Q2"), True, True)
    assert alert.restated == (("2021Q1", Fraction(11, 2), Fraction(27, 5)),)


def test_only_the_newest_step_counts_however_late_an_older_one_comes(tmp_path: Path) -> None:
    steps = step(sequence=1), step(sequence=3, colour="red"), step(sequence=2, state="resolved")
    (alert,) = reading(tmp_path, *steps).overview().alerts.worst
    assert (alert.colour, alert.state) == ("red", "firing")


def test_what_is_over_is_not_shown(tmp_path: Path) -> None:
    over = [
        step(alert_id, sequence, state=state)
        for alert_id, state in (("a1", "closed"), ("a2", "resolved"), ("a3", "revoked"))
        for sequence in (2,)
    ]
    kept = [step("a4", state="acknowledged"), step("a5", state="pending")]
    alerts = reading(tmp_path, *over, *kept).overview().alerts.worst
    assert [alert.id for alert in alerts] == ["a4", "a5"]


def test_a_target_sees_its_own(tmp_path: Path) -> None:
    found = reading(tmp_path, step("a1"), step("a2", target="T02"))
    assert [alert.id for alert in found.target("T01").alerts.worst] == ["a1"]
    assert found.target("T09").alerts.worst == ()


def test_a_unit_sees_what_it_leads_and_what_is_on_itself(tmp_path: Path) -> None:
    found = reading(
        tmp_path,
        step("a1", leads=(TAX, "customs")),
        step("a2", leads=("customs",)),
        step("a3", target="", duty="1.1/2021Q1", org=TAX, leads=()),
    )
    assert {alert.id for alert in found.org(TAX).alerts.worst} == {"a1", "a3"}
    assert {alert.id for alert in found.org("customs").alerts.worst} == {"a1", "a2"}
    assert found.org("finance-bureau").alerts.worst == ()


def test_the_worst_alerts_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    blue = [step(f"a{n:03}", colour="blue", target="", duty="d", org=TAX) for n in range(SHOWN + 5)]
    board = reading(tmp_path, *blue, step("b1", colour="red"), step("b2", leads=("customs",)))
    overview = board.overview()

    assert overview.alerts.counts == {"red": 1, "yellow": 1, "blue": SHOWN + 5}
    assert [a.id for a in overview.alerts.worst][:3] == ["b1", "b2", "a000"]
    assert len(overview.alerts.worst) == SHOWN
    assert overview.alerts_of == {TAX: {"red": 1, "blue": SHOWN + 5}, "customs": {"yellow": 1}}
    assert board.org("customs").alerts.counts == {"yellow": 1}


def test_the_service_reads_the_topic(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.append(ALERTS, step())
        until(lambda: "黄〔2021〕1号" in board(service), seconds=20, what="the board shows it")
        service.append(ALERTS, step(sequence=2, state="resolved"))
        until(lambda: "黄〔2021〕1号" not in board(service), seconds=20, what="it is gone")


def test_what_is_no_alert_is_dead_lettered(tmp_path: Path) -> None:
    with IndicatorsService(tmp_path).start() as service:
        service.append(ALERTS, step("forged", state="closed"), key="T02//610100")
        service.append(ALERTS, b"{", b"[]", b'{"alert": {}}', b"\xff", step())
        until(lambda: "黄〔2021〕1号" in board(service), seconds=20, what="the board shows it")
        assert service.failed() is None
        until(lambda: len(service.events(DEAD_LETTERS)) == 5, what="dead letters are there")
        reasons = [event.headers["dead-reason"] for event in service.events(DEAD_LETTERS)]

    assert all(reason.startswith("not an alert") for reason in reasons)


def board(service: IndicatorsService) -> str:
    answer = service.calls(None).get("/board")
    assert answer.status_code == 200
    return answer.text
