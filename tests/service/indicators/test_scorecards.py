"""`/v1/scorecards`: the sample's cards worked out once more, from public answers alone."""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from duibiao.register import default_folder, load
from services.cli.sample import read
from services.ingest.domain.context import Kind, Limits, Sender
from tests.service.indicators.service import SUBMISSIONS, IndicatorsService, Row
from tests.support.asgi import foreign
from tests.support.ingest import intake, posting
from tests.support.product import until
from tests.support.registers import CITY, the_register
from tests.support.statements import at

pytestmark = pytest.mark.usefixtures("each_database")

QUARTERS = ("2021Q1", "2021Q2", "2021Q3", "2021Q4")
# When rows of a quarter come: figures and cases late on its last day, reports (on paper, some of
# them late) in the next one.
FIGURES_ON = dict(
    zip(QUARTERS, ("2021-03-31", "2021-06-30", "2021-09-30", "2021-12-31"), strict=True)
)
REPORTS_ON = dict(
    zip(QUARTERS, ("2021-05-04", "2021-08-04", "2021-11-04", "2022-01-04"), strict=True)
)
KINDS: dict[str, Kind] = {
    "observations": "observation",
    "cases": "case",
    "progress-reports": "progress_report",
}
LINES = {"observation": "observations", "case": "cases", "progress_report": "reports"}
LIMITS = Limits(10_000, 8, 200, 2_000, timedelta(minutes=5))
# Sent besides the sample in 2021Q2: a row once more, one with another comment, one that is invalid.
MORE = """\
indicator,region,period,value,numerator,denominator,sample_size,comment
tax-personal-mobile-share,610100,2021Q2,,61,96,,示例数据 sample
export-rebate-days-class-a,610100,2021Q2,3.0,,,101,更正备注 sample
export-rebate-days,610100,2021Q9,5.5,,,10,示例数据 sample
"""
Number = Fraction | None
Told = tuple[str, str, str, str | None, Number, Fraction]


@dataclass
class Sent:
    """Rows that came from a unit in a quarter, and the id of their submission."""

    org: str
    quarter: str
    kind: str
    rows: int
    id: str


def cards_of(service: IndicatorsService, period: str, **asked: str) -> list[Row]:
    answer = service.calls().get("/v1/scorecards", params={"period": period, **asked})
    assert answer.status_code == 200, answer.text
    cards: list[Row] = json.loads(answer.text, parse_float=Decimal)["items"]
    return cards


@dataclass
class Sample:
    folder: Path
    service: IndicatorsService
    sent: list[Sent]

    def get(self, path: str, **asked: str) -> list[Row]:
        """Return the items of a list; its numbers as they are written."""
        answer = self.service.calls().get(path, params={"limit": "1000", **asked})
        assert answer.status_code == 200, answer.text
        found = json.loads(answer.text, parse_float=Decimal)
        assert found["next_cursor"] is None
        items: list[Row] = found["items"]
        return items

    def cards(self, period: str, **asked: str) -> list[Row]:
        return cards_of(self.service, period, **asked)


@pytest.fixture(scope="module")
def sample(shared_folder: Path) -> Iterator[Sample]:
    register, payloads = the_register(), []
    sent: list[Sent] = []

    def send(org: str, quarter: str, kind: Kind, body: bytes, rejected: int = 0) -> None:
        office = kind == "progress_report"  # they came on paper
        sender = Sender(None if office else org, office=office)
        posted = posting(kind, body, "csv", sender=sender, partial=True)
        day, hour = (REPORTS_ON[quarter], 10) if office else (FIGURES_ON[quarter], 23)
        received = at(day, hour) + timedelta(seconds=len(sent))
        named = replace(posted, id=f"s{len(sent):03}", received=received)
        taken = intake(register, LIMITS).listed(named, named.body)
        assert taken.rejected == rejected, taken.errors
        payloads.append(taken.payload)
        came = f"{day[:4]}Q{(int(day[5:7]) + 2) // 3}"
        sent.append(Sent(org, came, LINES[kind], taken.received, named.id))

    for batch in read(default_folder() / "sample"):
        send(batch.org, batch.name.split("-")[1], KINDS[batch.kind], batch.body)
    send("tax-bureau", "2021Q2", "observation", MORE.encode(), rejected=1)
    with IndicatorsService(shared_folder, register=register).start() as service:
        service.append(SUBMISSIONS, *payloads)
        until(lambda: len(service.outcomes()) >= len(sent), seconds=60, what="all is judged")
        yield Sample(shared_folder, service, sent)


# The rules of docs/scorecards.md once more, without the product's code.


def cut(exact: Fraction, places: int) -> Fraction:
    return Fraction(exact.numerator * 10**places // exact.denominator, 10**places)


def score(pairs: list[tuple[Number, Fraction]]) -> Number:
    counted = [(reached, possible) for reached, possible in pairs if reached is not None]
    possible = sum(of for _, of in counted)
    return cut(100 * sum(reached for reached, _ in counted) / possible, 2) if possible else None


def target_points(row: Row) -> Number:
    if row["status"] == "waived" or row["reason"] in ("no_threshold", "no_comparison"):
        return None
    if row["reason"] == "no_figure":
        return Fraction(0)
    if row["status"] in ("met", "sustained", "on_track"):
        return Fraction(1)
    if row["op"] in ("rise", "fall"):
        return Fraction(0)
    return cut(max(Fraction(0), min(Fraction(1), Fraction(row["attainment_ratio"]))), 4)


def duty_points(row: Row) -> Number:
    if row["status"] in ("exempt", "not_due", "due_soon"):
        return None
    return Fraction(row["status"] in ("on_time", "zero_report"))


def worked_out(sample: Sample, quarter: str) -> dict[str, dict[str, list[Told]]]:
    """Return the lines of each lead unit and part."""
    named = [one for path in ("/v1/tasks", "/v1/measures") for one in sample.get(path)]
    lines: dict[str, dict[str, list[Told]]] = {
        org: {"attainment": [], "timeliness": [], "quality": []}
        for org in {lead for one in named for lead in one["leads"]}
    }
    leads = {one["id"]: one["leads"] for one in sample.get("/v1/targets")}
    for row in sample.get("/v1/verdicts", org="", region=CITY, period=quarter):
        status = row["reason"] or row["status"]
        told: Told = ("target", row["target"], quarter, status, target_points(row), Fraction(1))
        for lead in leads[row["target"]]:
            lines[lead]["attainment"].append(told)
    for row in sample.get("/v1/duties"):
        if row["period"] == quarter:
            told = ("duty", row["duty"], quarter, row["status"], duty_points(row), Fraction(1))
            lines[row["org"]]["timeliness"].append(told)
    counts = {one.submission_id: one for one in sample.service.outcomes()}
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for sent in (one for one in sample.sent if one.quarter == quarter):
        counted, good = counts[sent.id], sums[sent.org, sent.kind]
        good[0] += counted.accepted + counted.duplicate
        good[0] += counted.revised if sent.kind == "cases" else 0
        good[1] += sent.rows
    for (org, kind), (good_rows, rows) in sums.items():
        told = ("submissions", kind, quarter, None, Fraction(good_rows), Fraction(rows))
        lines[org]["quality"].append(told)
    return lines


WEIGHTS = {"attainment": Fraction(60), "timeliness": Fraction(25), "quality": Fraction(15)}


def parts_of(lines: dict[str, list[Told]]) -> dict[str, Number]:
    return {part: score([line[4:] for line in told]) for part, told in lines.items()}


def total(parts: dict[str, Number], weights: dict[str, Fraction]) -> Number:
    return score(
        [
            (None if one is None else weights[name] * one / 100, weights[name])
            for name, one in parts.items()
        ]
    )


def exact(number: int | Decimal | None) -> Number:
    return None if number is None else Fraction(number)


def shown(card: Row) -> dict[str, list[Told]]:
    return {
        part["part"]: [
            (
                *(line[name] for name in ("about", "id", "period", "status")),
                exact(line["points"]),
                Fraction(line["of"]),
            )
            for line in part["lines"]
        ]
        for part in card["parts"]
    }


def ranks(scores: dict[str, Number], kinds: dict[str, str]) -> dict[str, tuple[int | None, int]]:
    found = {}
    for org, mine in scores.items():
        others = [s for code, s in scores.items() if s is not None and kinds[code] == kinds[org]]
        better = None if mine is None else 1 + len([s for s in others if s > mine])
        found[org] = (better, len(others))
    return found


def check_ranks(cards: list[Row], scores: dict[str, Number], sample: Sample) -> None:
    kinds = {one["code"]: one["kind"] for one in sample.get("/v1/orgs")}
    assert {card["org"]: exact(card["score"]) for card in cards} == scores
    assert {card["org"]: (card["rank"], card["ranked"]) for card in cards} == ranks(scores, kinds)
    assert all(card["kind"] == kinds[card["org"]] for card in cards)
    places = [(card["kind"], card["rank"] or 99) for card in cards]
    assert places == sorted(places)


@pytest.mark.parametrize("quarter", QUARTERS)
def test_all_33_cards_of_a_quarter_equal_an_independent_computation(
    sample: Sample, quarter: str
) -> None:
    cards, lines = sample.cards(quarter), worked_out(sample, quarter)
    assert len(cards) == len(lines) == 33
    for card in cards:
        assert {part: sorted(map(str, told)) for part, told in shown(card).items()} == {
            part: sorted(map(str, told)) for part, told in lines[card["org"]].items()
        }
        parts = parts_of(lines[card["org"]])
        assert {part["part"]: exact(part["score"]) for part in card["parts"]} == parts
        assert {part["part"]: part["weight"] for part in card["parts"]} == WEIGHTS
        assert (card["period"], card["provisional"]) == (quarter, False)
    check_ranks(cards, {org: total(parts_of(of), WEIGHTS) for org, of in lines.items()}, sample)


def test_all_33_cards_of_the_year_equal_an_independent_computation(sample: Sample) -> None:
    cards = sample.cards("2021")
    lines = {quarter: worked_out(sample, quarter) for quarter in QUARTERS}
    assert len(cards) == 33
    scores = {}
    for card in cards:
        quarters = {of: total(parts_of(lines[of][card["org"]]), WEIGHTS) for of in QUARTERS}
        assert {part["part"]: exact(part["score"]) for part in card["parts"]} == quarters
        assert {part["weight"] for part in card["parts"]} == {1}
        scores[card["org"]] = total(quarters, dict.fromkeys(QUARTERS, Fraction(1)))
        for quarter, told in shown(card).items():
            assert score([line[4:] for line in told]) == quarters[quarter]
    check_ranks(cards, scores, sample)


def scores_of(cards: list[Row], org: str = "tax-bureau") -> tuple[Number, list[Number]]:
    (card,) = [one for one in cards if one["org"] == org]
    return exact(card["score"]), [exact(part["score"]) for part in card["parts"]]


def test_cards_worked_out_by_hand(sample: Sample) -> None:
    # T16: 5.5 of 5.8 days is 0.94827; all reports in time; 5 rows, all good.
    # (60 x 94.82 + 25 x 100 + 15 x 100) / 100 = 96.892
    first = [Fraction("94.82"), Fraction(100), Fraction(100)]
    assert scores_of(sample.cards("2021Q1")) == (Fraction("96.89"), first)
    # 11 rows, one of them rejected, one revised: 9 / 11 is 0.81818; 85 + 15 x 0.8181 = 97.27
    second = [Fraction(100), Fraction(100), Fraction("81.81")]
    assert scores_of(sample.cards("2021Q2")) == (Fraction("97.27"), second)
    # No target with a threshold, no rows in the quarter; one report of two is late.
    finance = scores_of(sample.cards("2021Q1"), "finance-bureau")
    assert finance == (Fraction(50), [None, Fraction(50), None])


def test_other_weights_in_the_register_are_another_version_and_other_scores(
    sample: Sample, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(default_folder(), tmp_path / "register"))
    file = folder / "alerts.yaml"
    text = file.read_text("utf-8")
    for name, weight, other in (
        ("attainment", 60, 20),
        ("timeliness", 25, 20),
        ("quality", 15, 60),
    ):
        assert text.count(f"{name}: {weight}") == 1
        text = text.replace(f"{name}: {weight}", f"{name}: {other}")
    file.write_text(text, "utf-8")
    changed = load(folder)
    assert changed.version != the_register().version
    with IndicatorsService(sample.folder, register=changed) as service:  # it only reads
        # (20 x 94.82 + 20 x 100 + 60 x 100) / 100; (20 x 100 + 20 x 100 + 60 x 81.81) / 100
        assert scores_of(cards_of(service, "2021Q1"))[0] == Fraction("98.96")
        assert scores_of(cards_of(service, "2021Q2"))[0] == Fraction("89.08")
    assert scores_of(sample.cards("2021Q1"))[0] == Fraction("96.89")


def test_every_card_is_shown_to_every_key(sample: Sample) -> None:
    asked = {"period": "2021Q1"}
    texts = {
        sample.service.calls(key).get("/v1/scorecards", params=asked).text
        for key in ("tax", "office", "auditor", "admin")
    }
    assert len(texts) == 1
    assert sample.service.calls(None).get("/v1/scorecards", params=asked).status_code == 401


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, [("missing", "/query/period")]),
        ({"period": ""}, [("empty", "/query/period")]),
        ({"period": "2021Q5"}, [("bad-period", "/query/period")]),
        ({"period": "2021S1"}, [("invalid-value", "/query/period")]),
        ({"period": "202103"}, [("invalid-value", "/query/period")]),
        ({"period": "20210331"}, [("invalid-value", "/query/period")]),
        ({"period": "2022Q2"}, [("period-not-begun", "/query/period")]),
        ({"period": "2023"}, [("period-not-begun", "/query/period")]),
        (
            {"period": "2021S1", "as_of": "2021-04-01", "org": "tax-bureau"},
            [
                ("unknown-field", "/query/org"),
                ("not-one-of", "/query/as_of"),
                ("invalid-value", "/query/period"),
            ],
        ),
    ],
)
def test_all_that_is_wrong_with_a_query_is_told_in_both_languages(
    sample: Sample, asked: dict[str, str | int], told: list[tuple[str, str]]
) -> None:
    answer = sample.service.calls().get("/v1/scorecards", params=asked)
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert [(one["code"], one["pointer"]) for one in errors] == told
    for one in errors:
        assert foreign(one["message_zh"]) == []
        assert one["message"].isascii()


def test_the_running_quarter_and_the_running_year_are_provisional(sample: Sample) -> None:
    assert {card["provisional"] for card in sample.cards("2021")} == {False}
    running = sample.cards("2022Q1")
    assert {card["provisional"] for card in running} == {True}
    assert {part["part"] for card in sample.cards("2022") for part in card["parts"]} == {"2022Q1"}
