"""/board/reviews, /board/waivers and /board/data-quality: the acts of the API, by forms."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.service.board.html import read
from tests.service.indicators.office import done, faults, page, rows, send, with_people
from tests.service.indicators.service import IndicatorsService
from tests.support.clock import ManualClock
from tests.support.registers import CITY, CUSTOMS, TAX
from tests.support.statements import at, figure, observations, reports

REVIEWS, WAIVERS, QUALITY = "reviews?period=2021Q1", "waivers", "data-quality?period=2021Q1"
WAIVER = {
    "target": "T01",
    "first": "2021-01-01",
    "until": "2021-03-31",
    "reason": "系统升级",
    "document": "市政办函〔2021〕9号",
}


@pytest.fixture
def clock() -> ManualClock:
    """Noon of 2021-04-06, a Tuesday: the first quarter has ended."""
    return ManualClock(at("2021-04-06", 12))


@pytest.fixture
def service(tmp_path: Path, clock: ManualClock) -> Iterator[IndicatorsService]:
    with IndicatorsService(tmp_path, clock).start() as made:
        yield with_people(made)


def reported(service: IndicatorsService, name: str, value: str) -> None:
    now = service.clock.now()
    service.post(observations(name, (CITY, "2021Q1", figure(value, 10)), received=now))


def states(service: IndicatorsService, key: str = "office") -> dict[str, str]:
    """Return how the reviews of the first quarter stand, as the page lists them."""
    found = page(service, REVIEWS, key).with_class("reviews")[0].one("tbody").all("tr")
    return {row.one("th").text: row.all("strong")[0].text for row in found}


def test_a_quarter_is_submitted_returned_accepted_closed_and_reopened(
    service: IndicatorsService, clock: ManualClock
) -> None:
    reported(service, "s1", "7")
    assert states(service) == {CUSTOMS: "未提交", TAX: "未提交"}
    own = f"reviews/{TAX}/2021Q1"
    done(
        send(service, f"{own}/submit", "tax", REVIEWS, person="张三", zero_reports="true"), REVIEWS
    )
    assert list(states(service).items()) == [(TAX, "待审核"), (CUSTOMS, "未提交")]
    assert states(service, "tax") == {TAX: "待审核"}

    empty = send(service, f"{own}/return", "office", REVIEWS, do="return", on=TAX, indicator="days")
    assert faults(empty) == {"reason": "缺少字段“理由”。"}
    kept = read(empty.text)
    assert kept.by_id("f-indicator").one("option", selected="").attributes["value"] == "days"
    reason = "平均用时与台账<b>不符</b>"
    done(
        send(service, f"{own}/return", "office", REVIEWS, reason=reason, indicator="days"), REVIEWS
    )
    assert reason in rows(page(service, REVIEWS, "tax"), "reviews")[TAX]
    (review,) = service.calls("tax").get("/v1/reviews").json()["items"]
    assert (review["state"], review["indicator"], review["region"]) == ("returned", "days", None)

    reported(service, "s2", "5")
    done(
        send(service, f"{own}/submit", "tax", REVIEWS, person="张三", zero_reports="true"), REVIEWS
    )
    done(send(service, f"{own}/accept", "office", REVIEWS), REVIEWS)
    assert faults(send(service, f"{own}/accept", "office", REVIEWS), 409) == {
        "": "报送已审核通过，不能审核通过。"
    }
    clock.set(at("2021-04-07", 12))
    reported(service, "s3", "4")
    assert states(service)[TAX] == "审核通过后有更正"

    missing = page(service, REVIEWS).by_id("closing").parent
    assert missing is not None
    assert f"未审核通过的单位 1 {CUSTOMS}" in missing.text
    assert "已报1家，应报2家" in missing.text
    assert "未报或迟报" in missing.text
    closed = send(service, "closings", "office", REVIEWS, period="2021Q1", comment="一季度")
    done(closed, REVIEWS)
    assert "行。 一季度" in page(service, REVIEWS).text
    assert faults(send(service, "closings", "office", REVIEWS, period="2021Q1"), 409)
    back = f"closings/2021Q1/{'reopen'}"
    fields = {"do": "reopen", "on": "2021Q1", "until": "2021-04-01", "reason": "更正"}
    assert {*faults(send(service, back, "office", REVIEWS, **fields))} == {"until"}
    done(send(service, back, "office", REVIEWS, **fields | {"until": "2021-04-30"}), REVIEWS)
    assert "已临时开放，至2021-04-30止" in page(service, REVIEWS).text


def test_a_unit_sees_and_submits_its_own_alone(service: IndicatorsService) -> None:
    other = send(service, f"reviews/{CUSTOMS}/2021Q1/submit", "tax", REVIEWS, person="张三")
    assert other.status_code == 403
    for act in ("return", "accept"):
        mine = send(service, f"reviews/{TAX}/2021Q1/{act}", "tax", REVIEWS, reason="x")
        assert mine.status_code == 403
    clerk = send(service, f"reviews/{TAX}/2021Q1/submit", "clerk", REVIEWS, person="张三")
    assert clerk.status_code == 403
    shown = page(service, f"{REVIEWS}&org={CUSTOMS}", "tax")
    assert shown.with_class("reviews") == []
    assert shown.all("form", method="post") == []
    assert [
        one.text
        for one in page(service, REVIEWS, "tax").all(
            "a", href=f"/board/{REVIEWS}&do=submit&on={TAX}#act"
        )
    ] == ["提交"]
    assert "提交" not in rows(page(service, REVIEWS, "clerk"), "reviews")[TAX].split("—")[-1]
    assert service.calls("admin").get("/board/reviews").status_code == 403


def test_a_note_is_put_on_a_figure_and_resolved(service: IndicatorsService) -> None:
    fields = {"org": TAX, "period": "2021Q1", "indicator": "days", "follow_up": "true"}
    assert {*faults(send(service, "notes", "office", REVIEWS, do="note", **fields))} == {"text"}
    done(send(service, "notes", "office", REVIEWS, text="较上季突增", **fields), REVIEWS)
    (note,) = service.calls("office").get("/v1/notes").json()["items"]
    assert (note["follow_up"], note["state"]) == (True, "added")
    shown = rows(page(service, REVIEWS, "tax"), "notes")[TAX]
    assert "较上季突增" in shown
    assert "需跟进" in shown
    assert page(service, REVIEWS, "customs").with_class("notes") == []
    done(send(service, f"notes/{note['id']}/resolve", "duty", REVIEWS, reason="已核"), REVIEWS)
    assert "已办结 已核" in rows(page(service, REVIEWS), "notes")[TAX]


def test_a_waiver_is_asked_for_approved_and_ended(service: IndicatorsService) -> None:
    sent = send(
        service, "waivers", "tax", WAIVERS, do="ask", **WAIVER | {"until": "x", "reason": ""}
    )
    assert {*faults(sent)} == {"until", "reason"}
    assert read(sent.text).by_id("f-document").attributes["value"] == WAIVER["document"]
    assert send(service, "waivers", "tax", WAIVERS, org=CUSTOMS, **WAIVER).status_code == 403
    done(send(service, "waivers", "tax", WAIVERS, **WAIVER), WAIVERS)
    (waiver,) = service.items("/v1/waivers")
    act = f"waivers/{waiver['id']}"
    assert send(service, f"{act}/approve", "tax", WAIVERS, reason="同意").status_code == 403
    assert send(service, f"{act}/approve", "duty", WAIVERS, reason="同意").status_code == 403
    assert "批准" not in [one.text for one in page(service, WAIVERS, "duty").all("a")]
    assert "待批准" in rows(page(service, WAIVERS), "waivers")["T01 T01"]
    done(send(service, f"{act}/approve", "office", WAIVERS, reason="同意"), WAIVERS)
    wrong = send(
        service, f"{act}/reject", "office", WAIVERS, do="reject", on=waiver["id"], reason="否"
    )
    assert faults(wrong, 409) == {"": "豁免已批准，不能驳回。"}
    assert read(wrong.text).by_id("f-reason").text == "否"
    late = {"reason": "提前", "until": "2021-04-30"}
    assert {*faults(send(service, f"{act}/end", "office", WAIVERS, do="end", **late))} == {"until"}
    done(send(service, f"{act}/end", "duty", WAIVERS, reason="提前"), WAIVERS)
    assert "已终止 赵值班" in rows(page(service, WAIVERS, "tax"), "waivers")["T01 T01"]
    assert page(service, f"{WAIVERS}?state=requested").with_class("waivers") == []
    assert page(service, WAIVERS, "customs").with_class("waivers") == []


def test_what_came_of_a_units_rows_and_what_is_doubtful(service: IndicatorsService) -> None:
    reported(service, "s1", "6")
    reported(service, "s2", "15")
    service.post(reports("s3", "1.1", received=service.clock.now()))
    quarter = "data-quality?period=2021Q2"
    found = page(service, quarter).with_class("received")[0].one("tbody").all("tr")
    counted = [[one.text for one in row.all("td")] for row in found]
    assert counted == [["报送值", "2", "0", "1"], ["进展情况", "1", "0", "0"]]
    assert page(service, quarter, "customs").with_class("received") == []


def test_a_doubt_is_answered(service: IndicatorsService) -> None:
    reported(service, "s1", "5.5")  # exactly the threshold
    (row,) = (
        page(service, f"{QUALITY}&kind=at_limit", "tax")
        .with_class("doubts")[0]
        .one("tbody")
        .all("tr")
    )
    assert "恰好等于目标值5.5个工作日：数据如何得出？" in row.text
    assert row.all("a", href="#act") == []
    (doubt,) = service.calls("office").get("/v1/doubts?period=2021Q1&kind=at_limit").json()["items"]
    act = f"doubts/{doubt['id']}/answer"
    assert send(service, act, "tax", QUALITY, reason="x").status_code == 403
    empty = send(service, act, "office", QUALITY, do="answer", on=doubt["id"])
    assert {*faults(empty)} == {"reason"}
    assert doubt["question_zh"] in empty.text
    done(send(service, act, "office", QUALITY, reason="已核对台账"), QUALITY)
    assert "已核对台账" in page(service, f"{QUALITY}&state=answered", "tax").text
    assert page(service, QUALITY, "customs").with_class("doubts") == []


def test_a_form_leads_nowhere_but_to_the_board(service: IndicatorsService) -> None:
    fields = {**WAIVER, "next": "//evil.example/board"}
    answer = send(service, "waivers", "tax", WAIVERS, **fields)
    assert answer.headers["location"] == "/board"


@pytest.mark.parametrize("on", ["x/../../waivers/1/approve", "..\\..\\waivers\\1", "x?y", "x#y"])
def test_an_address_cannot_turn_a_form_into_another(service: IndicatorsService, on: str) -> None:
    for path in ("waivers?do=reject", f"{REVIEWS}&do=return", f"{QUALITY}&do=answer"):
        shown = page(service, f"{path}&on={quote(on)}")
        actions = [one.attributes["action"] for one in shown.all("form", method="post")]
        assert not any("waivers/1" in action or on in action for action in actions), path
