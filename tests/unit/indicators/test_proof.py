"""The proof: everything a reader needs to redo the verdict by hand, in two languages."""

import json
from fractions import Fraction

import pytest

from duibiao.register import Op, Statistic
from duibiao.web.numbers import to_number
from services.indicators.domain.rows import JsonObject
from services.indicators.domain.wording import exact_text, percent, show
from tests.support.indicators import Indicators
from tests.support.proofs import check_proof
from tests.support.registers import CITY, CUSTOMS, TAX, Number, indicator, register, target
from tests.support.statements import case, cases, figure, later, observations


def service(statistic: Statistic, op: Op = "<=", threshold: Number | None = 5) -> Indicators:
    kind = indicator(statistic=statistic)
    goal = target(indicator=kind, op=op, threshold=threshold)
    return Indicators(register(indicators=[kind], targets=[goal]))


def lines(proof: JsonObject) -> list[str]:
    return [line["en"] for line in proof["lines"]]


def test_it_is_plain_data_with_both_languages_everywhere() -> None:
    it = service("mean")
    it.post(observations("s1", (CITY, "2021Q1", figure(4, 10))))
    for proof in it.repository.proofs.values():
        assert json.loads(json.dumps(proof)) == proof
        for line in (*proof["lines"], *proof["notes"]):
            assert set(line) == {"zh", "en"}
            assert any("一" <= letter <= "鿿" for letter in line["zh"])
            assert line["en"].isascii() or "≈" in line["en"] or "×" in line["en"]


def test_it_names_the_versions_it_was_reached_by() -> None:
    it = service("mean")
    it.post(observations("s1", (CITY, "2021Q1", figure(4, 10))))
    proof = it.proof("T01", "2021Q1")
    assert proof["register_version"] == "test+000000000000"
    assert proof["calendar_version"] == it.workdays.version
    assert proof["judged_day"] == "2021-03-31"
    assert (proof["period_first"], proof["period_last"]) == ("2021-01-01", "2021-03-31")


def test_an_average_shows_every_term() -> None:
    it = service("mean")
    it.post(
        observations("s1", (CITY, "2021Q1", figure("4.5", 10))),
        cases("s2", ("1", case("2021-03-01", "2021-03-03")), org=CUSTOMS),
    )
    proof = it.proof("T01", "2021Q1")
    assert lines(proof)[:2] == [
        "average by sample size (4.5 × 10 + 2) / 11 ≈ 4.2727",
        "≈4.2727 <= 5 is true; attainment ≈1.1702; attained",
    ]
    assert [(i["kind"], i["org"], i["numerator"], i["weight"]) for i in proof["inputs"]] == [
        ("reported", TAX, "45", "10"),
        ("cases", CUSTOMS, "2", "1"),
    ]
    assert proof["inputs"][0]["submission_id"] == "s1"


def test_cases_show_counts_sum_rank_and_distribution() -> None:
    it = service("each")
    days = {"a": "2021-03-02", "b": "2021-03-03", "c": "2021-03-09"}  # 1, 2 and 6 days
    it.post(
        cases("s1", *((name, case("2021-03-01", end)) for name, end in days.items())),
        cases("s2", ("late", case("2021-03-01"))),
    )
    proof = it.proof("T01", "2021Q1")
    assert lines(proof)[:3] == [
        # 22 days: 1 to 31 March 2021 has 23 working days, less the day of acceptance.
        (
            "3 cases completed, and 1 open past the limit, 4 together, 31 working days in all; "
            "mean 31 / 4 = 7.75"
        ),
        "longest 22; p90 is number 4 from the shortest: 22",
        "limit 5: 2 within it, 2 / 4 = 50%; not attained",
    ]
    groups = proof["distribution"].pop("groups")
    assert [(group["net"], group["cases"]) for group in groups] == [(1, 1), (2, 1), (6, 1), (22, 1)]
    assert proof["distribution"] == {
        "cases": 4,
        "completed": 3,
        "open_past_limit": 1,
        "within_limit": 2,
        "mean": "7.75",
        "p90": 22,
        "p90_rank": 4,
        "max": 22,
        "max_less_extension": 22,
    }


def test_a_share_of_cases_shows_both_sums() -> None:
    it = service("share", ">=", 50)
    it.post(cases("s1", ("1", case("2021-02-01", resolved=True)), ("2", case("2021-02-01"))))
    assert (
        lines(it.proof("T01", "2021Q1"))[0] == "numerators over denominators (1) / (2) × 100 = 50"
    )


def test_many_inputs_are_listed_whole_though_the_line_is_cut() -> None:
    it = service("mean")
    rows = [(f"X{number:02}", "2021Q1", figure(4, 1)) for number in range(12)]
    it.post(observations("s1", *rows))
    proof = it.proof("T01", "2021Q1")
    assert lines(proof)[0] == f"average by sample size ({'4 × 1 + ' * 8}… (4)) / 12 = 4"
    assert len(proof["inputs"]) == 12


def test_a_miss_by_the_last_of_fifteen_digits_is_one_in_the_proof_and_the_row() -> None:
    it = service("share", ">=", 100)
    whole = 999_999_999_999_999
    it.post(
        observations("s1", (CITY, "2021Q1", figure(of=(whole, whole)))),
        observations("s2", (CITY, "2021Q1", figure(of=(whole - 1, whole))), org=CUSTOMS),
    )
    row, proof = it.row("T01", "2021Q1"), it.proof("T01", "2021Q1")
    assert row.status == "missed"
    assert to_number(row.attainment_ratio) == 0.999999999999999
    assert to_number(row.value) == 99.9999999999999
    assert (proof["figure"]["numerator"], proof["figure"]["weight"]) == (
        "1999999999999997",
        "1999999999999998",
    )
    assert proof["figure"]["value"] == "99999999999999850/999999999999999"
    check_proof(proof)


def test_a_reported_share_keeps_the_digits_of_its_numerator() -> None:
    it = service("share", ">=", 100)
    it.post(observations("s1", (CITY, "2021Q1", figure("99.9999999999999", 123_456_789))))
    (made_from,) = it.proof("T01", "2021Q1")["inputs"]
    # 99.9999999999999 of 100 of 123,456,789: 24 digits, of which 15 would make it all of them.
    assert made_from["numerator"] == "123456788.999999876543211"


def test_the_last_line_is_the_verdict_and_its_reason() -> None:
    it = service("mean", threshold=None)
    it.post(observations("s1", (CITY, "2021Q1", figure(4))))
    last = it.proof("T01", "2021Q1")["lines"][-1]
    assert last == {
        "zh": "结论：无数据（未设目标值，无从比较）",
        "en": "verdict: unknown (no threshold to compare with)",
    }
    assert it.proof("T01", "2021Q2")["lines"][-1]["zh"] == "结论：无数据（无数据）"


def test_restating_a_figure_leaves_the_proofs_digest() -> None:
    it = service("mean")
    it.post(observations("s1", (CITY, "2021Q1", figure(4, 10))))
    before = it.verdict("T01", "2021Q1")
    it.post(
        observations("s2", (CITY, "2021Q1", figure(4, 10)), stated=later(1)),
        observations("s3", (CITY, "2021Q2", figure(4, 10)), stated=later(1)),
    )
    assert it.verdict("T01", "2021Q1").proof_digest == before.proof_digest


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5, "5"),
        (Fraction("5.50"), "5.5"),
        (Fraction("0.0001"), "0.0001"),
        (Fraction(1, 3), "≈0.3333"),
        (Fraction(2, 3), "≈0.6667"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction("5.49999"), "≈5.5"),
    ],
)
def test_numbers_for_the_eye(number: Number | Fraction, text: str) -> None:
    assert show(Fraction(number)) == text


def test_a_share_of_one_as_a_percentage() -> None:
    assert percent(Fraction(39, 42)) == "≈92.8571%"


def test_numbers_of_the_proof_are_exact() -> None:
    assert exact_text(Fraction(6, 2)) == "3"
    assert exact_text(Fraction(11, 2)) == "5.5"
    assert (exact_text(Fraction(1, 3)), exact_text(None)) == ("1/3", None)
