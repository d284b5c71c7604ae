"""Tables take Chinese names, periods in words and 1,234; JSON takes codes and numbers only."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from services.ingest.domain.context import Kind, Sender
from services.ingest.domain.submission import Format, IncomingRequest
from services.ingest.domain.vocabulary import Vocabulary, period_code, vocabulary_of
from tests.support import ingest, registers
from tests.support.ingest import OURS, posting, told, unpacked
from tests.support.registers import CITY, TAX, the_register
from tests.support.spreadsheets import exported

Row = dict[str, Any]
REGISTER = the_register()
REBATE, DISTRICT = REGISTER.indicators["export-rebate-days"], "610103"
accepted, listed = (
    partial(ingest.accepted, register=REGISTER),
    partial(ingest.listed, register=REGISTER),
)
AFTER = datetime(2022, 1, 10, 4, tzinfo=UTC)
CODES: Row = {"indicator": REBATE.code, "region": DISTRICT, "period": "2021Q4"}
WORDS: Row = {
    "indicator": REBATE.name_zh,
    "region": REGISTER.regions[DISTRICT].name_zh,
    "period": "2021年第四季度",
}


def table(form: Format, rows: list[Row]) -> bytes:
    if form == "json":
        return json.dumps(rows).encode()
    if form == "xlsx":
        return exported(list(rows[0]), rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("gb18030")


def drafts(
    form: Format, *rows: Row, kind: Kind = "observation", sender: Sender = OURS
) -> list[IncomingRequest]:
    posted = posting(kind, table(form, list(rows)), form, sender=sender)
    return [replace(posted, received=AFTER) for _ in range(2)]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (WORDS, {}),
        (WORDS | {"period": "2021 年四季度"}, {}),
        (WORDS | {"region": "全市"}, {"region": CITY}),
        ({"value": "1,000"}, {"value": "1000"}),
        ({"sample_size": "1，234"}, {"sample_size": "1234"}),
        ({"org": "市税务局"}, {"org": TAX}),
    ],
)
def test_what_clerks_write_is_what_the_codes_say(form: Format, said: Row, meant: Row) -> None:
    plain: Row = CODES | {"value": "5.5", "sample_size": "12"}
    words, codes = drafts(form, plain | said), drafts(form, plain | meant)
    expected = unpacked(listed(codes[0])).observations
    assert len(expected) == 1
    assert unpacked(listed(words[0])).observations == expected
    quick = accepted(words[1])
    assert quick is None or unpacked(quick).observations == expected
    assert (quick is None) == (form == "xlsx")


def test_a_name_and_its_code_are_the_same_thing() -> None:
    rows = [CODES | {"value": "5.5"}, WORDS | {"value": "6"}]
    posted, again = drafts("csv", *rows)
    twins = [("duplicate-row", None, 0), ("duplicate-row", None, 1)]
    assert told(listed(posted).errors) == twins
    assert accepted(again) is None


def test_a_name_that_is_none_is_told_as_it_was_written() -> None:
    posted, _ = drafts("csv", WORDS | {"region": "某区", "period": "去年", "value": "1,23"})
    flaws = {flaw.code: flaw.names["value"] for flaw in listed(posted).errors}
    assert flaws == {"unknown-region": "某区", "bad-period": "去年", "not-a-number": "1,23"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"indicator": WORDS["indicator"]}, ("unknown-indicator", "/indicator", 0)),
        ({"region": WORDS["region"]}, ("unknown-region", "/region", 0)),
        ({"period": WORDS["period"]}, ("bad-period", "/period", 0)),
        ({"value": "1,234"}, ("wrong-type", "/value", 0)),
    ],
)
def test_json_takes_codes_only(said: Row, expected: tuple[str, str, int]) -> None:
    posted, again = drafts("json", CODES | {"value": 5.5} | said)
    assert told(listed(posted).errors) == [expected]
    assert accepted(again) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2021年", "2021"),
        ("2021年度", "2021"),
        ("2021年上半年", "2021S1"),
        ("2021下半年", "2021S2"),
        ("2021年第一季度", "2021Q1"),
        ("2021年2季度", "2021Q2"),
        ("2021第3季度", "2021Q3"),
        ("2021年3月", "202103"),
        ("2021年03月份", "202103"),
        ("2021年十二月", "202112"),
        ("2021年3月25日", "20210325"),
        ("2021年第五季度", None),
        ("2021年13月", None),
        ("2021年2月30日", None),
        ("二〇二一年", None),
        ("2021Q4", "2021Q4"),
    ],
)
def test_periods_in_words(text: str, code: str | None) -> None:
    assert period_code(text) == code


def test_full_width_letters_and_signs_are_as_good() -> None:
    assert vocabulary_of(REGISTER).code_of("period", "２０２１Ｑ４") == "2021Q4"
    assert vocabulary_of(REGISTER).code_of("period", "2021\u3000年 第四季度") == "2021Q4"


def test_a_name_of_two_things_is_neither() -> None:
    regions = [registers.region("1", name="东区"), registers.region("2", name="东区")]
    assert Vocabulary(registers.register(regions=regions)).code_of("region", "东区") == "东区"


def test_every_name_of_the_register_is_taken() -> None:
    words = vocabulary_of(REGISTER)
    for field, known in (
        ("indicator", REGISTER.indicators),
        ("region", REGISTER.regions),
        ("org", REGISTER.orgs),
    ):
        assert {words.code_of(field, one.name_zh) for one in known.values()} == set(known)
