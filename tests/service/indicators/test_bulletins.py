"""Bulletins: a draft follows what stands; once closed nothing that comes later changes a byte."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, nullcontext
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import delete

from duibiao.store import Store
from services.indicators.adapters.repository import tables
from services.indicators.domain.submission import ReportContent, Submission
from tests.service.indicators.service import ALERTS, SECONDS, SUBMISSIONS, IndicatorsService, Row
from tests.service.indicators.test_alerts_seen import step
from tests.support.clock import ManualClock
from tests.support.product import until
from tests.support.registers import CITY, CUSTOMS, TAX, indicator, measure, register, target
from tests.support.servers.databases import on, url_in
from tests.support.statements import at, figure, observations, report_statement, submitted

MEASURES = (measure("1.1", leads=(TAX, CUSTOMS)), measure("1.2", leads=(CUSTOMS,)))
REGISTER = register(indicators=[indicator()], targets=[target(leads=(TAX,))], measures=MEASURES)
FORMS = ("html", "docx", "xlsx")


@pytest.fixture
def clock() -> ManualClock:
    """Noon of 2021-04-08, a Thursday: the first quarter has ended."""
    return ManualClock(at("2021-04-08", 12))


def made(folder: Path, clock: ManualClock) -> IndicatorsService:
    return IndicatorsService(folder, clock, register=REGISTER).start()


@pytest.fixture
def service(tmp_path: Path, clock: ManualClock) -> Iterator[IndicatorsService]:
    with made(tmp_path, clock) as service:
        first_quarter(service)
        yield service


def told(name: str, measure: str, text: str, org: str, received: datetime) -> Submission:
    """Return a submission of one progress report of 2021Q1."""
    content = ReportContent("in_progress", summary=text)
    row = report_statement(measure, "2021Q1", org=org, content=content, stated=received)
    return submitted(name, org, received, row)


def first_quarter(service: IndicatorsService) -> None:
    """Post 10 cases of 7 days on average, and two of the three reports, one of them late."""
    in_time, late = at("2021-03-20"), at("2021-03-29")
    service.post(
        observations("s1", (CITY, "2021Q1", figure("7", 10)), received=in_time),
        told("s2", "1.1", "完成" * 100, TAX, in_time),
        told("s3", "1.2", "进展顺利", CUSTOMS, late),
    )
    service.append(ALERTS, step())
    until(lambda: "黄〔2021〕1号" in text(service), seconds=SECONDS, what="the card is known")


def files(service: IndicatorsService, period: str = "2021Q1", key: str = "tax") -> dict[str, bytes]:
    answers = {form: service.calls(key).get(f"/v1/bulletins/{period}.{form}") for form in FORMS}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {form: answer.content for form, answer in answers.items()}


def text(service: IndicatorsService, period: str = "2021Q1") -> str:
    """Return the words of the page, each tag a space."""
    page = service.calls().get(f"/v1/bulletins/{period}.html").text
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("</style>")[2]).split())


def close(service: IndicatorsService, period: str = "2021Q1", status: int = 201) -> Row:
    body = {"period": period, "comment": "一季度"}
    answer = service.calls("office").request("POST", "/v1/closings", json=body)
    assert answer.status_code == status, answer.text
    found: Row = answer.json()
    return found


def later_on(service: IndicatorsService, clock: ManualClock) -> None:
    """Let a quarter pass in which everything comes out otherwise."""
    clock.set(at("2021-07-08", 12))
    service.post(
        observations("t1", (CITY, "2021Q1", figure("5", 10)), received=clock.now()),
        observations("t2", (CITY, "2021Q2", figure("4", 10)), received=clock.now()),
        told("t3", "1.1", "后来改写", TAX, clock.now()),
    )
    service.append(ALERTS, step(sequence=2, state="closed"), step("a2", target="T01", colour="red"))
    until(lambda: "红牌" in text(service, "2021Q2"), seconds=SECONDS, what="the cards are known")


def test_a_draft_follows_what_stands_and_says_so(
    service: IndicatorsService, clock: ManualClock
) -> None:
    shown = text(service)
    assert "草稿 尚未锁定，不作为正式通报" in shown
    assert "以下为截至2021年4月8日的情况" in shown
    for content, marked in ((files(service)["docx"], "word/header1.xml"),):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert "草稿" in archive.read(marked).decode()
    later_on(service, clock)
    assert "后来改写" in text(service)
    assert "2021年一季度" in text(service)


def test_what_it_says_is_what_was_reported(service: IndicatorsService) -> None:
    close(service)
    shown = text(service)
    assert "通知提出的1项量化目标中，未达标1项。" in shown
    assert "平均 7 个工作日，距目标值差 1.5 个工作日" in shown  # 7 - 5.5
    # Three reports are owed of the quarter: 1.1 by two units, 1.2 by one.
    assert "应报进展情况3份：按时1份，迟报1份，逾期未报1份。" in shown
    assert f"{CUSTOMS} 1.2 1.1" in shown  # late, then missing
    assert "共1件，其中黄牌1件；按办理情况，已发出1件。" in shown
    assert "完成" * 80 + "……" in shown
    assert "完成" * 81 not in shown
    assert "本通报依据2021年4月8日锁定的数据编制" in shown
    assert "草稿" not in shown


def test_once_closed_nothing_changes_a_byte(
    service: IndicatorsService, clock: ManualClock, tmp_path: Path
) -> None:
    close(service)
    before = files(service)
    later_on(service, clock)
    assert files(service) == before
    assert files(service, key="office") == before
    with made(tmp_path, clock) as another:
        assert files(another) == before


@pytest.mark.parametrize("period", ["2021Q1", "2021"])
def test_both_stores_give_the_same_bytes(
    tmp_path: Path, request: pytest.FixtureRequest, period: str
) -> None:
    found: list[Mapping[str, bytes]] = []
    for store in ("sqlite", "postgres"):
        folder, clock = tmp_path / store, ManualClock(at("2021-04-08", 12))
        folder.mkdir()
        server = request.getfixturevalue("_migrated_databases") if found else None
        with on(server) if server else nullcontext(), made(folder, clock) as service:
            first_quarter(service)
            if period == "2021":
                later_on(service, clock)
                clock.set(at("2022-01-10", 12))
                until(lambda: "2022年1月10日" in text(service, "2021Q4"), what="the day is passed")
            close(service, period)
            found.append(files(service, period))
    assert found[0] == found[1]


def test_closing_a_year_closes_its_quarters_too(
    service: IndicatorsService, clock: ManualClock
) -> None:
    close(service)
    later_on(service, clock)
    clock.set(at("2022-01-10", 12))
    first = files(service)
    until(lambda: "2022年1月10日" in text(service, "2021Q4"), what="the day is passed")
    close(service, "2021")
    assert files(service) == first
    assert "2022年1月10日锁定" in text(service, "2021Q2")
    year = text(service, "2021")
    assert "2021年度" in year
    assert "应报进展情况12份" in year  # three pairs of measure and unit, four quarters
    assert "1.2（一季度）" in year


def test_an_exception_makes_it_a_draft_again(
    service: IndicatorsService, clock: ManualClock
) -> None:
    close(service)
    body = {"until": "2021-04-08", "reason": "漏报"}
    path = "/v1/closings/2021Q1/reopen"
    assert service.calls("office").request("POST", path, json=body).status_code == 200
    assert "草稿" in text(service)
    service.post(observations("s9", (CITY, "2021Q1", figure("5", 10)), received=clock.now()))
    clock.set(at("2021-04-09", 12))
    until(lambda: "草稿" not in text(service), seconds=SECONDS, what="the exception has ended")
    assert "2021年4月9日锁定" in text(service)
    assert "达标1项" in text(service)


def test_the_audit_record_of_a_closing_has_the_digest_and_the_positions(
    service: IndicatorsService, tmp_path: Path
) -> None:
    sequence = close(service)["audit_sequence"]
    asked = service.calls("auditor").get("/v1/audit/indicators", params={"after": sequence - 1})
    details = asked.json()["items"][0]["details"]
    with closing(Store(url_in(tmp_path), "indicators")) as store, store.read() as connection:
        read = {topic: tables.positions.on(connection, topic)[0] for topic in (SUBMISSIONS, ALERTS)}
    digests = {f"2021Q1.{form}": sha256(one).hexdigest() for form, one in files(service).items()}
    assert details["bulletins"] == digests
    assert details["positions"] == {topic: {"0": offset} for topic, offset in read.items()}


def test_a_closing_whose_content_is_lost_gives_a_draft(
    service: IndicatorsService, tmp_path: Path
) -> None:
    close(service)
    with closing(Store(url_in(tmp_path), "indicators")) as store, store.begin() as tx:
        tx.execute(delete(tables.bulletins))
    assert "草稿" in text(service)
    listed = service.calls().get("/board/bulletins").text
    assert "草稿" in listed


def test_the_list_has_every_period_that_has_begun(service: IndicatorsService) -> None:
    close(service)
    page = service.calls(None).get("/board/bulletins").text
    rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td>(.*?)</td>', page)
    assert rows == [
        ("2021年", "草稿"),
        ("2021年二季度", "草稿"),
        ("2021年一季度", "2021-04-08 锁定"),
    ]
    links = re.findall(r'href="(/board/bulletins/[^"]*)"', page)
    assert len(links) == 9
    assert {service.calls(None).get(link).status_code for link in links} == {200}


@pytest.mark.parametrize(
    ("period", "status", "code"),
    [
        ("2021S1", 422, "invalid-value"),
        ("202103", 422, "invalid-value"),
        ("2021Q3", 422, "period-not-begun"),
        ("2021Q5", 422, "invalid-value"),
        ("0000Q1", 422, "bad-period"),
    ],
)
def test_other_periods_have_none(
    service: IndicatorsService, period: str, status: int, code: str
) -> None:
    answer = service.calls().get(f"/v1/bulletins/{period}.docx")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    assert service.calls(None).get("/v1/bulletins/2021Q1.docx").status_code == 401
