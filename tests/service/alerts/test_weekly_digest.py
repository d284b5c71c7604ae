"""The weekly digest: when it goes out, what it says to whom, and that it does so exactly once."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import delete, insert, select

from duibiao.register import Duty as Owed
from duibiao.register import Register
from services.alerts.adapters.channels.channel import Message, Result
from services.alerts.adapters.channels.mail import Mail, MailConfig
from services.alerts.adapters.tables import CONTACTS, NOTIFICATIONS
from services.alerts.domain.news import Duty
from services.alerts.usecases.weekly_digest import mondays_due
from tests.service.alerts.channel_environment import NOW, opened
from tests.service.alerts.mail_server import mail_server
from tests.service.alerts.quiet_house import House
from tests.service.alerts.service import AlertsService
from tests.support.alert_book import desk, shanghai
from tests.support.clock import ManualClock
from tests.support.registers import CUSTOMS, FINANCE, TAX, register, target
from tests.support.waiting import until

FILE: Final = """
receivers:
  - name: leaders
    email: {host: 127.0.0.1, port: PORT, tls: none, from: a@b.invalid, to: m@city.example.invalid}
    digest: weekly
  - name: units
    email: {host: 127.0.0.1, port: PORT, tls: none, from: a@city.example.invalid, to: contacts}
    digest: weekly
"""
REPLY: Final = {"comment": "已整改", "cause": "人手", "measures": "增员", "finish_by": "2021-05-31"}
LEADERS: Final = "leaders"
UNITS: Final = "units"
NOON: Final = (2021, 4, 16)  # Friday of week 15
STARTED: Final = "2021-04-12"
MONDAY: Final = (2021, 4, 19, 9)  # of week 16


def mail_config(**given: Any) -> MailConfig:  # noqa: ANN401 - of the model
    usual: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 25,
        "tls": "none",
        "name": "对标",
        "sender": "duibiao@city.example.invalid",
        "to": ("mayor@city.example.invalid",),
        "user": None,
        "password_file": None,
        "ca_file": None,
        "language": "zh",
    }
    return MailConfig.model_construct(**usual | given)


def notice() -> Register:
    """Return a register whose targets and reports belong to two units; a third owes nothing."""
    leads = {
        "T01": (TAX,),
        "T02": (TAX, CUSTOMS),
        "T03": (CUSTOMS,),
        "T04": (CUSTOMS,),
        "T05": (TAX,),
    }
    dates = [
        *(("2021Q1", TAX, date(2021, 4, 10)), ("2021Q1", CUSTOMS, date(2021, 4, 10))),
        *(("2021Q2", TAX, date(2021, 4, 25)), ("2021Q2", CUSTOMS, date(2021, 4, 26))),
        ("2021Q3", TAX, date(2021, 4, 18)),
    ]
    made = register(targets=[target(name, leads=of) for name, of in leads.items()])
    owed = [Owed(f"1.1/{p}", "1.1", org, p, day, "keep", day) for p, org, day in dates]
    return replace(made, duties=tuple(owed))


@pytest.fixture
def house(each_database: str, tmp_path: Path) -> Iterator[House]:
    assert each_database
    made = a_house(tmp_path, ManualClock(shanghai(*NOON)))
    made.tick()  # the first start
    yield made
    made.store.close()


def a_house(folder: Path, clock: ManualClock) -> House:
    digests = {LEADERS: mail_config(), UNITS: mail_config(to="contacts")}
    return House(folder, clock, routes=(), known=notice(), digests=digests)


def contacts(house: House, *orgs: str) -> None:
    with house.store.begin() as tx:
        tx.execute(delete(CONTACTS))
        tx.execute(insert(CONTACTS), [{"org": org, "document": b"{}"} for org in orgs])


def a_week(house: House) -> None:
    """Let happen, on Friday: five cards, two replies, a closing; reports known before."""
    far = Fraction(1, 2)
    house.hear(
        house.row("missed", "T01"),
        house.row("missed", "T02"),
        house.row("behind", "T03"),
        house.row("missed", "T04", attainment_ratio=far),
        house.row("missed", "T05"),
        Duty("1.1/2021Q1", TAX, "1.1", "2021Q1", "overdue", date(2021, 4, 10)),
        Duty("1.1/2021Q1", CUSTOMS, "1.1", "2021Q1", "on_time", date(2021, 4, 10)),
        Duty("1.1/2021Q3", TAX, "1.1", "2021Q3", "not_due", date(2021, 4, 18)),
    )
    ids = {alert["target"]: alert["id"] for alert in house.alerts()}
    for name, key in (("T01", "tax"), ("T02", "customs")):
        house.do("POST", f"alerts/{ids[name]}/reply", key=key, json=REPLY)
    house.do("POST", f"alerts/{ids['T05']}/close", json={"comment": "已核实", "reason": "撤项"})


def sent(house: House) -> dict[tuple[str, str, str | None], dict[str, Any]]:
    """Return what the digests say, by Monday, receiver and unit; none is there twice.

    The one of the week in which the house was first started is left out.
    """
    with house.store.read() as connection:
        query = select(NOTIFICATIONS).order_by(NOTIFICATIONS.c.id)
        rows = [row for row in connection.execute(query) if b"digest.weekly" in row.body]
    bodies = [(row.receiver, json.loads(row.body)) for row in rows]
    found = {(body["data"]["from"], name, body["data"]["org"]): body for name, body in bodies}
    assert len(found) == len(rows)
    return {key: body["data"] for key, body in found.items() if key[0] != STARTED}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (shanghai(2021, 4, 19, 8, 59), []),
        (shanghai(2021, 4, 19, 9), ["2021-04-19"]),
        (shanghai(2021, 4, 25, 23, 59), ["2021-04-19"]),  # made up till Sunday
        (shanghai(2021, 4, 26, 0), []),
        (shanghai(2021, 4, 5, 12), []),  # Tomb-sweeping Day
        (shanghai(2021, 4, 6, 9), ["2021-04-05"]),
        (shanghai(2021, 10, 7, 12), []),
        (shanghai(2021, 10, 8, 9), ["2021-10-04"]),  # after National Day
        (shanghai(2020, 2, 2, 12), []),  # a whole week off
        (shanghai(2020, 2, 3, 8, 59), []),
        (shanghai(2020, 2, 3, 9), ["2020-01-27", "2020-02-03"]),
        (shanghai(2021, 1, 4, 9), ["2021-01-04"]),
    ],
)
def test_it_is_due_on_the_first_working_morning_of_the_week(
    now: Any,  # noqa: ANN401 - a moment
    expected: list[str],
) -> None:
    context = desk(ManualClock(now))
    assert [monday.isoformat() for monday in mondays_due(context)] == expected


def test_leaders_hear_of_all_and_each_unit_of_its_own(house: House) -> None:
    contacts(house, TAX, CUSTOMS, FINANCE)
    a_week(house)
    house.at(2021, 4, 19, 8, 59)
    assert sent(house) == {}
    house.at(*MONDAY)

    found = sent(house)
    assert set(found) == {
        ("2021-04-19", LEADERS, None),
        *(("2021-04-19", UNITS, org) for org in (TAX, CUSTOMS, FINANCE)),
    }
    every, tax, customs, finance = (
        found["2021-04-19", UNITS if org else LEADERS, org] for org in (None, TAX, CUSTOMS, FINANCE)
    )
    assert [every[name] for name in ("since", "from", "to")] == [
        *("2021-04-12", "2021-04-19", "2021-04-25")
    ]
    counts = ("opened", "answered", "closed")
    told = {name: [one["open"], *(one[key] for key in counts)] for name, one in (
        ("every", every), ("tax", tax), ("customs", customs), ("finance", finance))}  # fmt: skip
    assert told == {
        "every": [{"red": 1, "yellow": 2, "blue": 1}, 5, 2, 1],
        "tax": [{"red": 0, "yellow": 2, "blue": 0}, 3, 1, 1],
        "customs": [{"red": 1, "yellow": 1, "blue": 1}, 3, 1, 0],
        "finance": [{"red": 0, "yellow": 0, "blue": 0}, 0, 0, 0],
    }


def test_what_is_owed_in_the_coming_week(house: House) -> None:
    contacts(house, TAX, CUSTOMS)
    a_week(house)
    house.at(*MONDAY)
    found = sent(house)

    def owed(receiver: str, org: str | None, name: str) -> list[tuple[str, str, list[str]]]:
        rows = found["2021-04-19", receiver, org][name]
        return [(row["target"] or row["duty"], row["due"], row["leads"]) for row in rows]

    # Yellow is to be answered in 5 working days, red in 3; of T01 nothing is owed any more.
    yellow, red = ("T02", "2021-04-23", [TAX]), ("T04", "2021-04-21", [CUSTOMS])
    assert owed(LEADERS, None, "replies") == [yellow, red]
    assert owed(UNITS, TAX, "replies") == [yellow]
    assert owed(UNITS, CUSTOMS, "replies") == [red]
    # The 25th is the Sunday of this week, the 26th is not; the 18th was last week.
    assert owed(LEADERS, None, "due") == [("1.1/2021Q2", "2021-04-25", [TAX])]
    assert owed(UNITS, CUSTOMS, "due") == []
    assert owed(LEADERS, None, "overdue") == [("1.1/2021Q1", "2021-04-10", [TAX])]
    assert owed(UNITS, TAX, "overdue") == owed(LEADERS, None, "overdue")
    assert owed(UNITS, CUSTOMS, "overdue") == []


def test_a_reply_that_is_due_later_is_left_for_its_week(house: House) -> None:
    a_week(house)
    (red,) = house.alerts(target="T04")
    later = {"reason": "材料较多", "reply_due": "2021-04-26"}  # the Monday after
    house.do("POST", f"alerts/{red['id']}/extend", json=later)
    house.at(*MONDAY)
    (every,) = sent(house).values()
    assert [row["target"] for row in every["replies"]] == ["T02"]
    house.at(2021, 4, 26, 9)
    assert [row["target"] for row in sent(house)["2021-04-26", LEADERS, None]["replies"]] == [
        *("T02", "T04")
    ]


def test_once_a_week_through_restarts_and_wrong_clocks(house: House, tmp_path: Path) -> None:
    contacts(house, TAX)
    for moment in (MONDAY, (2021, 4, 19, 9, 1), (2021, 4, 25, 23), (2021, 4, 19, 9)):
        house.at(*moment)
        assert {week for week, _, _ in sent(house)} == {"2021-04-19"}
    first = sent(house)
    again = a_house(tmp_path, house.clock)
    try:
        again.tick()
        assert sent(house) == first
        house.at(2023, 1, 2, 12)  # New Year's holiday: nothing
        house.at(2023, 1, 3, 12)  # a clock that is wrong
        house.at(2021, 4, 20, 12)
        again.tick()
        house.at(2021, 4, 26, 9)
        again.tick()
    finally:
        again.store.close()
    weeks = [week for week, _, _ in sent(house)]
    assert weeks == ["2021-04-19"] * 2 + ["2021-04-26"] * 2 + ["2023-01-02"] * 2


def test_two_replicas_at_the_same_moment_queue_one(house: House, tmp_path: Path) -> None:
    contacts(house, TAX, CUSTOMS)
    replicas = [a_house(tmp_path, house.clock) for _ in range(2)]
    house.clock.set(shanghai(*MONDAY))
    threads = [threading.Thread(target=one.tick) for one in (house, *replicas)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for one in replicas:
        one.store.close()
    assert len(sent(house)) == 3


def test_a_unit_that_names_contacts_later_gets_this_weeks(house: House) -> None:
    house.at(*MONDAY)
    contacts(house, TAX, "not-in-the-register")
    house.at(2021, 4, 21, 12)
    assert set(sent(house)) == {("2021-04-19", LEADERS, None), ("2021-04-19", UNITS, TAX)}


def test_one_that_was_missed_is_made_up_in_its_week(house: House) -> None:
    (row,) = rows_of(house)  # of the first start, on a Friday
    assert (row.receiver, json.loads(row.body)["data"]["from"]) == (LEADERS, STARTED)
    house.at(2021, 5, 7, 12)  # the mornings of two weeks went by
    assert set(sent(house)) == {("2021-05-03", LEADERS, None)}


def test_from_the_receivers_file_to_the_mailbox(tmp_path: Path) -> None:
    with mail_server() as server:
        file = tmp_path / "receivers.yaml"
        file.write_text(FILE.replace("PORT", str(server.port)), "utf-8")
        settings = {"receivers": file, "receiver_allow": "127.0.0.0/8"}
        clock = ManualClock(shanghai(2021, 4, 19, 8, 59))
        with AlertsService(tmp_path, clock, notice(), settings).start() as service:
            contact = [{"name": "王处长", "email": "wang@tax.example.invalid"}]
            put = service.calls().request("PUT", f"/v1/contacts/{TAX}", json=contact)
            assert put.status_code == 200, put.text
            clock.advance(seconds=120)
            until(lambda: len(server.got) == 2, what="both have got it")
            clock.advance(seconds=3600)
    assert sorted(one.rcpt_tos for one in server.got) == [
        ["m@city.example.invalid"],
        ["wang@tax.example.invalid"],
    ]
    assert {str(server.mail(n)["Subject"])[:10] for n in (0, 1)} == {
        "【每周摘要】全部单位",
        f"【每周摘要】{TAX[:4]}",
    }


def test_nobody_gets_one_who_did_not_ask(tmp_path: Path) -> None:
    house = House(tmp_path, ManualClock(shanghai(*NOON)), known=notice())
    try:
        house.tick()
        house.at(*MONDAY)
        assert sent(house) == {}
    finally:
        house.store.close()


def test_a_week_without_working_day_is_told_of_with_the_next(house: House) -> None:
    house.at(2020, 2, 3, 9)
    assert [week for week, _, _ in sent(house)] == ["2020-01-27", "2020-02-03"]


def lines(house: House, org: str | None, language: str = "zh") -> list[str]:
    """Send a digest by mail, and return its subject and the lines of its text."""
    bodies = {json.loads(row.body)["data"]["org"]: row.body for row in rows_of(house)}
    body = bodies[org]  # of the last week
    with (
        mail_server() as server,
        opened(Mail, mail_config(port=server.port, language=language)) as channel,
    ):
        assert channel.send(Message("0178-id", (body,)), NOW) == Result("sent")
    mail = server.mail()
    assert mail["Message-ID"] == "<0178-id@city.example.invalid>"
    text, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    assert "https://duibiao.example.invalid/board/inbox" in text
    found = [mail["Subject"], *filter(None, text.split("\n"))]
    for line in found[2:-1]:
        assert re.split("：|: ", line, maxsplit=1)[1] in html
    return found


def rows_of(house: House) -> list[Any]:
    with house.store.read() as connection:
        return [*connection.execute(select(NOTIFICATIONS).order_by(NOTIFICATIONS.c.id)).all()]


def test_the_letter_in_chinese(house: House) -> None:
    contacts(house, TAX, FINANCE)
    a_week(house)
    house.at(*MONDAY)

    subject, headline, *facts = lines(house, None)
    assert subject == headline == "【每周摘要】全部单位 2021年4月19日至2021年4月25日"
    assert facts[:2] == [
        "未结预警：4件（红牌1件、黄牌2件、蓝色提醒1件）",
        "上周：新增5件，回复2件，核实销号1件",
    ]
    assert facts[2].startswith("本周应回复：黄〔2021〕2号")
    assert "市税务局，2021年4月23日" in facts[2]
    assert "红〔2021〕1号" in facts[2]
    assert facts[3].startswith("本周到期报送：1.1 ")
    assert facts[3].endswith("（进展报送）（市税务局，2021年4月25日）")
    assert facts[4].endswith("（市税务局，2021年4月10日）")
    subject, _, *facts = lines(house, TAX)
    assert subject == "【每周摘要】市税务局 2021年4月19日至2021年4月25日"
    assert facts[0] == "未结预警：2件（黄牌2件）"
    assert facts[3].endswith("（进展报送）（2021年4月25日）")
    _, _, *facts = lines(house, FINANCE)
    assert facts[:-1] == ["内容：上周无新增预警，本周无应办事项。"]


def test_the_letter_in_english(house: House) -> None:
    contacts(house, FINANCE)
    a_week(house)
    house.at(*MONDAY)
    subject, _, *facts = lines(house, None, "en")
    assert subject == "Weekly digest: all units, 2021-04-19 to 2021-04-25"
    assert facts[:2] == [
        "Open alerts: 4 (red card 1, yellow card 2, blue reminder 1)",
        "Last week: 5 raised, 2 answered, 1 closed",
    ]
    _, _, *facts = lines(house, FINANCE, "en")
    assert facts[0] == "Text: Nothing was raised last week, and nothing is due this week."
