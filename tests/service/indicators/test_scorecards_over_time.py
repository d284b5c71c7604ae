"""Scorecards while time passes: the day on which rows came, the quarter's end, its closing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.service.indicators.service import SECONDS, IndicatorsService, Row
from tests.support.clock import ManualClock
from tests.support.product import until
from tests.support.registers import CITY, TAX, indicator, register, target
from tests.support.statements import at, case, cases, figure, observations

pytestmark = pytest.mark.usefixtures("each_database")

REGISTER = register(indicators=[indicator()], targets=[target(leads=(TAX,))])
MIDNIGHT = at("2021-04-01", 0)  # in Asia/Shanghai


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at("2021-03-31", 12))


@pytest.fixture
def service(tmp_path: Path, clock: ManualClock) -> Iterator[IndicatorsService]:
    with IndicatorsService(tmp_path, clock, register=REGISTER).start() as made:
        yield made


def card(service: IndicatorsService, period: str = "2021Q1", **asked: str) -> Row:
    cards = service.items("/v1/scorecards", period=period, **asked)
    (found,) = [one for one in cards if one["org"] == TAX]
    return found


def figure_of(service: IndicatorsService, name: str, value: str) -> None:
    """Post a figure of 2021Q1, received and stated now."""
    row = (CITY, "2021Q1", figure(value, 10))
    service.post(observations(name, row, received=service.clock.now()))


def test_a_card_is_provisional_until_its_quarter_has_ended(
    service: IndicatorsService, clock: ManualClock
) -> None:
    early = service.calls().get("/v1/scorecards", params={"period": "2021Q2"})
    assert early.json()["errors"][0]["code"] == "period-not-begun"
    assert card(service)["provisional"]
    clock.set(MIDNIGHT)
    until(lambda: not card(service)["provisional"], seconds=SECONDS, what="the day is passed")
    assert card(service, "2021Q2")["provisional"]
    assert [part["part"] for part in card(service, "2021")["parts"]] == ["2021Q1", "2021Q2"]
    assert card(service, "2021")["provisional"]


def test_rows_count_in_the_quarter_of_the_day_on_which_they_came(
    service: IndicatorsService, clock: ManualClock
) -> None:
    clock.set(at("2021-04-08", 12))
    before, row = MIDNIGHT - timedelta(microseconds=1), case("2021-01-04", "2021-01-05")
    service.post(
        cases("s1", ("1", case("2021-01-04")), ("2", row), received=before),
        cases("s2", ("1", row), ("2", row), ("3", row), received=MIDNIGHT),
        observations("s3", (CITY, "2021Q1", figure("7", 9)), received=MIDNIGHT),
        observations("s4", (CITY, "2021Q1", figure("7", 10)), received=at("2021-04-02")),
    )
    lines = {
        quarter: [
            (line["text"], line["points"], line["of"])
            for line in card(service, quarter)["parts"][2]["lines"]
        ]
        for quarter in ("2021Q1", "2021Q2")
    }
    assert lines == {
        "2021Q1": [("Cases: 2 rows, 0 rejected, 0 revised", 2, 2)],
        "2021Q2": [
            ("Cases: 3 rows, 0 rejected, 1 revised", 3, 3),
            ("Observations: 2 rows, 0 rejected, 1 revised", 1, 2),
        ],
    }


def test_reported_cards_keep_the_verdicts_of_a_closed_quarter(
    service: IndicatorsService, clock: ManualClock
) -> None:
    clock.set(at("2021-04-08", 12))
    figure_of(service, "s1", "7")
    until(lambda: not card(service)["provisional"], seconds=SECONDS, what="the day is passed")
    assert (
        service.calls("office")
        .request("POST", "/v1/closings", json={"period": "2021Q1", "comment": "一季度"})
        .is_success
    )
    clock.set(at("2021-04-09", 12))
    figure_of(service, "s2", "5")

    def attainment(**asked: str) -> tuple[object, object]:
        (line,) = card(service, **asked)["parts"][0]["lines"]
        return line["status"], line["points"]

    assert attainment() == attainment(as_of="corrected") == ("met", 1)
    assert attainment(as_of="reported") == ("missed", 0.7857)  # 5.5 of 7 days
    (first, _) = card(service, "2021", as_of="reported")["parts"]
    assert first["score"] == card(service, as_of="reported")["score"] != card(service)["score"]
