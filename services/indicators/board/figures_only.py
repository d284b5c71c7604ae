"""What anybody may see of the board: figures and verdicts of targets.

What units owe, what they report of their progress, their lateness and the alerts to them are only
for who has signed in (contract section 3), unless DUIBIAO_BOARD_ACCESS is open-all.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from duibiao.web.board.alerts import OpenAlerts
from services.indicators.board import data as board
from services.indicators.domain.rows import JsonObject

_NO_ALERTS: Final = OpenAlerts({}, ())


@dataclass(frozen=True, slots=True)
class FiguresOnly:
    """`BoardData` without what is not for anybody; nothing of it is even read into a page."""

    data: board.BoardData

    def state(self) -> str:
        return self.data.state()

    def overview(self) -> board.Overview:
        return _figures(self.data.overview())

    def target(self, target: str, wanted: board.Wanted = board.PRESENT) -> board.TargetSheet:
        return replace(self.data.target(target, wanted), alerts=_NO_ALERTS)

    def proof(self, verdict: str) -> JsonObject | None:
        return self.data.proof(verdict)

    def clause(self, measures: Collection[str], targets: Collection[str]) -> board.ClauseSheet:
        return board.ClauseSheet(_figures(self.data.clause(measures, targets).overview), ())

    def org(self, org: str) -> board.OrgSheet:
        return replace(self.data.org(org), duties=(), alerts=_NO_ALERTS, reports=())


def _figures(whole: board.Overview) -> board.Overview:
    return replace(whole, duties=(), milestones=(), alerts=_NO_ALERTS, alerts_of={})
