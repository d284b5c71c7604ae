"""Rewrite the tables of docs/errors.md and docs/settings.md from the code: `make docs`.

And the manual for the board, and what Prometheus and Grafana get of the bundled register. The words
around the tables are written by hand, and docs/metrics.md entirely. tests/meta fails when a table
and the code differ.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from markdown_it import MarkdownIt

from duibiao.core.settings import variables
from duibiao.register import default_folder, load
from duibiao.web.problems import CODES, PROBLEM_TYPES
from duibiao.workdays import StateCouncilCalendar, Workdays
from services.cli.rules import board_file, rules_file
from tests.meta.test_settings_documented import settings_classes

FOLDER = Path(__file__).resolve().parent
MANUAL = FOLDER.parent / "services" / "ingest" / "board" / "manual.html"


def main() -> None:
    """Rewrite every table."""
    rewrite(
        "errors.md",
        "Problem types 问题类型",
        (
            (f"`{slug}`", str(kind.status), kind.title, kind.advice, kind.title_zh, kind.advice_zh)
            for slug, kind in PROBLEM_TYPES.items()
        ),
    )
    rewrite(
        "errors.md",
        "Codes 错误代码",
        ((f"`{code}`", words.en, words.zh) for code, words in CODES.items()),
    )
    rewrite(
        "settings.md",
        "Environment",
        (
            (f"`{v.name}`", f"`{v.default}`" if v.default else "unset", v.description)
            for v in variables(*settings_classes())
        ),
    )
    MANUAL.write_text(manual(), "utf-8")
    register, workdays = load(default_folder()), Workdays(StateCouncilCalendar())
    generated = default_folder() / "generated"
    generated.mkdir(exist_ok=True)
    rules = rules_file(register, workdays)
    (generated / "prometheus-rules.yml").write_text(rules, "utf-8")
    (generated / "grafana-targets.json").write_text(board_file(register), "utf-8")


def manual() -> str:
    """Return the manual as the board shows it: without pictures, its title the page's."""
    text = re.sub(r"(?m)^!\[.*\n\n", "", (FOLDER / "manual.zh.md").read_text("utf-8"))
    html: str = MarkdownIt("commonmark").enable("table").render(text)
    return html.replace("<h1>", '<header class="opening"><h1>').replace("</h1>", "</h1></header>")


def rewrite(page: str, heading: str, rows: Iterable[Sequence[str]]) -> None:
    """Put rows below the head of the one table of a page's section."""
    path = FOLDER / page
    before, mark, rest = path.read_text("utf-8").partition(f"\n## {heading}\n")
    section, following, after = rest.partition("\n## ")
    lines = section.splitlines()
    table = [number for number, line in enumerate(lines) if line.startswith("|")]
    head_and_rule = table[0] + 2
    lines[head_and_rule : table[-1] + 1] = [f"| {' | '.join(row)} |" for row in rows]
    ending = "\n" if section.endswith("\n") else ""
    path.write_text(before + mark + "\n".join(lines) + ending + following + after, "utf-8")


if __name__ == "__main__":
    main()
