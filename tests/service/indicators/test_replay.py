"""A replay of a state that was harmed, a log that was cut, a service that goes on meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert

from duibiao.contracts.v1 import outcome_pb2, verdict_pb2
from duibiao.store import StoreError
from services.indicators.adapters.encoding import from_json, to_blob, to_document
from services.indicators.adapters.replay.run import MovedOn, ReplayError, Report
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.domain.decisions import Decision, DecisionKind
from services.indicators.domain.reviews import FigureNote, Review, fold
from services.indicators.domain.rows import JsonObject, Verdict
from tests.service.indicators.replaying import Installed, installed
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, register, target
from tests.support.statements import NOON, case, cases, figure, observations, reports

DAYS = indicator()
EACH = indicator("each", statistic="each")
REGISTER = register(
    indicators=[DAYS, EACH],
    targets=[target("T01", DAYS, threshold="5.5"), target("T02", EACH, threshold=20)],
)
WITHOUT_EACH = replace(
    REGISTER,
    indicators={"days": REGISTER.indicators["days"]},
    targets=tuple(one for one in REGISTER.targets if one.id == "T01"),
    version="without-each",
)
KEY = ("T01", "", CITY, "2021Q1")


@pytest.fixture(params=["sqlite", "postgres"])
def here(request: pytest.FixtureRequest) -> Iterator[Installed]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with installed("2022-01-10", REGISTER, url) as found:
        found.pass_to("2022-01-10")
        found.tell(
            observations("s1", (CITY, "2021Q1", figure("5.6", 10))),
            cases("s2", ("a", case("2021-02-01", "2021-02-05")), ("b", case()), indicator="each"),
            observations("s3", (CITY, "2021Q1", figure("5.4", 10)), org=CUSTOMS),
            reports("s4", "1.1"),
        )
        found.says()
        yield found


def verdict_row(here: Installed, key: tuple[str, ...] = KEY) -> dict[str, object]:
    names = [column.name for column in tables.verdicts.columns]
    rows = [dict(zip(names, row, strict=True)) for row in here.rows(tables.verdicts)]
    return next(row for row in rows if tuple(row[name] for name in names[:4]) == key)


def changed(here: Installed) -> list[verdict_pb2.Changed]:
    return [
        verdict_pb2.Changed.FromString(event.data)
        for event in here.says()
        if event.topic.endswith("verdicts.v1")
    ]


def named(report: Report) -> set[tuple[str, str, str]]:
    return {(found.table, found.key, found.kind) for found in report.differences}


def test_of_a_verdict_turned_by_hand_a_new_version_goes_out(here: Installed) -> None:
    row = verdict_row(here)
    kept = from_json(str(row["document"]), Verdict)
    assert kept.row.status == "met"  # (5.6 + 5.4) / 2 = 5.5
    turned = kept._replace(row=kept.row._replace(status="missed"))
    here.change(tables.verdicts, KEY, status="missed", document=to_document(turned))

    report = here.replay()

    assert ("verdicts", "T01//610100/2021Q1", "changed") in named(report)
    fields = next(one.fields for one in report.differences if one.table == "verdicts")
    assert fields["status"] == ("missed", "met")
    (told,) = changed(here)
    assert (told.verdict.target, told.verdict.status) == ("T01", "met")
    after = verdict_row(here)
    assert (after["status"], after["id"]) == ("met", told.verdict.id)
    assert after["id"] != row["id"]
    versions = {version[0] for version in here.rows(tables.verdict_versions)}
    assert row["id"] in versions


def test_a_column_beside_a_sound_document_is_put_right_in_silence(here: Installed) -> None:
    before = here.made_anew()
    here.change(tables.verdicts, KEY, status="missed")

    report = here.replay()

    assert named(report) == {("verdicts", "T01//610100/2021Q1", "changed")}
    assert here.made_anew() == before
    assert here.says() == []


@pytest.mark.parametrize(
    "proof", [b"harmed", to_blob({"inputs": [], "lines": []}), to_blob({}), b""]
)
def test_a_verdict_that_its_proof_does_not_bear_out_gets_a_new_one(
    here: Installed, proof: bytes
) -> None:
    here.change(tables.verdicts, KEY, proof=proof)

    report = here.replay()

    assert ("verdicts", "T01//610100/2021Q1", "changed") in named(report)
    assert [one.verdict.status for one in changed(here)] == ["met"]
    assert here.replay().total == 0


def test_what_is_no_document_any_more_is_judged_as_if_nothing_stood_there(here: Installed) -> None:
    here.change(tables.verdicts, KEY, document="harmed")
    here.change(tables.duties, ("1.1/2021Q1", TAX), due="no day")

    report = here.replay()

    tables_named = {one.table for one in report.differences}
    assert tables_named == {"verdicts", "duties"}
    assert len(changed(here)) == 2
    assert here.replay().total == 0


def test_a_state_that_is_lost_is_made_anew_from_what_was_submitted(here: Installed) -> None:
    before = here.made_anew()
    with here.store.begin() as tx:
        for name in before:
            tx.execute(delete(tables.metadata.tables[name]))

    report = here.replay()

    assert report.total == sum(map(len, before.values()))
    after = here.made_anew()
    for name in ("figures", "cases", "reports", "rollups", "duties"):
        assert after[name] == before[name]
    assert len(after["verdicts"]) == len(before["verdicts"])
    outcomes = [event for event in here.says() if event.topic.endswith("outcomes.v1")]
    assert len(outcomes) == 4


def test_decisions_of_a_state_that_is_lost_come_back_from_the_log(here: Installed) -> None:
    asked = {"target": "T01", "org": CUSTOMS, "first": "2021-01-01", "until": "2022-12-31"}
    asked |= {"reason": "x", "document": "x"}
    closed = {"comment": "", "rows": 1, "digest": "", "accepted": 0, "unaccepted": [TAX]}
    about = {"org": TAX, "period": "2021Q1", "indicator": "days", "region": None}
    made: list[tuple[DecisionKind, str, JsonObject]] = [
        ("waiver.requested", "d1", asked),
        ("waiver.approved", "d1", {"reason": "x"}),
        ("period.closed", "2021Q1", closed),
        ("review.submitted", f"{TAX}/2021Q1", {"person": "张三", "zero_reports": True}),
        ("note.added", "d5", {**about, "text": "x", "follow_up": True}),
    ]
    for number, (kind, subject, said) in enumerate(made, 1):
        here.decide(Decision(f"d{number}", kind, subject, said, "office", NOON))
    with here.store.begin() as tx:
        for name in here.made_anew():
            tx.execute(delete(tables.metadata.tables[name]))

    assert here.replay().swapped

    assert verdict_row(here, ("T01", CUSTOMS, CITY, "2021Q1"))["status"] == "waived"
    assert verdict_row(here)["status"] == "met"
    assert [row[0] for row in here.rows(tables.decisions)] == ["d1", "d2", "d3", "d4", "d5"]
    with here.store.read() as connection:
        kept = SqlRepository(connection)
        review = fold(Review, kept.decisions("review"))[f"{TAX}/2021Q1"]
        noted = fold(FigureNote, kept.decisions("note"))["d5"]
    assert (review.state, review.person) == ("submitted", "张三")
    assert (noted.state, noted.org, noted.follow_up) == ("added", TAX, True)
    assert here.replay().total == 0


def test_what_does_not_follow_from_submissions_is_left_as_it_is(here: Installed) -> None:
    seen: dict[str, object] = dict.fromkeys(tables.alerts_seen.columns.keys(), "")
    seen |= {"id": "a1", "sequence": 3, "open": True, "document": "{}", "changed_us": 0}
    with here.store.begin() as tx:
        tx.execute(insert(tables.alerts_seen).values(**seen))
    here.change(tables.figures, ("days", TAX, CITY, "2021Q1"), value="4")
    before = here.state()

    assert here.replay().swapped

    after = here.state()
    left = ("alerts_seen", "positions", "verdict_versions")
    assert [after[name] for name in left] == [before[name] for name in left]
    ((name, _),) = set(after["meta"]) - set(before["meta"])
    assert name == "state"  # another one than before
    (record,) = set(after["audit"]) - set(before["audit"])
    assert record[2:4] == ("duibiao", "state.replayed")


def test_with_check_nothing_is_written(here: Installed) -> None:
    here.change(tables.figures, ("days", TAX, CITY, "2021Q1"), value="4")
    before = here.state()

    report = here.replay(check=True)

    assert (report.total, report.swapped) == (1, False)
    assert here.state() == before


class Killed(BaseException):
    pass


@pytest.mark.parametrize("at", ["read", "judge", "compare", "swap"])
def test_ended_at_any_stage_the_state_is_as_it_was(here: Installed, at: str) -> None:
    here.change(tables.figures, ("days", TAX, CITY, "2021Q1"), value="4")
    before = here.state()

    def end(stage: str, _done: int) -> None:
        if stage == at:
            raise Killed

    with pytest.raises(Killed):
        here.replay(progress=end)

    assert here.state() == before
    assert not here.left_behind()
    assert here.replay().swapped


def test_where_the_service_goes_on_meanwhile_nothing_is_replaced(here: Installed) -> None:
    here.change(tables.figures, ("days", TAX, CITY, "2021Q1"), value="4")

    def go_on(stage: str, _done: int) -> None:
        if stage == "swap":
            here.tell(observations("s5", (CITY, "2021Q2", figure("5.6", 10))))
            here.says()

    with pytest.raises(MovedOn, match="stop indicators"):
        here.replay(progress=go_on)

    report = here.replay()
    assert named(report) == {("figures", f"days/{TAX}/{CITY}/2021Q1", "changed")}
    assert report.taken.submissions == 5


def test_with_nothing_to_replace_the_service_may_go_on(here: Installed) -> None:
    def go_on(stage: str, done: int) -> None:
        if stage == "compare" and not done:
            here.tell(observations("s5", (CITY, "2021Q2", figure("5.6", 10))))

    assert here.replay(progress=go_on).total == 0


def test_of_two_replays_at_once_one_gives_way(here: Installed) -> None:
    here.change(tables.verdicts, KEY, document="harmed")

    def another(stage: str, _done: int) -> None:
        if stage == "swap":
            with pytest.raises(StoreError, match="let it end"):
                here.replay()

    assert here.replay(progress=another).swapped
    assert len(changed(here)) == 1


def test_a_state_that_another_machine_has_replayed_is_not_replaced_again(here: Installed) -> None:
    here.change(tables.verdicts, KEY, document="harmed")

    def another(stage: str, _done: int) -> None:
        if stage == "swap":
            with here.store.begin() as tx:
                tables.meta.set(tx, "state", "another")

    with pytest.raises(MovedOn):
        here.replay(progress=another)
    assert here.says() == []


def test_what_the_service_has_not_read_yet_is_left_to_it(here: Installed) -> None:
    here.append(observations("s5", (CITY, "2021Q2", figure("5.6", 10))))

    report = here.replay(kept=here.kept)

    assert (report.total, report.taken.submissions) == (0, 4)
    here.work()
    assert here.replay().taken.submissions == 5


def test_a_record_given_up_at_the_time_is_applied_once_it_can_be(here: Installed) -> None:
    unknown = observations("s5", (CITY, "2021Q3", figure(7, 10)), indicator="each")
    here.under(WITHOUT_EACH)
    here.pass_to("2022-01-10")
    here.tell(unknown)
    given_up = here.replay()
    here.under(REGISTER)
    here.pass_to("2022-01-10")
    here.says()

    report = here.replay()

    assert [ident for ident, _ in given_up.taken.given_up] == ["s5"]
    assert given_up.total == 0
    assert ("applied", "s5", "missing") in named(report)
    (outcome,) = [event for event in here.says() if event.topic.endswith("outcomes.v1")]
    assert outcome_pb2.Outcomes.FromString(outcome.data).submission_id == "s5"


def test_what_was_applied_under_an_earlier_register_is_applied_again(here: Installed) -> None:
    here.under(WITHOUT_EACH)
    with pytest.raises(ReplayError, match="start the service once"):
        here.replay()
    here.pass_to("2022-01-10")

    report = here.replay()

    assert (report.differences, report.taken.given_up) == ([], [])
    assert len(here.rows(tables.cases)) == 2


def test_a_submission_found_nowhere_keeps_everything_as_it_is(here: Installed) -> None:
    here.lose("s3")
    before = here.state()

    report = here.replay()

    assert (report.lost, report.swapped) == (["s3"], False)
    assert here.state() == before


def test_from_a_time_on_the_topic_is_read_and_before_it_ingest(here: Installed) -> None:
    later = NOON + timedelta(days=1)
    here.tell(observations("s5", (CITY, "2021Q2", figure("5.6", 10)), received=later))

    report = here.replay(NOON + timedelta(hours=1), kept=here.kept)

    assert report.total == 0
    assert report.taken.sources == {"topic": 1, "ingest": 4}


def test_positions_that_were_set_back_lose_nothing(here: Installed) -> None:
    with here.store.begin() as tx:
        tx.execute(delete(tables.metadata.tables["positions"]))

    report = here.replay()

    assert (report.total, report.taken.submissions) == (0, 4)
