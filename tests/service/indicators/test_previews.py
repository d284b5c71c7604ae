"""Previews: what files, a threshold or a day would change, and the same once it is done."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from duibiao.register import LocalThreshold, Register, default_folder, load
from duibiao.store import Store
from duibiao.workdays import StateCouncilCalendar, Workdays
from services.indicators.adapters.repository import tables
from tests.service.indicators.service import WORKDAYS, IndicatorsService, Row
from tests.support.clock import ManualClock
from tests.support.registers import CITY
from tests.support.servers.databases import url_in
from tests.support.statements import at, case, cases, figure, observations

pytestmark = pytest.mark.usefixtures("each_database")

BUNDLED = load(default_folder())
LAND, TAX = BUNDLED.target("T13").leads[0], "tax-bureau"
DISTRICT = "610102"
(HOTLINE, *_) = BUNDLED.indicators["hotline-resolution-rate"].reported_by
RATES = [("2021Q1", 80), ("2021Q2", 84), ("2021Q3", 90)]  # each is a rise

DECREE = "2021-09-18: holiday\n"  # a Saturday that was to be worked
OVERLAY = """\
thresholds:
  - {target: T16, threshold: 5.2, unit: workday, decided_by: 市营商办, since: 2021-07-01}
  - {target: T16, threshold: 5.3, unit: workday, decided_by: 市营商办, since: 2021-12-31}
  - {target: T10, threshold: 80, unit: item, decided_by: 市营商办, since: 2021-02-01}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a store with figures of T16 and T10, and mortgages of two quarters."""
    figures = [("2021Q1", "5.4"), ("2021Q2", "5.25"), ("2021Q3", "5.25"), ("2021Q4", "5.25")]
    spans = [("2021-03-01", "2021-03-02"), ("2021-09-17", "2021-09-22")]  # the latter 2 days
    mortgages = [
        (f"{n}", case(accepted, completed, region=DISTRICT))
        for n, (accepted, completed) in enumerate(spans)
    ]
    with IndicatorsService(tmp_path, register=BUNDLED).start() as service:
        service.post(
            observations(
                "s1",
                *((CITY, period, figure(value, 10)) for period, value in figures),
                indicator="export-rebate-days",
                org=TAX,
            ),
            observations(
                "s3",
                *((CITY, period, figure(of=(part, 100))) for period, part in RATES),
                indicator="hotline-resolution-rate",
                org=HOTLINE,
            ),
            cases("s2", *mortgages, indicator="mortgage-registration-days", org=LAND),
        )
    return tmp_path


@contextmanager
def running(
    folder: Path, register: Register = BUNDLED, workdays: Workdays = WORKDAYS
) -> Iterator[IndicatorsService]:
    with IndicatorsService(folder, register=register, workdays=workdays).start() as service:
        yield service


def by_place(rows: list[Row]) -> dict[tuple[Any, ...], Row]:
    return {tuple(row[name] for name in ("target", "org", "region", "period")): row for row in rows}


def asked(service: IndicatorsService, path: str, **body: Any) -> Row:  # noqa: ANN401 - JSON
    answer = service.calls("office").post(path, json=body)
    assert answer.status_code == 200, answer.text
    found: Row = answer.json()
    return found


def flips_of(before: list[Row], after: list[Row]) -> dict[tuple[Any, ...], tuple[Any, Any]]:
    old, new = by_place(before), by_place(after)
    sides = {key: (old.get(key, {}), new.get(key, {})) for key in {*old, *new}}
    return {
        key: (was.get("status"), now.get("status"))
        for key, (was, now) in sides.items()
        if was.get("status") != now.get("status")
    }


def told(answer: Row) -> dict[tuple[Any, ...], tuple[Any, Any]]:
    return {
        key: tuple(item[side] and item[side]["status"] for side in ("before", "after"))
        for key, item in by_place(answer["items"]).items()
        if item["before"] != item["after"]
    }


def everything(folder: Path) -> list[list[Any]]:
    shown = [tables.verdicts, tables.verdict_versions, tables.rollups, tables.duties]
    with closing(Store(url_in(folder), "indicators")) as store, store.read() as connection:
        return [list(connection.execute(select(table))) for table in shown]


def test_a_decree_flips_what_its_preview_says_and_nothing_before_it(folder: Path) -> None:
    file = folder / "decree.yaml"
    file.write_text(DECREE, encoding="utf-8")
    decreed = Workdays(StateCouncilCalendar([file]))
    kept = everything(folder)
    with running(folder) as service:
        preview = asked(service, "/v1/previews", calendar=DECREE)
        before = service.items("/v1/verdicts", limit=1000)
    assert everything(folder) == kept
    with running(folder, workdays=decreed) as service:
        after = service.items("/v1/verdicts", limit=1000)
        old = by_place(before)["T13", None, CITY, "2021Q3"]
        proof = service.get(f"/v1/verdicts/{old['id']}/proof")
        same = service.get(
            f"/v1/verdicts/{by_place(after)['T13', None, CITY, '2021Q1']['id']}/proof"
        )

    # Friday 17 to Wednesday 22 September, 19 to 21 a festival: two days with the 18th, else one.
    quarter = {
        ("T13", org, region, "2021Q3"): ("regressed", "sustained")
        for org, region in [(None, CITY), (LAND, CITY), (LAND, DISTRICT)]
    }
    assert told(preview) == flips_of(before, after) == quarter
    assert (preview["rows"], preview["flips"]) == (len(before), 3)
    assert preview["calendar_version"] == decreed.version
    unchanged = [row for key, row in by_place(after).items() if key not in quarter]
    assert unchanged == [row for key, row in by_place(before).items() if key not in quarter]
    assert {by_place(after)[key]["calendar_version"] for key in quarter} == {decreed.version}
    assert (proof["stands"], proof["verdict"], proof["calendar_version"]) == (
        False,
        old,
        WORKDAYS.version,
    )
    assert (same["cases_reason"], same["cases"]["completed"]) == (None, 1)


def test_local_thresholds_flip_what_their_preview_says(folder: Path) -> None:
    with running(folder) as service:
        preview = asked(service, "/v1/previews", overlay=OVERLAY)
        before = service.items("/v1/verdicts", limit=1000)
    file = folder / "overlay.yaml"
    file.write_text(OVERLAY, encoding="utf-8")
    with running(folder, load(default_folder(), file)) as service:
        after = service.items("/v1/verdicts", limit=1000)
        versions = service.items("/v1/versions")
    # 5.25 against 5.2 from the third quarter on; 5.3 for the fourth, that ends on its day.
    assert told(preview) == flips_of(before, after)
    assert told(preview) == {("T16", org, CITY, "2021Q3"): ("met", "missed") for org in (None, TAX)}
    thresholds = [
        by_place(after)["T16", None, CITY, f"2021Q{quarter}"]["threshold"]
        for quarter in range(1, 5)
    ]
    assert thresholds == [5.5, 5.5, 5.2, 5.3]
    assert [row["kind"] for row in versions] == ["overlay", "register", "calendar", "register"]
    moved = by_place(after)["T16", None, CITY, "2021Q4"]["register_version"]
    assert versions[1]["version"] == preview["register_version"] == moved


def test_a_threshold_is_shown_once_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "overlay.yaml"
    file.write_text(OVERLAY, encoding="utf-8")
    clock = ManualClock(at("2021-08-05", 12))
    overlaid = load(default_folder(), file)
    series = 'duibiao_target_threshold{op="<=",target="T16",unit="workday"}'
    with IndicatorsService(tmp_path, clock, overlaid).start() as service:
        (shown,) = [row for row in service.items("/v1/targets") if row["id"] == "T16"]
        page = service.calls(None).get("/board/targets/T16").text
        assert service.metrics()[series] == shown["threshold"] == 5.2
        assert "≤ 5.2 个工作日" in page
        assert "严于通知" in page
        clock.set(at("2021-12-31", 12))
        assert service.metrics()[series] == 5.3


def changed(target: str, change: dict[str, Any]) -> Register:
    """Return the bundled register after a change for real."""
    moved = BUNDLED.target(target)
    if "due" in change:
        due = date.fromisoformat(change["due"])
        moved = replace(moved, due=due, judged_by=due, judged_by_is_reading=False)
    if "threshold" in change:
        threshold = Decimal(str(change["threshold"]))
        local = LocalThreshold(target, threshold, moved.unit, "市营商办", date(2021, 1, 9))
        moved = moved.decided([local])
    targets = tuple(moved if one.id == target else one for one in BUNDLED.targets)
    version = f"xa-2021-6+{target}{len(change)}"
    return replace(BUNDLED, targets=targets, version=version)


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("T16", {"threshold": 5.3}),
    ("T16", {"threshold": 6, "due": "2021-06-30"}),
    ("T13", {"due": "2021-12-31"}),
    ("T12", {"threshold": 85}),
]


def test_what_if_is_what_the_same_change_does(folder: Path) -> None:
    with running(folder) as service:
        before = by_place(service.items("/v1/verdicts", limit=1000))
        answers = [asked(service, "/v1/what-if", target=one, **change) for one, change in CHANGES]
    for (target, change), answer in zip(CHANGES, answers, strict=True):
        with running(folder, changed(target, change)) as service:
            after = by_place(service.items("/v1/verdicts", target=target))
        city = {key for key in after if key[1:3] == (None, CITY)}
        flipped = {key for key, row in after.items() if row["status"] != before[key]["status"]}
        items = by_place(answer["items"])
        assert items.keys() == city | flipped
        for key, item in items.items():
            assert item["after"] == {name: after[key][name] for name in item["after"]}
            assert item["before"] == {name: before[key][name] for name in item["before"]}
        assert answer["flips"] == len(flipped) > 0
        assert sum(answer["after"].values()) == answer["rows"] == len(after)


def test_what_if_speaks_of_the_periods_asked_for(folder: Path) -> None:
    with running(folder) as service:
        body = {"target": "T16", "threshold": 5, "from": "2021-06-30", "to": "2021-07-01"}
        answer = asked(service, "/v1/what-if", **body)
    assert {item["period"] for item in answer["items"]} == {"2021Q2", "2021Q3"}
    assert (answer["before"], answer["after"]) == ({"met": 4}, {"missed": 4})


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({"overlay": OVERLAY.replace("5.2", "5.6")}, "invalid-file", "overlay.yaml, line 2"),
        ({"calendar": "2021-09-18: maybe"}, "invalid-file", "2021-09-18: maybe"),
        ({"calendar": "a: ["}, "invalid-file", "each line is a date"),
        ({"overlay": ""}, "invalid-file", "overlay.yaml, line 1"),
        ({"overlay": 5}, "wrong-type", "text"),
    ],
)
def test_files_that_cannot_be_used_are_refused(
    tmp_path: Path, body: dict[str, Any], code: str, said: str
) -> None:
    with IndicatorsService(tmp_path, register=BUNDLED) as service:
        answer = service.calls("office").post("/v1/previews", json=body)
        not_theirs = service.calls("tax").post("/v1/previews", json={})
        unknown = service.calls("tax").post("/v1/what-if", json={"target": "T99"})
        numbers = ("1e999", "NaN", "true", "-1", '"5"')
        bodies = [f'{{"target": "T10", "threshold": {said}}}'.encode() for said in numbers]
        odd = [service.calls("tax").post("/v1/what-if", content=body) for body in bodies]
        backwards = {"target": "T10", "from": "2021-12-31", "to": "2021-01-01"}
        odd.append(service.calls("tax").post("/v1/what-if", json=backwards))
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["code"], said in fault["message"]) == (code, True), fault
    assert not_theirs.status_code == 403
    assert {one.status_code for one in odd} <= {400, 422}
    assert [one["code"] for one in unknown.json()["errors"]] == ["unknown-target"]
