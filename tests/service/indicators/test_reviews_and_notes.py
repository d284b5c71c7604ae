"""A quarter lived through: submitted, returned, corrected, accepted, closed, corrected again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.indicators.domain.submission import CaseContent
from tests.service.indicators.service import SECONDS, IndicatorsService, Row
from tests.support.asgi import Calls
from tests.support.clock import ManualClock
from tests.support.product import until
from tests.support.registers import CITY, CUSTOMS, FINANCE, TAX, indicator, register, target
from tests.support.statements import at, case, cases, figure, observations, reports

pytestmark = pytest.mark.usefixtures("each_database")

MONTHLY = indicator("monthly", period_type="month", reported_by=(FINANCE,))
REGISTER = register(
    indicators=[indicator(), MONTHLY], targets=[target(), target("T02", MONTHLY, threshold="5.5")]
)
OWN = f"/v1/reviews/{TAX}/2021Q1"
ATTESTED = {"person": "张三", "zero_reports": True}
NOTE = {
    "org": TAX,
    "period": "2021Q1",
    "indicator": "days",
    "text": "较上季突增",
    "follow_up": True,
}
RETURNED = {"reason": "平均用时与台账不符", "indicator": "days", "region": CITY}


@pytest.fixture
def clock() -> ManualClock:
    """Noon of 2021-04-06, a Tuesday: the first quarter has ended."""
    return ManualClock(at("2021-04-06", 12))


@pytest.fixture
def service(tmp_path: Path, clock: ManualClock) -> Iterator[IndicatorsService]:
    with IndicatorsService(tmp_path, clock, register=REGISTER).start() as made:
        yield made


def post(service: IndicatorsService, name: str, value: str) -> None:
    now = service.clock.now()
    service.post(observations(name, (CITY, "2021Q1", figure(value, 10)), received=now))


def done(calls: Calls, path: str, body: Row | None = None, status: int = 200) -> Row:
    answer = calls.request("POST", path, json=body)
    assert answer.status_code == status, answer.text
    found: Row = answer.json()
    return found


def refused(calls: Calls, path: str, body: Row | None = None) -> tuple[int, str, str]:
    answer = calls.request("POST", path, json=body)
    fault = answer.json()["errors"][0]
    return answer.status_code, fault["code"], fault["message"]


def states(calls: Calls, **asked: str) -> dict[str, str]:
    answer = calls.get("/v1/reviews", params=asked)
    assert answer.status_code == 200, answer.text
    return {one["id"]: one["state"] for one in answer.json()["items"]}


def city(service: IndicatorsService, **asked: str) -> tuple[float, str]:
    wanted: dict[str, str | int] = {"target": "T01", "org": "", "period": "2021Q1", **asked}
    (row,) = service.items("/v1/verdicts", **wanted)
    return row["value"], row["status"]


def test_a_quarter_as_its_people_live_it(service: IndicatorsService, clock: ManualClock) -> None:
    days = [submitted_and_returned(service, clock), corrected_and_accepted(service, clock)]
    office, tax, customs = (service.calls(who) for who in ("office", "tax", "customs"))

    # Closed, though two units never answered.
    clock.set(at("2021-04-15", 9))
    closing = done(office, "/v1/closings", {"period": "2021Q1"}, 201)
    assert (closing["accepted"], closing["unaccepted"]) == (1, [CUSTOMS, FINANCE])
    assert service.items("/v1/closings") == [closing]
    for calls, path, body in (
        (customs, f"/v1/reviews/{CUSTOMS}/2021Q1/submit", ATTESTED),
        (office, f"{OWN}/return", RETURNED),
    ):
        assert refused(calls, path, body)[:2] == (409, "wrong-decision")
    assert office.get("/v1/reviews").json()["items"][0]["revised_since"] is False

    # Corrected again.
    clock.set(at("2021-04-20", 9))
    post(service, "s4", "6")
    assert city(service) == (6, "missed")
    assert city(service, as_of="reported") == (5, "met")
    (review,) = tax.get("/v1/reviews").json()["items"]
    assert (review["state"], review["revised_since"]) == ("accepted", True)
    said = [city(service, as_of=day) for day in (*days, clock.now().isoformat())]
    assert said == [(7, "missed"), (5, "met"), (6, "missed")]

    audit = service.calls("auditor").get("/v1/audit/indicators").json()["items"]
    acts = [one["act"] for one in audit]
    assert [act for act in acts if act.startswith(("review.", "note.", "period."))] == [
        "review.submitted",
        "review.returned",
        "note.added",
        "review.submitted",
        "review.accepted",
        "note.resolved",
        "period.closed",
    ]
    (note,) = tax.get("/v1/notes").json()["items"]
    events = service.quiet().events("duibiao.decisions.v1")
    assert {event.key for event in events} == {f"{TAX}/2021Q1", note["id"], "2021Q1"}


def submitted_and_returned(service: IndicatorsService, clock: ManualClock) -> str:
    """Return the moment at which the first figure was on the table."""
    office, tax = service.calls("office"), service.calls("tax")
    post(service, "s1", "7")
    service.post(reports("s2", "1.1", zero=True, received=clock.now()))
    owing = (CUSTOMS, FINANCE, TAX)
    assert states(office, period="2021Q1") == {f"{one}/2021Q1": "not_submitted" for one in owing}
    assert states(office) == {}
    unsigned = refused(tax, f"{OWN}/submit", ATTESTED | {"zero_reports": False})
    assert unsigned[:2] == (409, "wrong-decision")
    clock.set(at("2021-04-07", 9))
    submitted = done(tax, f"{OWN}/submit", ATTESTED)
    assert (submitted["state"], submitted["person"]) == ("submitted", "张三")
    assert (submitted["by"], submitted["revised_since"]) == (f"tax000000001/org/{TAX}", False)
    moment = clock.now().isoformat()

    clock.set(at("2021-04-08", 9))
    returned = done(office, f"{OWN}/return", RETURNED)
    assert {name: returned[name] for name in RETURNED} == RETURNED
    assert (returned["state"], returned["measure"], returned["person"]) == (
        "returned",
        None,
        "张三",
    )
    note = done(office, "/v1/notes", NOTE, 201)
    assert (note["state"], note["follow_up"], note["region"]) == ("added", True, None)
    assert states(tax) == {f"{TAX}/2021Q1": "returned"}
    return moment


def corrected_and_accepted(service: IndicatorsService, clock: ManualClock) -> str:
    """Return the moment of the acceptance."""
    office, tax = service.calls("office"), service.calls("tax")
    clock.set(at("2021-04-12", 9))
    post(service, "s3", "5")
    done(tax, f"{OWN}/submit", ATTESTED | {"person": "李四"})
    clock.set(at("2021-04-13", 9))
    accepted = done(office, f"{OWN}/accept")
    assert (accepted["state"], accepted["person"]) == ("accepted", "李四")
    (note,) = office.get("/v1/notes").json()["items"]
    resolved = done(office, f"/v1/notes/{note['id']}/resolve", {"reason": "已更正"})
    assert (resolved["state"], resolved["reason"]) == ("resolved", "已更正")
    return clock.now().isoformat()


def revised(service: IndicatorsService, org: str) -> bool:
    (review,) = service.calls("office").get("/v1/reviews", params={"org": org}).json()["items"]
    return bool(review["revised_since"])


def accepted(service: IndicatorsService, clock: ManualClock, org: str) -> None:
    """Accept the first quarter of a unit, and release it from the target a day later."""
    office = service.calls("office")
    done(office, f"/v1/reviews/{org}/2021Q1/submit", ATTESTED)
    done(office, f"/v1/reviews/{org}/2021Q1/accept")
    assert not revised(service, org)
    clock.advance(days=1)
    days = {"first": "2021-01-01", "until": "2021-03-31"}
    why = {"reason": "系统停机", "document": "文〔2021〕1号"}
    waiver = done(office, "/v1/waivers", {"target": "T01", "org": org, **days, **why}, 201)
    done(office, f"/v1/waivers/{waiver['id']}/approve", {"reason": "同意"})

    def waived() -> bool:
        return city(service, org=org)[1] == "waived"

    assert until(waived, seconds=SECONDS, what="the waiver holds")
    assert not revised(service, org)  # the office decided, the unit sent nothing


def test_what_a_unit_sends_revises_a_review(service: IndicatorsService, clock: ManualClock) -> None:
    post(service, "s1", "7")
    accepted(service, clock, TAX)
    post(service, "s2", "7")  # once more
    now = clock.now()
    service.post(observations("s3", (CITY, "2021Q2", figure("5", 10)), received=now))
    service.post(reports("s4", "1.1", period="2021Q2", received=now))
    assert not revised(service, TAX)
    service.post(reports("s5", "1.1", received=now))
    assert revised(service, TAX)


def test_a_case_taken_out_of_a_figure_revises_a_review(
    service: IndicatorsService, clock: ManualClock
) -> None:
    def send(name: str, *rows: tuple[str, CaseContent]) -> None:
        service.post(cases(name, *rows, indicator="days", org=CUSTOMS, received=clock.now()))

    counted, running = case("2021-03-01", "2021-03-31"), case("2021-03-01")
    send("c1", ("A-1", counted), ("A-2", running), ("A-3", counted))
    accepted(service, clock, CUSTOMS)
    send("c2", ("A-2", case("2021-03-01", "2021-04-07")), ("A-4", case("2021-03-31")))
    send("c3", ("A-3", counted))
    assert not revised(service, CUSTOMS)  # what goes on is no correction
    send("c4", ("A-1", case("2021-03-01", "2021-04-01")))
    assert revised(service, CUSTOMS)


def test_an_exception_lets_a_review_move(service: IndicatorsService, clock: ManualClock) -> None:
    office = service.calls("office")
    done(service.calls("tax"), f"{OWN}/submit", ATTESTED)
    done(office, f"{OWN}/accept")
    assert done(office, "/v1/closings", {"period": "2021Q1"}, 201)["accepted"] == 1
    done(office, "/v1/closings/2021Q1/reopen", {"until": "2021-04-06", "reason": "更正"})
    assert done(office, f"{OWN}/return", {"reason": "重新确认"})["indicator"] is None
    clock.set(at("2021-04-07", 9))

    def closed_again() -> Row | None:
        (found,) = service.items("/v1/closings")
        return found if found["state"] == "closed" else None

    again = until(closed_again, seconds=SECONDS, what="the period is closed again")
    assert (again["accepted"], again["unaccepted"]) == (0, [CUSTOMS, FINANCE, TAX])
    assert refused(office, f"{OWN}/return", RETURNED)[:2] == (409, "wrong-decision")


def test_units_neither_see_nor_submit_for_others(service: IndicatorsService) -> None:
    office, tax, customs = (service.calls(who) for who in ("office", "tax", "customs"))
    done(tax, f"{OWN}/submit", ATTESTED)
    note = done(office, "/v1/notes", NOTE, 201)
    assert [one["id"] for one in tax.get("/v1/notes").json()["items"]] == [note["id"]]
    assert states(customs) == {}
    assert customs.get("/v1/notes").json()["items"] == []
    assert states(customs, period="2021Q1") == {f"{CUSTOMS}/2021Q1": "not_submitted"}
    for path in ("/v1/reviews", "/v1/notes"):
        assert customs.get(path, params={"org": TAX}).status_code == 403
        assert service.calls("admin").get(path).status_code == 403
        assert len(service.calls("auditor").get(path).json()["items"]) == 1
    assert refused(customs, f"{OWN}/submit", ATTESTED)[0] == 403
    for path, body in (
        (f"{OWN}/return", RETURNED),
        (f"{OWN}/accept", None),
        ("/v1/notes", NOTE),
        (f"/v1/notes/{note['id']}/resolve", {"reason": "x"}),
    ):
        assert refused(tax, path, body)[:2] == (403, "role-not-allowed")
    assert done(office, f"/v1/reviews/{CUSTOMS}/2021Q1/submit", ATTESTED)["org"] == CUSTOMS


def test_lists_are_filtered_and_paged(service: IndicatorsService) -> None:
    office = service.calls("office")
    done(service.calls("tax"), f"{OWN}/submit", ATTESTED)
    texts = ["一", "二", "三"]
    notes = [done(office, "/v1/notes", NOTE | {"text": text}, 201)["id"] for text in texts]
    done(office, f"/v1/notes/{notes[1]}/resolve", {"reason": "x"})
    assert states(office, state="submitted") == {f"{TAX}/2021Q1": "submitted"}
    assert set(states(office, period="2021Q1", state="not_submitted")) == {
        f"{CUSTOMS}/2021Q1",
        f"{FINANCE}/2021Q1",
    }
    # Of a month only the figure that is judged monthly is owed; of a year that nobody watches none.
    assert set(states(office, period="202102")) == {f"{FINANCE}/202102"}
    assert set(states(office, period="2021")) == {f"{one}/2021" for one in (TAX, CUSTOMS, FINANCE)}
    assert states(office, period="2020Q4") == {}

    def listed(**asked: str) -> list[str]:
        return [one["id"] for one in office.get("/v1/notes", params=asked).json()["items"]]

    assert listed() == [notes[2], notes[1], notes[0]]
    assert listed(state="added", period="2021Q1", org=TAX) == [notes[2], notes[0]]
    assert listed(period="2021Q2") == listed(org=CUSTOMS) == []
    for path, rows in (("/v1/notes", 3), ("/v1/reviews", 3)):
        seen: list[str] = []
        asked = {"period": "2021Q1", "limit": "2"}
        for _ in range(2):
            page = office.get(path, params=asked).json()
            seen += [one["id"] for one in page["items"]]
            asked |= {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
        assert (len(set(seen)), len(seen), page["next_cursor"]) == (rows, rows, None)


def test_faults_of_reviews_and_notes_are_told(service: IndicatorsService) -> None:
    office, tax = service.calls("office"), service.calls("tax")
    assert refused(tax, f"/v1/reviews/{TAX}/2021Q5/submit", ATTESTED)[:2] == (422, "bad-period")
    assert refused(tax, f"/v1/reviews/{TAX}/2020Q4/submit", ATTESTED)[:2] == (404, "not-found")
    assert refused(office, "/v1/reviews/nobody/2021Q1/submit", ATTESTED)[0] == 404
    assert refused(office, "/v1/notes/none/resolve", {"reason": "x"})[0] == 404
    running = refused(tax, f"/v1/reviews/{TAX}/2021Q2/submit", ATTESTED)
    assert (running[:2], "2021-06-30" in running[2]) == ((422, "invalid-value"), True)
    told = refused(office, f"{OWN}/accept")
    assert told[2] == "The review is not_submitted; it cannot be accepted."
    wrong = {"reason": "x", "indicator": "no", "region": "no", "measure": "9.9"}
    answer = office.request("POST", f"{OWN}/return", json=wrong)
    codes = {one["code"] for one in answer.json()["errors"]}
    assert codes == {"unknown-indicator", "unknown-region", "unknown-measure"}
    assert refused(office, "/v1/notes", NOTE | {"org": "nobody"})[:2] == (422, "unknown-org")
    assert refused(office, "/v1/notes", NOTE | {"period": "Q1"})[:2] == (422, "bad-period")
    assert refused(office, "/v1/notes", NOTE | {"follow_up": "yes"})[0] == 422
    assert refused(tax, f"{OWN}/submit", {"person": "张三"})[0] == 422
    for path in ("/v1/reviews", "/v1/notes"):
        for asked in ({"period": "Q1"}, {"org": "nobody"}, {"state": "closed"}, {"cursor": "x"}):
            assert office.get(path, params=asked).status_code == 422
