"""Grafana's boards as they ship: their panels, and what they ask Prometheus."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.support import project
from tests.support.monitoring import DEPLOY, Json
from tests.support.registers import CITY

FOLDER: Final = DEPLOY / "grafana" / "boards"
OF_REGISTER: Final = project.ROOT / "notice" / "xa-2021-6" / "generated" / "grafana-targets.json"
BOARDS: Final = ("leaders", "office", "unit", "platform")
# What Grafana puts in before it asks; `.*` is "all".
EVERY: Final = {"$target": ".*", "$__rate_interval": "1m"}


def file_of(name: str) -> Path:
    return OF_REGISTER if name == "targets" else FOLDER / f"{name}.json"


def board(name: str) -> Json:
    found: Json = json.loads(file_of(name).read_text("utf-8"))
    return found


def panels(name: str) -> list[Json]:
    """Return the panels that show something; rows are but headings."""
    return [panel for panel in board(name)["panels"] if panel["type"] != "row"]


def every_panel() -> Iterator[tuple[str, Json]]:
    """Yield each panel of each board, with the board's name."""
    for name in (*BOARDS, "targets"):
        for panel in panels(name):
            yield name, panel


def queries(unit: str = ".*", city: str = CITY) -> list[tuple[str, str]]:
    """Return title and expression of every query for any register, as Grafana would send it."""
    return [
        (f"{name}: {panel['title']}", text)
        for name in BOARDS
        for panel in panels(name)
        for text in asked(panel, unit if name == "unit" else ".*", city).values()
    ]


def asked(panel: Json, unit: str, city: str) -> Mapping[str, str]:
    """Return the expressions of a panel by the ids of its queries; `unit`: of one, or `.*`."""
    variables = {**EVERY, "$org": unit, "$city": city}
    found = {}
    for target in panel["targets"]:
        text = target["expr"]
        for name, value in variables.items():
            text = text.replace(name, value)
        found[target["refId"]] = text
    return found
