"""Grafana's board as it ships: its panels, and what they ask Prometheus."""

import json
from typing import Final

from tests.support.monitoring import DEPLOY, Json
from tests.support.registers import CITY

BOARD: Final = DEPLOY / "grafana" / "boards" / "duibiao.json"
# What Grafana puts in before it asks; `.*` is "all".
_VARIABLES: Final = {"$city": CITY, "$target": ".*", "$org": ".*", "$__rate_interval": "1m"}


def board() -> Json:
    found: Json = json.loads(BOARD.read_text("utf-8"))
    return found


def panels() -> list[Json]:
    """Return the panels that show something; rows are but headings."""
    return [panel for panel in board()["panels"] if panel["type"] != "row"]


def queries() -> list[tuple[str, str]]:
    """Return title and expression of every query, as Grafana would send it."""
    return [
        (panel["title"], _filled(target["expr"]))
        for panel in panels()
        for target in panel["targets"]
    ]


def _filled(expression: str) -> str:
    for name, value in _VARIABLES.items():
        expression = expression.replace(name, value)
    return expression
