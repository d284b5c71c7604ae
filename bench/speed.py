"""The speed table: `make bench` measures every row and writes docs/performance.md's table.

    .venv/bin/python -m bench.speed [--rounds N] [--only ingest|alerts|judging|metrics] [--print]

Each row measures both of its sides in turns, on the same core, in every round. Nothing else should
run on the machine. With `--print` the table is only printed.
"""

import argparse
import os
import platform
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from bench import alerts, ingest, judging, metrics
from bench.table import Line

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
HEAD: Final = (
    "| row | what | against | ours | theirs | ratio: median (of rounds) | must | reached |\n"
    "|---|---|---|---|---|---|---|---|\n"
)
PARTS: Final[Mapping[str, Callable[[int], Iterable[Line]]]] = {
    "ingest": ingest.lines,
    "alerts": alerts.lines,
    "judging": judging.lines,
    "metrics": metrics.lines,
}


def main() -> None:
    """Measure; print each line as it is known; write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--print", action="store_true")
    asked = parser.parse_args()
    rows = []
    for name in [asked.only] if asked.only else PARTS:
        for line in PARTS[name](asked.rounds):
            print(line, flush=True)
            rows.append(str(line))
    if not asked.only and not asked.print:
        _write(rows, asked.rounds)


def _write(rows: list[str], rounds: int) -> None:
    where = (
        f"Measured on {date.today():%Y-%m-%d}, {rounds} rounds, {os.cpu_count()} cores, "  # noqa: DTZ011
        f"{platform.system()} on {platform.machine()}, Python {platform.python_version()}.\n\n"
    )
    table = "<!-- table -->\n" + where + HEAD + "\n".join(rows) + "\n<!-- /table -->"
    text = PAGE.read_text("utf-8")
    PAGE.write_text(
        re.sub(r"<!-- table -->.*<!-- /table -->", lambda _: table, text, flags=re.DOTALL), "utf-8"
    )


if __name__ == "__main__":
    main()
