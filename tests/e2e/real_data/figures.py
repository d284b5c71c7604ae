"""What polars makes of real cases: figures by unit, region and period. Nothing of the product.

A series' row exists where a case was completed in the period, of a region over its units where two
of them completed one, and of the city in every period of the window; cases open past the limit at
the period's end are in such rows, and make none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Literal

import chinese_calendar
import polars as pl

from tests.e2e.real_data.register import CITY
from tests.e2e.real_data.sources import Source

Grain = Literal["month", "quarter"]


@dataclass(frozen=True)
class Way:
    """How cases are judged: each or their mean, in which days, by which limit, in which periods."""

    statistic: Literal["each", "mean"]
    unit: Literal["workday", "day"]
    limit: Literal["threshold", "deadline"]
    grain: Grain


Key = tuple[str | None, str, str]  # org, region, period

KNOWN = (date(2004, 1, 1), date(2026, 12, 31))  # whole years for which a calendar can be given
_FAR = (date(1998, 1, 1), date(2026, 12, 31))
_KEY = ["org", "region", "period"]
_MEMBER = [*_KEY, "open", "days", "late", "compared"]


def american_holidays(first: int, last: int) -> set[date]:
    """Return the federal holidays of the United States, each where it is observed."""
    found = set()
    for year in range(first, last + 1):
        fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
        if year > 2021:
            fixed.append(date(year, 6, 19))
        # Saturday's is kept on Friday, Sunday's on Monday.
        found |= {day + timedelta({5: -1, 6: 1}.get(day.weekday(), 0)) for day in fixed}
        mondays = [(1, 3), (2, 3), (9, 1), (10, 2)]
        found |= {_nth(year, month, 0, number) for month, number in mondays}
        found |= {_nth(year, 11, 3, 4), _nth(year, 6, 0, 1) - timedelta(7)}
    return found


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    """Return the n-th such weekday of a month; of May's Mondays the last is June's first less 7."""
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (number - 1))


def workdays(source: Source) -> pl.DataFrame:
    """Return each `day` with whether it `works` by the source's calendar, and the running sum."""
    off, on = set(chinese_calendar.holidays), set(chinese_calendar.workdays)
    if source.american:
        off, on = american_holidays(KNOWN[0].year, KNOWN[1].year), set()
    day = pl.col("day")
    frame = pl.DataFrame({"day": pl.date_range(*_FAR, eager=True)}).with_columns(
        works=((day.dt.weekday() <= 5) & ~day.is_in(sorted(off))) | day.is_in(sorted(on))
    )
    return frame.with_columns(until=pl.col("works").cast(pl.Int64).cum_sum())


def calendar(source: Source) -> str:
    """Return the source's calendar as a file of overrides: every day of the known years."""
    known = workdays(source).filter(pl.col("day").is_between(*KNOWN))
    return "".join(
        f"{day}: {'workday' if works else 'holiday'}\n"
        for day, works in known.select("day", "works").iter_rows()
    )


def series(
    cases: pl.DataFrame, source: Source, way: Way, *, today: date
) -> dict[Key, dict[str, Any]]:
    """Return the figures of every row, the cases judged in one way."""
    counted, days = _counted(cases, way), _Days(source, way)
    done = counted.filter(pl.col("completed").is_not_null()).with_columns(
        period=_period(pl.col("completed").dt.date(), way.grain),
        end=pl.col("completed").dt.date(),
        passed=pl.col("completed") >= pl.col("late_from"),
        open=False,
    )
    ends = _ends(done["period"].unique(), source, way.grain, today)
    late = _late(counted, days, ends)
    if way.statistic == "mean":
        late = late.clear()
    parts = [days.judged(done), late]
    return _rows(pl.concat([part.select(_MEMBER) for part in parts]), ends["period"])


def overdue(cases: pl.DataFrame, source: Source, way: Way, day: date) -> pl.DataFrame:
    """Return the cases that were open past their limit at the end of a day, with their days."""
    ends = pl.DataFrame({"period": [day.isoformat()], "end": [day]})
    return _late(_counted(cases, way), _Days(source, way), ends)


def _counted(cases: pl.DataFrame, way: Way) -> pl.DataFrame:
    found = cases.filter(~pl.col("withdrawn")).with_columns(late_from=late_from())
    return found.filter(pl.col("deadline").is_not_null()) if way.limit == "deadline" else found


def _late(counted: pl.DataFrame, days: "_Days", ends: pl.DataFrame) -> pl.DataFrame:
    """Return the cases that were open past the limit at the ends of periods."""
    after = pl.col("end").dt.offset_by("1d").cast(pl.Datetime)
    still = pl.col("completed").is_null() | (pl.col("completed") >= after)
    waiting = counted.join(ends, how="cross").filter((pl.col("accepted") < after) & still)
    waiting = waiting.with_columns(passed=pl.col("late_from") < after, open=True)
    return days.judged(waiting).filter(pl.col("late"))


def late_from() -> pl.Expr:
    """Return the first instant at which a deadline has passed; at midnight it names a whole day."""
    deadline = pl.col("deadline")
    midnight = deadline.dt.time() == time()
    return (
        pl.when(midnight)
        .then(deadline.dt.offset_by("1d"))
        .otherwise(deadline + timedelta.resolution)
    )


class _Days:
    """How long cases lasted, and which were late."""

    def __init__(self, source: Source, way: Way) -> None:
        self._limit, self._way = source.limit, way
        frame = workdays(source)
        if way.unit == "day":
            frame = frame.with_columns(until=pl.int_range(pl.len()))
        self._until = frame.select("day", "until")

    def judged(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return `days` lasted at the `end`, `late`, and `compared`: what a limit is held against.

        `passed`: whether the deadline had passed by then.
        """
        frame = self._numbered(self._numbered(frame, "accepted"), "end")
        days = pl.col("end_no") - pl.col("accepted_no")
        if self._way.limit == "deadline":
            frame = self._numbered(frame, "deadline")
            past = pl.max_horizontal(pl.col("end_no") - pl.col("deadline_no"), 1)
            late, compared = pl.col("passed"), pl.when("passed").then(past).otherwise(0)
        else:
            late, compared = days > self._limit, days
        return frame.with_columns(days=days, late=late, compared=compared)

    def _numbered(self, frame: pl.DataFrame, moment: str) -> pl.DataFrame:
        """Add the number of counted days up to and with a moment's day."""
        day = frame.with_columns(day=pl.col(moment).cast(pl.Date))
        numbered = day.join(self._until.rename({"until": f"{moment}_no"}), on="day")
        assert numbered.height == frame.height
        return numbered.drop("day")


def _period(day: pl.Expr, grain: Grain) -> pl.Expr:
    if grain == "month":
        return day.dt.strftime("%Y%m")
    return pl.format("{}Q{}", day.dt.year(), day.dt.quarter())


def _ends(codes: Iterable[str], source: Source, grain: Grain, today: date) -> pl.DataFrame:
    """Return the periods with completed cases and those of the window, with their judged days."""
    first, last = source.window
    step = {"month": "1mo", "quarter": "1q"}[grain]
    starts = pl.date_range(date(1999, 1, 1), today, interval=step, eager=True)
    day = pl.col("first")
    frame = pl.DataFrame({"first": starts}).with_columns(
        period=_period(day, grain),
        end=pl.min_horizontal(day.dt.offset_by(step).dt.offset_by("-1d"), pl.lit(today)),
    )
    wanted = pl.col("period").is_in(list(codes)) | day.is_between(first, last)
    return frame.filter(wanted).select("period", "end")


def _rows(members: pl.DataFrame, city: pl.Series) -> dict[Key, dict[str, Any]]:
    """Add up by unit and region, by unit, by region and in all."""
    elsewhere = members.filter(pl.col("region") != CITY)
    every = pl.lit(None, pl.String).alias("org")
    leaves, regions = _figures(elsewhere), _figures(elsewhere.with_columns(every))
    members = members.with_columns(region=pl.lit(CITY))
    several = (
        elsewhere.filter(~pl.col("open"))
        .group_by("region", "period")
        .agg(orgs=pl.col("org").n_unique())
        .filter(pl.col("orgs") > 1)
    )
    found = pl.concat(
        [
            leaves.filter(pl.col("completed") > 0),
            _figures(members).filter(pl.col("completed") > 0),
            regions.join(several.drop("orgs"), on=["region", "period"]),
            _figures(members.with_columns(every)),
        ]
    )
    rows = {tuple(row[name] for name in _KEY): row for row in found.iter_rows(named=True)}
    nothing = dict.fromkeys(found.columns)
    return {(None, CITY, code): nothing for code in city} | rows


def _figures(members: pl.DataFrame) -> pl.DataFrame:
    days = pl.col("days").sort()
    rank = (pl.len() * 9 + 9) // 10  # ceil(0.9 n)
    return members.group_by(_KEY).agg(
        sample_size=pl.len(),
        mean=pl.col("days").mean(),
        p90=days.get(rank - 1),
        max=pl.col("days").max(),
        most=pl.col("compared").max(),
        within_limit=(~pl.col("late")).sum(),
        overdue_open=pl.col("open").sum(),
        completed=(~pl.col("open")).sum(),
    )
