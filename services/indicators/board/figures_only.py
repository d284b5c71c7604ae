"""What anybody may see of the board: figures and verdicts of targets.

What units owe, what they report of their progress, their lateness and the alerts to them are only
for who has signed in (contract section 3), unless DUIBIAO_BOARD_ACCESS is open-all.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from duibiao.register import Period
from services.indicators.board import data as board
from services.indicators.board.lines import NO_ALERTS
from services.indicators.domain.rows import JsonObject
from services.indicators.domain.scorecard import Scorecard


@dataclass(frozen=True, slots=True)
class FiguresOnly:
    """`BoardData` without what is not for anybody; nothing of it is even read into a page."""

    data: board.BoardData

    def state(self) -> str:
        return self.data.state()

    def at(self, view: board.View) -> "FiguresOnly":
        return FiguresOnly(self.data.at(view))

    def overview(self) -> board.Overview:
        return _figures(self.data.overview())

    def target(self, target: str, wanted: board.Wanted = board.PRESENT) -> board.TargetSheet:
        return replace(self.data.target(target, wanted), alerts=NO_ALERTS)

    def proof(self, verdict: str) -> JsonObject | None:
        return self.data.proof(verdict)

    def clause(self, measures: Collection[str], targets: Collection[str]) -> board.ClauseSheet:
        return board.ClauseSheet(_figures(self.data.clause(measures, targets).overview), ())

    def org(self, org: str) -> board.OrgSheet:
        return replace(self.data.org(org), duties=(), alerts=NO_ALERTS, reports=())

    def scorecards(self, period: Period, *, reported: bool) -> Sequence[Scorecard]:
        return self.data.scorecards(period, reported=reported)


def _figures(whole: board.Overview) -> board.Overview:
    return replace(whole, duties=(), milestones=(), alerts=NO_ALERTS, alerts_of={})
