"""Three cities' real cases through a register of theirs: every figure is what polars makes of them.

The register is data alone: the cities' own units, regions and limits, months and quarters; two of
the cities by the holidays of their country, from a calendar file. A sample of each file in every
run, the whole of it in `make soak`.
"""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from tests.e2e.panels import scraped, settled
from tests.e2e.real_data import figures, register
from tests.e2e.real_data.figures import Way
from tests.e2e.real_data.sources import BOSTON, INVALID, SOURCES, Source, published, read, valid
from tests.e2e.real_input import FOLDER
from tests.support.product import NO_LIMITS, Product, Row

MOST_ROWS = 20_000
MOST_LISTED = 1_000  # errors of an answer
SECONDS = 600
SAMPLE = {"boston": 250, "calgary": 12, "nashville": 40}
TOLERANCE = 1e-9
OVERDUE = 5_701  # cases of Boston, on its day
PUBLISHED = 58_017  # cases of which Boston says whether they were in time


@dataclass
class City:
    """Cases of a source, and the product that has taken them."""

    source: Source
    frame: pl.DataFrame
    product: Product
    answers: list[tuple[pl.DataFrame, Row]] = field(default_factory=list)  # with the rows sent

    @property
    def ways(self) -> dict[str, Way]:
        return ways(self.source)


GRAINS: tuple[figures.Grain, ...] = ("month", "quarter")
WAYS = {
    name: way
    for grain in GRAINS
    for name, way in {
        f"mean-{grain}": Way("mean", "workday", "threshold", grain),
        f"each-{grain}": Way("each", "workday", "threshold", grain),
        f"days-{grain}": Way("each", "day", "threshold", grain),
        f"deadline-{grain}": Way("each", "workday", "deadline", grain),
    }.items()
}


TARGETS = [f"T{number:02}" for number in range(1, len(WAYS) + 1)]


def ways(source: Source) -> dict[str, Way]:
    return {n: way for n, way in WAYS.items() if source.deadlines or way.limit != "deadline"}


def write(folder: Path, source: Source, frame: pl.DataFrame) -> Path:
    orgs = dict(frame.select("org", "name").unique().sort("org").iter_rows())
    places = frame.filter(pl.col("region") != register.CITY).select("region", "place")
    indicators, targets = list[register.Entry](), list[register.Entry]()
    for target, (code, way) in zip(TARGETS, ways(source).items(), strict=False):
        indicators.append(
            {
                "code": code,
                "name_zh": f"办理时间{target}",
                "name": f"Days of a case, {code}",
                "unit": way.unit,
                "statistic": way.statistic,
                "direction": "down",
                "period": way.grain,
                "clock": {"limit": way.limit, "usual_age": 36_500},
            }
        )
        targets.append(
            {
                "target": target,
                "indicator": code,
                "clause": "1.1",
                "name_zh": f"目标{target}",
                "name": f"In time, {code}",
                "op": "<=",
                "threshold": source.limit if way.limit == "threshold" else 0,
                "unit": way.unit,
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


def rows_of(frame: pl.DataFrame, ways: Mapping[str, Way]) -> pl.DataFrame:
    """Return the rows to post, those of one indicator together, with the `errors` of each."""
    wrong = {code: pl.when(found).then(pl.lit(code)) for code, found in INVALID.items()}
    done = pl.when(pl.col("completed").is_not_null()).then(pl.lit("completed"))
    withdrawn = pl.when(pl.col("withdrawn")).then(pl.lit("withdrawn"))
    rows = frame.select(
        "case_no",
        "region",
        deadline=_written("deadline"),
        accepted_at=_written("accepted"),
        completed_at=_written("completed"),
        outcome=pl.coalesce(done, withdrawn, pl.lit("open")),
        **wrong,
    )
    held = [{"indicator": code, "held": way.limit == "deadline"} for code, way in ways.items()]
    without = pl.col("held") & pl.col("deadline").is_null()
    needed = pl.when(without).then(pl.lit("deadline-needed"))
    return (
        pl.DataFrame(held)
        .join(rows, how="cross")
        .with_columns(errors=pl.concat_list(*wrong, needed).list.drop_nulls())
        .drop("held", *wrong)
    )


def _written(moment: str) -> pl.Expr:
    return pl.col(moment).dt.strftime("%Y-%m-%dT%H:%M:%S")


def post(city: City) -> None:
    """Post all cases, those of one unit together; wait until they are evaluated."""
    for (org,), frame in city.frame.group_by("org", maintain_order=True):
        for rows in rows_of(frame, city.ways).iter_slices(MOST_ROWS):
            table = rows.drop("errors").write_csv().encode()
            media = {"Content-Type": "text/csv", "Content-Encoding": "gzip"}
            answer = city.product.client.post(
                "/v1/cases?mode=partial",
                content=gzip.compress(table, 1),
                headers=city.product.key(str(org)) | media,
                timeout=SECONDS,
            )
            assert answer.status_code in {httpx.codes.ACCEPTED, httpx.codes.MULTI_STATUS}, answer
            city.answers.append((rows, answer.json()))
    for _, receipt in city.answers:
        if receipt["submission_id"]:
            city.product.evaluated(receipt["submission_id"], seconds=SECONDS)


def present(source: Source) -> None:
    if not source.path.exists():
        pytest.skip(f"{source.file} is not in {FOLDER}: set DUIBIAO_TEST_DATA")


def whole_or_sample() -> list[Any]:
    soak = [pytest.param((one, 1), id=one.name, marks=pytest.mark.soak) for one in SOURCES]
    return [pytest.param((s, SAMPLE[s.name]), id=f"{s.name}-sample") for s in SOURCES] + soak


@pytest.fixture(scope="module", params=whole_or_sample())
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    source, every = request.param
    present(source)
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
    if city.frame.height == city.source.rows:
        assert city.source.rows - valid(city.frame).height == city.source.refused
    for rows, answer in city.answers:
        numbered = rows.with_row_index().explode("errors").drop_nulls("errors")
        expected = list(numbered.select("index", "errors").iter_rows())
        told = [(error["index"], error["code"]) for error in answer["errors"]]
        assert answer["errors_total"] == len(expected)
        assert len(told) == min(len(expected), MOST_LISTED)
        assert set(told) <= set(expected)
        refused = numbered["index"].n_unique()
        assert (answer["rejected"], answer["accepted"]) == (refused, rows.height - refused)


def test_every_figure_is_what_polars_gives(city: City) -> None:
    for target, (code, way) in zip(TARGETS, city.ways.items(), strict=False):
        rows = city.product.items(f"/v1/verdicts?target={target}&limit=1000")
        told = {(row["org"], row["region"], row["period"]): row for row in rows}
        today = date.today()  # noqa: DTZ011 - long after the last case
        expected = figures.series(valid(city.frame), city.source, way, today=today)
        assert set(told) == set(expected), code
        for key, figure in expected.items():
            compare(told[key], figure, way)


def test_the_overdue_cases_of_a_day_are_those_that_polars_finds(city: City) -> None:
    source, day = city.source, city.source.day
    for code, way in city.ways.items():
        if way.statistic == "mean":
            continue
        found = figures.overdue(valid(city.frame), source, way, day)
        if way.limit == "deadline" and city.frame.height == source.rows:
            assert found.height == OVERDUE
        limit = 0 if way.limit == "deadline" else source.limit
        expected = {
            (row["org"], row["case_no"]): (row["region"], row["days"], row["compared"] - limit)
            for row in found.iter_rows(named=True)
        }
        query = f"indicator={code}&as_of={day}&state=overdue&limit=1000"
        rows = city.product.items(f"/v1/records/overdue-cases?{query}")
        told = {
            (row["org"], row["case_no"]): (row["region"], row["net_days"], row["overdue_days"])
            for row in rows
        }
        assert len(told) == len(rows)
        assert told == expected, code


def test_every_panel_of_grafana_shows_the_figures_of_boston(city: City, tmp_path: Path) -> None:
    if city.source is not BOSTON:
        return  # the panels are the same
    rows = city.product.items(f"/v1/verdicts?region={register.CITY}&limit=1000")
    unit = max(row["org"] for row in rows if row["org"] and row["value"] is not None)
    with scraped(city.product, tmp_path / "prometheus") as server:
        assert settled(city.product, server, unit) == []


def test_the_city_itself_calls_late_what_polars_does() -> None:
    """Boston published of most cases whether they kept their deadline, as of the same day."""
    present(BOSTON)
    cases = read(BOSTON).with_columns(published=published(BOSTON)).drop_nulls("published")
    assert cases.height == PUBLISHED
    until = pl.col("completed").fill_null(pl.lit(BOSTON.day))
    late = (until >= figures.late_from()).fill_null(value=False)
    assert cases.select(late).to_series().to_list() == [
        word == "OVERDUE" for word in cases["published"]
    ]


def compare(row: Row, figure: Row, way: Way) -> None:
    for name in ("sample_size", "p90", "max"):
        assert row[name] == figure[name], row
    if figure["sample_size"] is None:
        assert row["status"] == "unknown", row
        return
    assert row["mean"] == pytest.approx(figure["mean"], abs=TOLERANCE, rel=0), row
    if way.statistic == "mean":
        assert row["value"] == row["mean"]
        return
    compared = (row["value"], row["within_limit"], row["overdue_open"])
    assert compared == (figure["most"], figure["within_limit"], figure["overdue_open"]), row
    share = figure["within_limit"] / figure["sample_size"]
    assert row["attainment_ratio"] == pytest.approx(share, abs=TOLERANCE, rel=0), row
    assert (row["status"] == "met") == (share == 1), row
