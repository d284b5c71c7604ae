"""Real cases of three cities in one form, read straight from their files by polars.

A frame of cases: `case_no`, `org`, `region` (codes of the register), `name` (of the org), `place`
(of the region), `accepted`, `completed`, `deadline` (local times without a zone, null: none), and
`withdrawn`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from tests.e2e.real_data.register import CITY
from tests.e2e.real_input import FOLDER

CASE = ["case_no", "org", "region", "name", "place", "accepted", "completed", "deadline"]


@dataclass(frozen=True)
class Source:
    """A file of cases. `limit`: working days; `american`: by the holidays of that country.

    `refused` rows are invalid whatever is asked of them; `deadlines`: its cases state them;
    `day`: one on which the overdue ones are listed.
    """

    name: str
    file: str
    rows: int
    refused: int
    window: tuple[date, date]
    limit: int
    american: bool
    deadlines: bool
    day: date
    read: Callable[[Path], pl.DataFrame]

    @property
    def path(self) -> Path:
        return FOLDER / self.file


def _boston(path: Path) -> pl.DataFrame:
    moment = "%m/%d/%Y %I:%M:%S %p"
    return pl.read_csv(path, infer_schema_length=0).select(
        case_no="CASE_ENQUIRY_ID",
        name="Department",
        place="neighborhood",
        accepted=pl.col("OPEN_DT").str.to_datetime(moment),
        completed=pl.col("CLOSED_DT").str.to_datetime(moment),
        deadline=pl.col("TARGET_DT").str.to_datetime(moment),
        withdrawn=False,
    )


def _calgary(path: Path) -> pl.DataFrame:
    day = "%Y-%m-%dT%H:%M:%S%.f"
    return pl.read_csv(path, infer_schema_length=0).select(
        case_no="permitnum",
        name="permitclassgroup",
        place="communitycode",
        accepted=pl.col("applieddate").str.to_datetime(day),
        completed=pl.col("issueddate").str.to_datetime(day),
        deadline=pl.lit(None, pl.Datetime),
        withdrawn=pl.col("issueddate").is_null()
        & pl.col("statuscurrent").is_in(["Cancelled", "Expired"]),
    )


def _nashville(path: Path) -> pl.DataFrame:
    entered = pl.from_epoch(pl.col("Date_Entered").cast(pl.Int64), time_unit="ms")
    local = entered.dt.replace_time_zone("UTC").dt.convert_time_zone("America/Chicago")
    return pl.read_csv(path, infer_schema_length=0).select(
        case_no="Permit__",
        name="Per_Ty",
        place=pl.format("D{}", "Council_Dist"),
        accepted=local.dt.replace_time_zone(None),
        completed=pl.lit(None, pl.Datetime),
        deadline=pl.lit(None, pl.Datetime),
        withdrawn=False,
    )


BOSTON = Source(
    "boston",
    "boston311_2015h1.csv.gz",
    58_119,
    84,
    (date(2015, 1, 1), date(2016, 1, 31)),
    5,
    american=True,
    deadlines=True,
    day=date(2016, 1, 13),
    read=_boston,
)
SOURCES = (
    BOSTON,
    Source(
        "calgary",
        "calgary_permits_to2023.csv.gz",
        2_391,
        0,
        (date(2023, 1, 1), date(2023, 12, 31)),
        35,
        american=False,
        deadlines=False,
        day=date(2014, 6, 30),
        read=_calgary,
    ),
    Source(
        "nashville",
        "nashville_pending_permits_20240919.csv.gz",
        5_996,
        4,
        (date(2024, 1, 1), date(2024, 12, 31)),
        20,
        american=True,
        deadlines=False,
        day=date(2024, 9, 19),
        read=_nashville,
    ),
)


def read(source: Source, every: int = 1) -> pl.DataFrame:
    """Return the cases of a file, or every so manieth of them, with codes a register takes."""
    frame = source.read(source.path)
    assert frame.height == source.rows
    return (
        frame.gather_every(every)
        .with_columns(
            org=pl.col("name").map_elements(_org, pl.String),
            region=pl.col("place").map_elements(_region, pl.String).fill_null(CITY),
        )
        .select(*CASE, "withdrawn")
    )


def _org(name: str) -> str:
    return "u-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _region(name: str) -> str:
    return "Z" + re.sub(r"[^A-Z0-9]+", "", name.upper())[:11]


def published(source: Source) -> pl.Series:
    """Return what the city says of each case: ONTIME, OVERDUE or nothing."""
    return pl.read_csv(source.path, infer_schema_length=0)["OnTime_Status"]


INVALID = {
    "completed-before-accepted": (pl.col("completed") < pl.col("accepted")).fill_null(value=False),
    "duplicate-row": pl.struct("org", "case_no").is_duplicated(),
}
"""Which cases no city can have meant, by the product's code of the error."""


def valid(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(~pl.any_horizontal(*INVALID.values()))
