"""Three cities' real cases through a register of theirs: every figure is what polars makes of them.

The register is data alone: the cities' own units, regions and limits, months and quarters; two of
the cities by the holidays of their country, from a calendar file. A sample of each file in every
run, the whole of it in `make soak`.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from tests.e2e.real_data import figures, register
from tests.e2e.real_data.sources import SOURCES, Source, invalid, read
from tests.e2e.real_input import FOLDER
from tests.support.product import NO_LIMITS, Product

GRAINS: tuple[figures.Grain, ...] = ("month", "quarter")
MOST_ROWS = 20_000
SECONDS = 600
SAMPLE = {"boston": 40, "calgary": 4, "nashville": 8}
TOLERANCE = 1e-9
COUNTED = ("sample_size", "p90", "max")


@dataclass
class City:
    """Cases of a source, and the product that has taken them."""

    source: Source
    frame: pl.DataFrame
    product: Product
    told: list[tuple[str, str, str]] = field(default_factory=list)  # case, indicator, error

    @property
    def valid(self) -> pl.DataFrame:
        return self.frame.join(invalid(self.frame), on=["org", "case_no"], how="anti")


INDICATORS = {f"{kind}-{grain}": (kind, grain) for kind in ("mean", "each") for grain in GRAINS}


def write(folder: Path, source: Source, frame: pl.DataFrame) -> Path:
    orgs = dict(frame.select("org", "name").unique().sort("org").iter_rows())
    places = frame.filter(pl.col("region") != register.CITY).select("region", "place")
    indicators, targets = list[register.Entry](), list[register.Entry]()
    for number, (code, (kind, grain)) in enumerate(INDICATORS.items(), 1):
        indicators.append(
            {
                "code": code,
                "name_zh": f"办理时间{number}",
                "name": f"Days of a case, {code}",
                "unit": "workday",
                "statistic": kind,
                "direction": "down",
                "period": grain,
                "clock": {"usual_age": 36_500},
            }
        )
        targets.append(
            {
                "target": f"T{number:02}",
                "indicator": code,
                "clause": "1.1",
                "name_zh": f"目标{number}",
                "name": f"In time, {code}",
                "op": "<=",
                "threshold": source.limit,
                "unit": "workday",
                "basis": "stated",
            }
        )
    return register.write(
        folder,
        window=source.window,
        orgs=orgs,
        measures=[("1.1", "Cases in time", list(orgs))],
        indicators=indicators,
        targets=targets,
        regions=dict(places.unique(subset="region").sort("region").iter_rows()),
    )


def rows_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows to post for one indicator each, as a table."""
    done = pl.when(pl.col("completed").is_not_null()).then(pl.lit("completed"))
    outcome = done.otherwise(
        pl.when("withdrawn").then(pl.lit("withdrawn")).otherwise(pl.lit("open"))
    )
    moments = pl.col("accepted", "completed").dt.strftime("%Y-%m-%dT%H:%M:%S")
    rows = frame.with_columns(moments, outcome=outcome).select(
        "case_no",
        "region",
        "outcome",
        accepted_at="accepted",
        completed_at="completed",
    )
    kinds = pl.DataFrame({"indicator": list(INDICATORS)})
    return kinds.join(rows, how="cross")


def post(city: City) -> None:
    """Post all cases, those of one unit together; wait until they are evaluated."""
    receipts = []
    for (org,), frame in city.frame.group_by("org", maintain_order=True):
        rows = rows_of(frame)
        for first in range(0, rows.height, MOST_ROWS):
            part = rows.slice(first, MOST_ROWS)
            answer = city.product.client.post(
                "/v1/cases?mode=partial",
                content=gzip.compress(part.write_csv().encode(), 1),
                headers=city.product.key(str(org))
                | {"Content-Type": "text/csv", "Content-Encoding": "gzip"},
                timeout=SECONDS,
            )
            assert answer.status_code in {httpx.codes.ACCEPTED, httpx.codes.MULTI_STATUS}, answer
            receipt = answer.json()
            assert receipt["errors_total"] == len(receipt["errors"])
            for error in receipt["errors"]:
                row = part.row(error["index"], named=True)
                city.told.append((row["case_no"], row["indicator"], error["code"]))
            if receipt["submission_id"]:
                receipts.append(receipt["submission_id"])
    for submission in receipts:
        city.product.evaluated(submission, seconds=SECONDS)


def whole_or_sample() -> list[Any]:
    soak = [pytest.param((one, 1), id=one.name, marks=pytest.mark.soak) for one in SOURCES]
    return [pytest.param((s, SAMPLE[s.name]), id=f"{s.name}-sample") for s in SOURCES] + soak


@pytest.fixture(scope="module", params=whole_or_sample())
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    source, every = request.param
    if not source.path.exists():
        pytest.skip(f"{source.file} is not in {FOLDER}: set DUIBIAO_TEST_DATA")
    frame = read(source, every)
    folder = tmp_path_factory.mktemp(source.name)
    settings = NO_LIMITS | {
        "DUIBIAO_REGISTER": str(write(folder / "register", source, frame)),
        "DUIBIAO_MAX_ROWS": str(MOST_ROWS),
        "DUIBIAO_MAX_BODY_BYTES": str(32 * 1024 * 1024),
    }
    if source.american:
        overrides = folder / "calendar.yaml"
        overrides.write_text(figures.calendar(source), encoding="utf-8")
        settings["DUIBIAO_CALENDAR_OVERRIDES"] = str(overrides)
    with Product(folder / "state", settings=settings) as product:
        city = City(source, frame, product)
        post(city)
        yield city


def test_rows_that_cannot_be_right_are_refused_and_named(city: City) -> None:
    wrong = invalid(city.frame)
    if city.frame.height == city.source.rows:
        assert wrong.height == city.source.refused
    expected = [
        (row["case_no"], indicator, row["error"])
        for row in wrong.iter_rows(named=True)
        for indicator in INDICATORS
    ]
    assert sorted(city.told) == sorted(expected)
    receipts = city.product.items("/v1/submissions?limit=1000")
    counted = [sum(row[name] for row in receipts) for name in ("accepted", "rejected")]
    all_rows = len(INDICATORS) * city.frame.height
    assert counted == [all_rows - len(expected), len(expected)]


@pytest.mark.parametrize("code", INDICATORS)
def test_every_figure_is_what_polars_gives(city: City, code: str) -> None:
    kind, grain = INDICATORS[code]
    each = kind == "each"
    today = date.today()  # noqa: DTZ011 - long after the last case
    expected = figures.series(city.valid, city.source, grain, today=today, each=each)
    target = f"T{list(INDICATORS).index(code) + 1:02}"
    rows = city.product.items(f"/v1/verdicts?target={target}&limit=1000")
    told = {(row["org"], row["region"], row["period"]): row for row in rows}
    assert set(told) == set(expected)
    for key, figure in expected.items():
        row = told[key]
        for name in COUNTED:
            assert row[name] == figure[name], (key, name)
        if figure["sample_size"] is None:
            assert row["status"] == "unknown"
            continue
        assert row["mean"] == pytest.approx(figure["mean"], abs=TOLERANCE, rel=0), key
        if not each:
            assert row["value"] == row["mean"]
            continue
        assert row["within_limit"] == figure["within_limit"], key
        assert row["overdue_open"] == figure["overdue_open"], key
        share = figure["within_limit"] / figure["sample_size"]
        assert row["attainment_ratio"] == pytest.approx(share, abs=TOLERANCE, rel=0), key
        assert (row["status"] == "met") == (share == 1), key
