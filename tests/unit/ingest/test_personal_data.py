"""What looks like a person's data is refused, wherever a row may hold it.

The numbers of identity cards are the two examples of GB 11643-1999.
"""

from typing import Any

import pytest

from duibiao.texts import personal_name, personal_number
from services.ingest.domain.context import Kind
from tests.support.ingest import accepted, case, draft, faults, figure, listed, report, told

CARD, OLD_CARD = "11010519491231002X", "440524188001010014"
PHONE = "13812345678"


@pytest.mark.parametrize(
    "text", [CARD, CARD.lower(), OLD_CARD, f"申请人{CARD}（本人）", f"a {CARD}"]
)
def test_identity_cards_are_recognised(text: str) -> None:
    assert personal_number(text, 2026) == "id-card-number"


@pytest.mark.parametrize(
    "text",
    [
        PHONE,
        f"电话{PHONE}。",
        "138 1234 5678",
        "138-1234-5678",
        f"+86{PHONE}",
        f"+86-{PHONE}",
        f"86 {PHONE}",
        "１３８１２３４５６７８",
        "１３８－１２３４－５６７８",
    ],
)
def test_phone_numbers_are_recognised(text: str) -> None:
    assert personal_number(text, 2026) == "phone-number"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1381234567",  # a digit short
        "138123456789",  # a digit long
        "12812345678",  # no such network
        "A13812345678",  # within a longer word
        CARD[:-1] + "1",  # not its check digit
        "11010519491331002X",  # no such month
        "610100202503250014",  # a date of these years: the number of a case
        "西税退〔2021〕1381234号",
    ],
)
def test_other_numbers_are_not(text: str) -> None:
    assert personal_number(text, 2026) is None


@pytest.mark.parametrize(
    "name",
    ["身份证号", "公民身份号码", "证件号码", "手机", "联系电话", "联系方式", "id_card",
     "identity-card", "idcard", "sfz", "sfzh", "shenfenzheng", "shouji", "phone",
     "Phone", "mobile_no", "tel",
     "contact_phone", "telephone number"],
)  # fmt: skip
def test_names_that_announce_it(name: str) -> None:
    assert personal_name(name)


@pytest.mark.parametrize("name", ["指标", "period", "hotel", "cellar", "mobile-share", "identity"])
def test_other_names(name: str) -> None:
    assert not personal_name(name)


@pytest.mark.parametrize(
    ("kind", "row", "expected"),
    [
        ("observation", figure(comment=f"问{PHONE}"), "phone-number /comment"),
        ("observation", figure(phone=1), "personal-field /phone"),
        ("case", case(case_no=CARD), "id-card-number /case_no"),
        ("case", case(labels={"电话": "有"}), "personal-field /labels/电话"),
        ("case", case(labels={"a": PHONE}), "phone-number /labels/a"),
        (
            "case",
            case(extension={"days": 1, "document": PHONE, "approved_by": "局长"}),
            "phone-number /extension/document",
        ),
        ("progress_report", report(summary=f"甲\n{CARD}"), "id-card-number /summary"),
    ],
)
def test_a_row_that_holds_it_is_refused(kind: Kind, row: dict[str, Any], expected: str) -> None:
    assert [f"{code} {pointer}" for code, pointer in faults(kind, row)] == [expected]


@pytest.mark.parametrize(
    "body",
    [
        f"case_no,indicator,accepted_at,outcome\n{PHONE},days,2021-03-01,open\n",
        "case_no,indicator,accepted_at,outcome,手机号\nA,days,2021-03-01,open,1\n",
    ],
)
def test_neither_way_takes_it_from_a_table(body: str) -> None:
    posted = draft("case", body.encode(), "csv")
    assert accepted(posted) is None
    codes = {code for code, _, _ in told(listed(posted).errors)}
    assert codes <= {"phone-number", "personal-field"}
    assert codes
