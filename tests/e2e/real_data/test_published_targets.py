"""Another city's yearly report as a notice: its published verdicts come out, without any code.

Of 564 indicators of New York City's report on its fiscal year 2023, 145 have a target and a
published verdict. The register is written from the file: agencies are the units, each service with
its goal is a measure. The report's fiscal year is the register's year 2023.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from tests.e2e.real_data import register
from tests.e2e.real_input import FOLDER
from tests.support.product import Product

YEAR = "2023"
NONE = "NA"
LONGEST = 160  # English names of a register
DIGITS = 15  # of a JSON number (contract.md section 3)
FILE = FOLDER / "nyc_mmr_fy2023_targets_a.csv.gz"
ROWS, MET, NOT_MET = 564, 82, 63
# What stands in brackets behind an indicator says what it is counted in.
UNITS = {
    "days": "day",
    "calendar days": "day",
    "business days": "business-day",
    "hours": "hour",
    "hours:minutes": "hour",
    "hours: minutes": "hour",
    "minutes": "minute",
    "minutes:seconds": "minute",
    "000": "thousand",
    "$000": "thousand-dollars",
    "$000,000": "million-dollars",
}
ZH = {
    "business-day": "个工作日（当地）",
    "hour": "小时",
    "minute": "分钟",
    "thousand": "千",
    "thousand-dollars": "千美元",
    "million-dollars": "百万美元",
    "percent-of-plan": "%",
}


@dataclass(frozen=True)
class Report:
    """The rows of the file, and the product that has taken their figures."""

    frame: pl.DataFrame
    product: Product


def org(agency: str) -> str:
    return "a-" + re.sub(r"[^a-z0-9]+", "-", agency.lower()).strip("-")[:50].strip("-")


def unit(text: str, value: Decimal) -> str:
    """Return the unit of an indicator; a share of a plan may exceed 100 %, a percentage never."""
    brackets = re.findall(r"\(([^()]*)\)", text)
    if any("%" in found for found in brackets):
        return "percent" if value <= 100 else "percent-of-plan"
    return next((UNITS[found] for found in brackets if found in UNITS), "item")


def statistic(text: str, counted_in: str) -> str:
    if counted_in == "percent":
        return "share"
    return "mean" if re.match(r"average|median|mean", text.lower()) else "latest"


def write(folder: Path, frame: pl.DataFrame) -> Path:
    """Write the register; `frame` holds the rows of one agency together."""
    agencies = frame["agency"].unique(maintain_order=True).to_list()
    numbers: dict[tuple[str, ...], str] = {}
    counts = Counter[str]()
    for goal in frame.select("agency", "Service", "Goal").unique(maintain_order=True).iter_rows():
        counts[goal[0]] += 1
        numbers[goal] = f"{agencies.index(goal[0]) + 1}.{counts[goal[0]]}"
    indicators, targets = list[register.Entry](), list[register.Entry]()
    for row in frame.iter_rows(named=True):
        indicator, target = asked(row, f"T{len(targets) + 1:03}")
        clause = numbers[row["agency"], row["Service"], row["Goal"]]
        indicators.append(indicator)
        targets.append({**target, "clause": clause})
    return register.write(
        folder,
        window=(date(2023, 1, 1), date(2023, 12, 31)),
        orgs={org(agency): agency for agency in agencies},
        measures=[(no, goal[2][:LONGEST], [org(goal[0])]) for goal, no in numbers.items()],
        indicators=indicators,
        targets=targets,
        units=[{"unit": u, "name_zh": zh, "name": u.replace("-", " ")} for u, zh in ZH.items()],
    )


def asked(row: Mapping[str, str], target: str) -> tuple[register.Entry, register.Entry]:
    """Return the indicator and the target of a row, without the clause."""
    text, up = row["Indicator"], row["Desired.Direction"] == "Up"
    counted_in = unit(text, Decimal(row["YTDScaled"]))
    name = f"{row['ID']} {text}".translate({0x2018: "'", 0x2019: "'"})[:LONGEST]
    named = {"name_zh": f"指标{row['ID']}", "name": name, "unit": counted_in}
    indicator = {
        "code": f"i-{row['ID']}",
        **named,
        "statistic": statistic(text, counted_in),
        "direction": "up" if up else "down",
        "period": "year",
    }
    given = row["Target.MMR"] != NONE
    threshold = {"threshold": number(row["Target.MMR"])} if given else {}
    basis = "stated" if given else "none"
    of = {"target": target, "indicator": indicator["code"], "op": ">=" if up else "<="}
    return indicator, {**of, **named, "basis": basis, **threshold}


def number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def sent(text: str) -> float:
    """Return a figure of the file as a JSON number may hold it."""
    return float(f"{Decimal(text):.{DIGITS}g}")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    if not FILE.exists():
        pytest.skip(f"{FILE.name} is not in {FOLDER}: set DUIBIAO_TEST_DATA")
    frame = pl.read_csv(FILE, infer_schema_length=0).rename({"Agency.Full.Name.y": "agency"})
    assert frame.height == ROWS
    frame = frame.sort("agency", maintain_order=True)
    folder = tmp_path_factory.mktemp("report")
    settings = {"DUIBIAO_REGISTER": str(write(folder / "register", frame))}
    with Product(folder / "state", settings=settings) as product:
        for (agency,), figures in frame.group_by("agency", maintain_order=True):
            body = [
                {"indicator": f"i-{ident}", "period": YEAR, "value": sent(value)}
                for ident, value in figures.select("ID", "YTDScaled").iter_rows()
            ]
            answer = product.post("observations", org(str(agency)), body)
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text
            product.evaluated(answer.json()["submission_id"])
        yield Report(frame, product)


@pytest.fixture(scope="module")
def verdicts(report: Report) -> dict[str, dict[str, Any]]:
    """Return the city's verdicts of the year by the file's own ids."""
    path = f"/v1/verdicts?org=&region={register.CITY}&period={YEAR}&limit=1000"
    return {row["indicator"].removeprefix("i-"): row for row in report.product.items(path)}


def test_every_indicator_has_one_verdict(
    report: Report, verdicts: dict[str, dict[str, Any]]
) -> None:
    assert sorted(verdicts) == sorted(report.frame["ID"])


def test_every_published_verdict_is_reproduced(
    report: Report, verdicts: dict[str, dict[str, Any]]
) -> None:
    published = report.frame.filter(pl.col("Target.MMR") != NONE)
    words = {"Met_Goal": "met", "Did_Not_Meet": "missed"}
    told = {ident: verdicts[ident]["status"] for ident in published["ID"]}
    assert told == {row["ID"]: words[row["Success"]] for row in published.iter_rows(named=True)}
    counts = [sum(status == word for status in told.values()) for word in words.values()]
    assert counts == [MET, NOT_MET]


def test_figures_and_distances_are_those_of_the_file(
    report: Report, verdicts: dict[str, dict[str, Any]]
) -> None:
    for row in report.frame.filter(pl.col("Target.MMR") != NONE).iter_rows(named=True):
        value, threshold = Decimal(str(sent(row["YTDScaled"]))), Decimal(row["Target.MMR"])
        away = threshold - value if row["Desired.Direction"] == "Up" else value - threshold
        verdict = verdicts[row["ID"]]
        told = (verdict["value"], verdict["threshold"], verdict["gap"])
        assert told == (float(value), float(threshold), sent(str(away))), row["ID"]


def test_equality_meets_a_target(report: Report, verdicts: dict[str, dict[str, Any]]) -> None:
    equal = report.frame.filter(pl.col("YTDScaled") == pl.col("Target.MMR"))
    assert equal.height > 0
    assert {verdicts[ident]["status"] for ident in equal["ID"]} == {"met"}


def test_without_a_target_a_figure_is_shown_and_not_judged(
    report: Report, verdicts: dict[str, dict[str, Any]]
) -> None:
    for row in report.frame.filter(pl.col("Target.MMR") == NONE).iter_rows(named=True):
        verdict = verdicts[row["ID"]]
        told = (verdict["status"], verdict["reason"], verdict["value"])
        assert told == ("unknown", "no_threshold", sent(row["YTDScaled"])), row["ID"]
