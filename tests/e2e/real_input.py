"""Real requests and permits as cases of ours, and what polars makes of the same rows.

The expected figures come from polars and from calendar files alone; no code of the product counts
a day or a case here.
"""

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import polars as pl

FOLDER = Path(os.environ.get("DUIBIAO_TEST_DATA", "../shared/data"))
INVENTED = Path(__file__).resolve().parents[1] / "data"
LIMIT = 35  # working days, target T02

Row = dict[str, Any]


def requests(path: Path) -> pl.DataFrame:
    """Read hotline requests: opened and closed as local times, resolved or not.

    The source calls some requests resolved that it never closed; an open case cannot be.
    """
    form = "%m/%d/%Y %I:%M:%S %p"
    return pl.read_csv(path, infer_schema_length=0).with_columns(
        opened=pl.col("OPEN_DT").str.to_datetime(form),
        closed=pl.col("CLOSED_DT").str.to_datetime(form),
        resolved=pl.col("closure_class").eq_missing("resolved") & pl.col("CLOSED_DT").is_not_null(),
    )


def request_cases(frame: pl.DataFrame, indicator: str) -> list[Row]:
    """Make hotline cases of requests; an open one has no completion."""
    return [
        {
            "case_no": row["CASE_ENQUIRY_ID"],
            "indicator": indicator,
            "accepted_at": row["opened"].isoformat(),
            "outcome": "open" if row["closed"] is None else "completed",
            "resolved": row["resolved"],
            "labels": {"department": row["Department"]},
        }
        | ({} if row["closed"] is None else {"completed_at": row["closed"].isoformat()})
        for row in frame.iter_rows(named=True)
    ]


def request_shares(frame: pl.DataFrame) -> pl.DataFrame:
    """Count, per quarter in which they were opened, the requests taken and those resolved."""
    return (
        frame.filter(~pl.col("closed").lt(pl.col("opened")).fill_null(value=False))
        .group_by(quarter(pl.col("opened").dt.date()))
        .agg(count=pl.len(), resolved=pl.col("resolved").sum())
        .sort("quarter")
    )


def quarter(day: pl.Expr) -> pl.Expr:
    """Return the quarter's code of a day, e.g. 2015Q1."""
    return pl.format("{}Q{}", day.dt.year(), day.dt.quarter()).alias("quarter")


def permits(path: Path) -> pl.DataFrame:
    """Read permits: applied and issued days; withdrawn where there will be no issue."""
    day = pl.col("applieddate", "issueddate").str.slice(0, 10).str.to_date()
    return pl.read_csv(path, infer_schema_length=0).with_columns(
        day,
        withdrawn=pl.col("issueddate").is_null()
        & pl.col("statuscurrent").is_in(["Cancelled", "Expired"]),
    )


def permit_cases(frame: pl.DataFrame, indicator: str) -> list[Row]:
    """Make investment approvals of permits."""
    cases = []
    for row in frame.iter_rows(named=True):
        issued = row["issueddate"]
        open_or_not = "withdrawn" if row["withdrawn"] else "open"
        case = {
            "case_no": row["permitnum"],
            "indicator": indicator,
            "accepted_at": row["applieddate"].isoformat(),
            "outcome": open_or_not if issued is None else "completed",
        }
        cases.append(case if issued is None else case | {"completed_at": issued.isoformat()})
    return cases


def working_days() -> pl.DataFrame:
    """Return every day of 1998 to 2026 with the number of working days up to and with it.

    2007 to 2026 from the calendar files, 2004 to 2006 (and all years where the files are absent)
    from the tables of chinesecalendar, before that Monday to Friday.
    """
    off, on = set(chinese_calendar.holidays), set(chinese_calendar.workdays)
    for path in sorted((FOLDER / "cn_calendar").glob("*.json")):
        for entry in json.loads(path.read_text(encoding="utf-8"))["days"]:
            day = date.fromisoformat(entry["date"])
            (off if entry["isOffDay"] else on).add(day)
            (on if entry["isOffDay"] else off).discard(day)
    days = pl.date_range(date(1998, 1, 1), date(2026, 12, 31), eager=True)
    frame = pl.DataFrame({"day": days})
    weekday = pl.col("day").dt.weekday() <= 5
    in_lieu = pl.col("day").is_in(sorted(on)) & ~weekday
    works = (weekday & ~pl.col("day").is_in(sorted(off))) | in_lieu
    return frame.with_columns(until=works.cast(pl.Int64).cum_sum())


def permit_figures(frame: pl.DataFrame) -> list[Row]:
    """Compute, per quarter with an issued permit, count, mean, p90, max and share within 35.

    The set: permits issued in the quarter, and those open on its last day and past the limit by
    then, at the days they had lasted.
    """
    until = working_days()
    frame = frame.filter(~pl.col("withdrawn"))
    issued = frame.filter(pl.col("issueddate").is_not_null()).with_columns(
        quarter(pl.col("issueddate"))
    )
    figures = []
    for code in sorted(issued["quarter"].unique()):
        last = _last_day(code)
        done = _lasted(issued.filter(pl.col("quarter") == code), "issueddate", until)
        waiting = frame.filter(
            (pl.col("applieddate") <= last)
            & (pl.col("issueddate").is_null() | (pl.col("issueddate") > last))
        ).with_columns(judged=pl.lit(last))
        late = [days for days in _lasted(waiting, "judged", until) if days > LIMIT]
        figures.append({"quarter": code, "overdue_open": len(late)} | _figures(done + late))
    return figures


def _last_day(code: str) -> date:
    year, number = int(code[:4]), int(code[-1])
    return date(year + number // 4, number % 4 * 3 + 1, 1) - timedelta(days=1)


def _lasted(frame: pl.DataFrame, end: str, until: pl.DataFrame) -> list[int]:
    begun = until.rename({"day": "applieddate", "until": "from"})
    ended = until.rename({"day": end, "until": "to"})
    joined = frame.join(begun, on="applieddate").join(ended, on=end)
    return joined.select(pl.col("to") - pl.col("from")).to_series().to_list()


def _figures(days: list[int]) -> Row:
    series = pl.Series(days, dtype=pl.Int64).sort()
    nearest_rank = -(-9 * len(series) // 10)
    return {
        "sample_size": len(series),
        "mean": series.mean(),
        "p90": series[nearest_rank - 1],
        "max": series.max(),
        "within_limit": int((series <= LIMIT).sum()),
    }
