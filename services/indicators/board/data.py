"""What the board shows, as values, and the one port it reads them through.

The pages own the look, never the facts: every figure, state and proof here was decided elsewhere
and is only read. Each method of `BoardData` is one read of the store, so a page is one
consistent picture. Verdicts and duties are the domain's own values. Nothing here knows SQL, HTTP
or HTML.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, Protocol

from duibiao.register import Period
from duibiao.web.board.alerts import OpenAlerts
from duibiao.web.board.rendering import InstallationState
from duibiao.web.lists import Page
from services.indicators.domain.rows import DutyRow, JsonObject, Verdict
from services.indicators.domain.scorecard import Scorecard
from services.indicators.domain.submission import ReportHistory
from services.indicators.usecases.preview import Preview

# How many rows, or alerts, a page shows at once.
SHOWN: Final = 100
# Which figures: as corrected since, as reported when their period was closed, or of a moment.
View = Literal["corrected", "reported"] | datetime
FIRST_PAGE: Final = Page(SHOWN, None)


@dataclass(frozen=True, slots=True)
class MilestoneState:
    """What one lead unit last said of a milestone: not_started, in_progress or done."""

    milestone: str
    org: str
    state: str
    done_on: date | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole notice: the city's verdicts of every period, all duties, open alerts.

    `alerts_of` counts the open alerts by unit and colour, for those that lead on them or own them.
    """

    standing: InstallationState
    city: tuple[Verdict, ...]
    duties: tuple[DutyRow, ...]
    milestones: tuple[MilestoneState, ...]
    alerts: OpenAlerts
    alerts_of: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be seen of a target: one verdict's proof, and rows of one period.

    None: the present verdict; the period of the verdict, or the newest that has rows.
    """

    verdict: str | None = None
    period: str | None = None
    page: Page = FIRST_PAGE


PRESENT: Final = Wanted()


@dataclass(frozen=True, slots=True)
class PartRows:
    """Rows of units and regions: a page of those of one period, by org and region.

    `counts` has how many there are in each period, the newest first; `next_cursor` is None on
    the last page.
    """

    counts: Mapping[str, int]
    period: str | None
    verdicts: tuple[Verdict, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class TargetSheet:
    """One target: the city's verdicts of every period, the rows wanted, and its open alerts.

    `proven` is the verdict wanted where it is one of this target's that stands, else the present.
    `regions` has one row of each region that has a tile on the map and figures in `parts.period`.
    """

    standing: InstallationState
    city: tuple[Verdict, ...]
    proven: Verdict | None
    parts: PartRows
    alerts: OpenAlerts
    regions: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class OrgSheet:
    """One unit: the city's verdicts of every target, the unit's own, its duties, alerts to it.

    `city` holds all periods; `own` those with org = the unit and region = the city, of the city's
    present periods; `here` the first `SHOWN` present rows of the region that the unit governs,
    whoever reported them. Alerts are those that
    the unit leads on, that are on its own row or duty, or on a row of its region. `reports` are
    the progress reports that it sent.
    """

    standing: InstallationState
    city: tuple[Verdict, ...]
    own: tuple[Verdict, ...]
    here: tuple[Verdict, ...]
    duties: tuple[DutyRow, ...]
    alerts: OpenAlerts
    reports: tuple[ReportHistory, ...]


@dataclass(frozen=True, slots=True)
class ClauseSheet:
    """A task or a measure: the notice as far as it concerns it, and its progress reports."""

    overview: Overview
    reports: tuple[ReportHistory, ...]


# Judges the rows of a target by another threshold, or another day; see `usecases.preview`.
WhatIf = Callable[[str, Decimal | None, date | None], Sequence[Preview]]


class BoardData(Protocol):
    """Read access to what stands now. Every call is one consistent read; none changes anything."""

    def state(self) -> str:
        """Return what differs whenever a page may."""

    def at(self, view: View) -> "BoardData":
        """Return the board as it was: figures and verdicts alone; all else stands as it does."""

    def overview(self) -> Overview:
        """Everything `/board` and `/board/orgs` show."""

    def target(self, target: str, wanted: Wanted = PRESENT) -> TargetSheet:
        """Return what is wanted of one target of the register; no verdicts where none exist."""

    def proof(self, verdict: str) -> JsonObject | None:
        """Return the proof of one version of a verdict as plain data, None where unknown."""

    def clause(self, measures: Collection[str], targets: Collection[str]) -> ClauseSheet:
        """Everything about these measures and targets of the register."""

    def org(self, org: str) -> OrgSheet:
        """Everything about one unit of the register; empty where it did nothing."""

    def scorecards(self, period: Period, *, reported: bool) -> Sequence[Scorecard]:
        """Return the cards of a quarter or year that has begun; `reported`: verdicts as frozen."""
