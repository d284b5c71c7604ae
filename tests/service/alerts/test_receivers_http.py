"""Contacts, receivers and test messages over HTTP: who may, what is kept, what is audited."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from duibiao.store import Store
from services.alerts.adapters.channels.notifications import disable
from services.alerts.adapters.contacts import addresses
from tests.service.alerts.over_http import codes
from tests.service.alerts.service import AlertsService
from tests.support.alert_book import shanghai
from tests.support.clock import ManualClock
from tests.support.receiver import Answer, LocalReceiver
from tests.support.registers import org, register
from tests.support.servers.databases import url_in

HEAD = {"name": "王处长", "email": "wang@tax.example.invalid", "mobile": "029-12345678"}
DEPUTY = {"name": "李科长", "email": "li@tax.example.invalid", "deputy": True}
KNOWN = register(orgs=[org("tax-bureau"), org("customs")])


class Office:
    """The service with two receivers: a webhook that listens, and e-mail to the contacts."""

    def __init__(self, folder: Path, receiver: LocalReceiver) -> None:
        self.clock = ManualClock(shanghai(2021, 4, 16))
        file = receiver.file(folder)
        file.write_text(file.read_text() + "office: desk\n")
        settings: dict[str, object] = {"receivers": file, "receiver_allow": "127.0.0.1"}
        self.service = AlertsService(folder, clock=self.clock, register=KNOWN, settings=settings)
        self.store = Store(url_in(folder), "alerts")

    def request(
        self,
        method: str,
        path: str,
        key: str | None = "office",
        **options: Any,  # noqa: ANN401 - httpx's own
    ) -> httpx.Response:
        return self.service.calls(key).request(method, path, **options)

    def put(self, contacts: list[dict[str, Any]], key: str = "tax", org: str = "tax-bureau") -> int:
        return self.request("PUT", f"/v1/contacts/{org}", key, json=contacts).status_code

    def written_to(self, *orgs: str) -> Sequence[str]:
        return addresses(self.store, self.clock, orgs)

    def disable(self, name: str) -> None:
        with self.store.begin() as tx:
            assert disable(tx, name, self.clock.now())

    def listed(self, key: str = "office") -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.request("GET", "/v1/receivers", key).json()["items"]
        return items

    def acts(self) -> list[tuple[str, str, Any]]:
        items = self.request("GET", "/v1/audit/alerts", "auditor").json()["items"]
        return [(one["act"], one["subject"], one["details"]) for one in items]


@pytest.fixture
def receiver() -> Iterator[LocalReceiver]:
    with LocalReceiver() as receiver:
        yield receiver


@pytest.fixture
def office(tmp_path: Path, receiver: LocalReceiver) -> Iterator[Office]:
    made = Office(tmp_path, receiver)
    with made.service:
        yield made
    made.store.close()


def test_a_unit_keeps_its_own_contacts_and_the_office_any(office: Office) -> None:
    assert office.put([HEAD, DEPUTY]) == 200
    assert office.put([HEAD], key="office", org="customs") == 200
    assert office.put([HEAD], key="customs") == 403
    assert office.put([HEAD], key="auditor") == 403
    assert office.put([HEAD], key="office", org="nobody") == 404

    own = office.request("GET", "/v1/contacts", "tax").json()
    assert own == {
        "items": [
            {
                "org": "tax-bureau",
                "contacts": [
                    {**HEAD, "deputy": False, "away_until": None},
                    {**DEPUTY, "mobile": None, "away_until": None},
                ],
            }
        ],
        "next_cursor": None,
    }
    for key in ("office", "auditor"):
        listed = office.request("GET", "/v1/contacts", key).json()["items"]
        assert [one["org"] for one in listed] == ["customs", "tax-bureau"]
    assert office.request("GET", "/v1/contacts", "admin").status_code == 403
    assert office.request("GET", "/v1/contacts", None).status_code == 401


def test_contacts_are_replaced_as_a_whole_and_audited_without_addresses(office: Office) -> None:
    office.put([HEAD, DEPUTY])
    office.put([DEPUTY])

    (unit,) = office.request("GET", "/v1/contacts", "tax").json()["items"]
    assert [one["name"] for one in unit["contacts"]] == ["李科长"]
    assert office.acts() == [
        ("contacts.changed", "tax-bureau", {"names": ["王处长", "李科长"]}),
        ("contacts.changed", "tax-bureau", {"names": ["李科长"]}),
    ]


WRONG: tuple[dict[str, Any], ...] = (
    {"email": "nobody"},
    {"email": "a@b.invalid\r\nBcc: c@d.invalid"},
    {"email": "a@b.invalid, c@d.invalid"},
    {"mobile": "ask me"},
    {"name": ""},
    {"name": "a\0b"},
    {"away_until": "tomorrow"},
    {"boss": True},
)


def test_wrong_contacts_are_refused(office: Office) -> None:
    for wrong in WRONG:
        assert office.put([HEAD | wrong]) == 422, wrong
    assert office.put([HEAD] * 21) == 422
    assert office.request("GET", "/v1/contacts").json()["items"] == []
    assert office.put([HEAD] * 20) == 200


AWAY: tuple[tuple[list[dict[str, Any]], set[str]], ...] = (
    ([HEAD, DEPUTY], {"wang"}),
    ([HEAD | {"away_until": "2021-04-16"}, DEPUTY], {"li"}),
    ([HEAD | {"away_until": "2021-04-15"}, DEPUTY], {"wang"}),
    ([HEAD | {"away_until": "2021-04-16"}], {"wang"}),
    ([HEAD | {"away_until": "2021-05-01"}, DEPUTY | {"away_until": "2021-05-01"}], {"wang", "li"}),
    (
        [
            HEAD | {"away_until": "2021-05-01"},
            {**HEAD, "email": "zhao@tax.example.invalid"},
            DEPUTY,
        ],
        {"zhao", "li"},
    ),
    ([DEPUTY], {"li"}),
    ([], set()),
)


def test_a_deputy_is_written_to_while_somebody_is_away(office: Office) -> None:
    office.put([{**HEAD, "email": "other@customs.example.invalid"}], "office", "customs")
    for contacts, written_to in AWAY:
        office.put(contacts)
        found = office.written_to("tax-bureau")
        assert {one.partition("@")[0] for one in found} == written_to, contacts


def test_a_test_message_is_marked_and_its_outcome_told(
    office: Office, receiver: LocalReceiver
) -> None:
    receiver.answers.append(Answer(204))
    receiver.answers.append(Answer(500))
    results = [office.request("POST", "/v1/receivers/desk/test") for _ in range(2)]

    assert [one.json() for one in results] == [
        {"outcome": "sent", "status_code": 204, "detail": None},
        {"outcome": "status", "status_code": 500, "detail": None},
    ]
    content = json.loads(receiver.got[0].body)
    assert content["type"] == "notice.test"
    assert content["data"]["text_zh"].startswith("这是一条测试通知")
    assert office.acts() == [
        ("receiver.tested", "desk", {"outcome": "sent"}),
        ("receiver.tested", "desk", {"outcome": "status"}),
    ]


def test_a_test_message_may_name_the_unit_that_is_to_get_it(
    office: Office, receiver: LocalReceiver
) -> None:
    office.request("POST", "/v1/receivers/desk/test?org=tax-bureau")

    assert receiver.got[0].content["data"]["leads"] == ["tax-bureau"]


def test_tests_are_the_offices_and_few(office: Office, receiver: LocalReceiver) -> None:
    for key in ("tax", "auditor", "admin"):
        assert office.request("POST", "/v1/receivers/desk/test", key).status_code == 403
    missing = office.request("POST", "/v1/receivers/nobody/test")
    assert (missing.status_code, codes(missing)) == (404, ["not-found"])
    answers = [office.request("POST", "/v1/receivers/desk/test") for _ in range(4)]

    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[3].headers["Retry-After"] == "60"
    assert codes(answers[3]) == ["too-many-requests"]
    assert len(receiver.got) == 3
    office.clock.advance(seconds=60)
    assert office.request("POST", "/v1/receivers/desk/test").status_code == 200


def test_a_disabled_receiver_is_listed_and_enabled_by_the_office(office: Office) -> None:
    at = "2021-04-16T04:00:00Z"
    assert office.listed() == [{"name": "desk", "channel": "webhook", "disabled_at": None}]
    office.disable("desk")
    assert office.listed("auditor")[0]["disabled_at"] == at
    assert office.request("POST", "/v1/receivers/desk/enable", "tax").status_code == 403
    for _ in range(2):
        answer = office.request("POST", "/v1/receivers/desk/enable")
        assert answer.json() == {"name": "desk", "channel": "webhook", "disabled_at": None}

    assert office.listed()[0]["disabled_at"] is None
    assert [act for act, *_ in office.acts()] == ["receiver.enabled"]
    assert office.request("GET", "/v1/receivers", "tax").status_code == 403
