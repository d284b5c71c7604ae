"""What polars makes of real cases: figures by unit, region and period. Nothing of the product.

A series' row exists where a case was completed in the period, of a region over its units where two
of them completed one, and of the city in every period of the window; cases open past the limit at
the period's end are in such rows, and make none.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Literal

import chinese_calendar
import polars as pl

from tests.e2e.real_data.register import CITY
from tests.e2e.real_data.sources import Source

Grain = Literal["month", "quarter"]
Key = tuple[str | None, str, str]  # org, region, period

KNOWN = (date(2004, 1, 1), date(2026, 12, 31))  # whole years for which a calendar can be given
_FAR = (date(1998, 1, 1), date(2026, 12, 31))
_KEY = ["org", "region", "period"]


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
    cases: pl.DataFrame, source: Source, grain: Grain, *, today: date, each: bool
) -> dict[Key, dict[str, Any]]:
    """Return the figures of every row; with `each` the open cases past the limit are counted in."""
    days = cases.filter(~pl.col("withdrawn")).with_columns(
        pl.col("accepted", "completed").dt.date()
    )
    lasted = _Lasted(workdays(source))
    done = lasted.until(days.filter(pl.col("completed").is_not_null()), "completed")
    done = done.select("org", "region", "days", period=_period(pl.col("completed"), grain))
    ends = _ends(done["period"].unique(), source, grain, today)
    waiting = days.join(ends, how="cross").filter(
        (pl.col("accepted") <= pl.col("end"))
        & (pl.col("completed").is_null() | (pl.col("completed") > pl.col("end")))
    )
    late = lasted.until(waiting, "end").filter(pl.col("days") > source.limit)
    late = late.select("org", "region", "days", "period")
    if not each:
        late = late.clear()
    members = pl.concat(
        [part.with_columns(open=is_open) for part, is_open in ((done, False), (late, True))]
    )
    return _rows(members, source.limit, ends["period"])


class _Lasted:
    """Counts working days d with start < d <= end."""

    def __init__(self, until: pl.DataFrame) -> None:
        self._until = until.select("day", "until")

    def until(self, frame: pl.DataFrame, end: str) -> pl.DataFrame:
        begun = self._until.rename({"day": "accepted", "until": "before"})
        ended = self._until.rename({"day": end, "until": "after"})
        joined = frame.join(begun, on="accepted").join(ended, on=end)
        assert joined.height == frame.height
        return joined.with_columns(days=pl.col("after") - pl.col("before"))


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


def _rows(members: pl.DataFrame, limit: int, city: pl.Series) -> dict[Key, dict[str, Any]]:
    """Add up by unit and region, by unit, by region and in all."""
    elsewhere = members.filter(pl.col("region") != CITY)
    leaves = _figures(elsewhere, limit)
    orgs = _figures(members.with_columns(region=pl.lit(CITY)), limit)
    regions = _figures(elsewhere.with_columns(org=pl.lit(None, pl.String)), limit)
    several = (
        elsewhere.filter(~pl.col("open"))
        .group_by("region", "period")
        .agg(orgs=pl.col("org").n_unique())
        .filter(pl.col("orgs") > 1)
    )
    whole = members.with_columns(org=pl.lit(None, pl.String), region=pl.lit(CITY))
    found = pl.concat(
        [
            leaves.filter(pl.col("completed") > 0),
            orgs.filter(pl.col("completed") > 0),
            regions.join(several.drop("orgs"), on=["region", "period"]),
            _figures(whole, limit),
        ]
    )
    rows = {tuple(row[name] for name in _KEY): row for row in found.iter_rows(named=True)}
    nothing = dict.fromkeys(found.columns)
    return {(None, CITY, code): nothing for code in city} | rows


def _figures(members: pl.DataFrame, limit: int) -> pl.DataFrame:
    days = pl.col("days").sort()
    rank = (pl.len() * 9 + 9) // 10  # ceil(0.9 n)
    return members.group_by(_KEY).agg(
        sample_size=pl.len(),
        mean=pl.col("days").mean(),
        p90=days.get(rank - 1),
        max=pl.col("days").max(),
        within_limit=(pl.col("days") <= limit).sum(),
        overdue_open=pl.col("open").sum(),
        completed=(~pl.col("open")).sum(),
    )
