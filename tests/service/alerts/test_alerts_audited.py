"""What people do with alerts stands in the audit log, in the transaction of the step."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from duibiao.audit.reading import kept_head, rows
from duibiao.audit.verify import Verification, verify_chain
from duibiao.core import new_id
from duibiao.store import Store
from services.alerts.adapters.messages import event_of
from services.alerts.adapters.repository import SqlAlertRepository
from services.alerts.usecases.context import AlertContext
from services.alerts.usecases.follow_verdict import follow_verdict
from tests.service.alerts.service import REPLY, AlertsService
from tests.support.alert_book import WORKDAYS, city_row, shanghai
from tests.support.clock import ManualClock
from tests.support.registers import TAX, register, target
from tests.support.servers.databases import url_in

pytestmark = pytest.mark.usefixtures("each_database")

AT = "2021-04-16T04:00:00Z"  # noon in Shanghai
BY_TAX, BY_OFFICE = f"tax000000001/org/{TAX}", "office000001/office/"


class Answered:
    """One open alert of the tax bureau's, and what is done with it over HTTP."""

    def __init__(self, folder: Path) -> None:
        clock = ManualClock(shanghai(2021, 4, 16))
        known = register(targets=[target("T01", leads=(TAX,))])
        self.service = AlertsService(folder, clock=clock, register=known)
        self.store = Store(url_in(folder), "alerts")
        ids = partial(new_id, clock)
        desk = AlertContext(known, WORKDAYS, clock.now, ids, date(2021, 1, 1))
        row = city_row("missed", id="v-1")
        with self.store.begin() as tx:
            book = SqlAlertRepository(tx, partial(event_of, topic="t"), lambda *_: None)
            follow_verdict(book, desk, replace(row, series=replace(row.series, target="T01")), "e")
        (self.alert,) = self.service.alerts(target="T01")

    def do(self, step: str, key: str = "office", **body: object) -> httpx.Response:
        return self.service.calls(key).post(f"/v1/alerts/{self.alert['id']}/{step}", json=body)

    def audited(self) -> list[dict[str, Any]]:
        answer = self.service.calls("auditor").get("/v1/audit/alerts")
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def walked(self) -> Verification:
        with self.store.read() as connection:
            return verify_chain("alerts", rows(connection), (), kept_head(connection))


@pytest.fixture
def answered(tmp_path: Path) -> Iterator[Answered]:
    answered = Answered(tmp_path)
    with answered.service:
        yield answered
    answered.store.close()


def test_steps_that_nobody_took_by_hand_are_not_there(answered: Answered) -> None:
    assert answered.audited() == []


def test_every_step_names_its_key_and_what_was_said(answered: Answered) -> None:
    for step, key, body in [
        ("acknowledge", "tax", {}),
        ("reply", "tax", REPLY | {"comment": "系统切换，已补报。"}),
        ("appeal", "tax", {"reason": "口径有误。"}),
        ("reject-appeal", "office", {"reason": "口径无误。"}),
        ("return", "office", {"reason": "措施不实。", "lead": TAX}),
        ("extend", "office", {"reason": "汛期。", "reply_due": "2021-06-01"}),
        ("close", "office", {"comment": "核实。", "reason": "已约谈。"}),
        ("reopen", "office", {"reason": "未整改。"}),
        ("assign", "office", {"reason": "职责调整。", "org": "customs"}),
    ]:
        assert answered.do(step, key, **body).status_code == 200, step
    said = [
        (one["actor"], one["act"], one["details"]["comment"], one["details"]["reason"])
        for one in answered.audited()
    ]
    assert said == [
        (BY_TAX, "alert.acknowledged", None, None),
        (BY_TAX, "alert.replied", "系统切换，已补报。", None),
        (BY_TAX, "alert.appealed", None, "口径有误。"),
        (BY_OFFICE, "alert.appeal-rejected", None, "口径无误。"),
        (BY_OFFICE, "alert.returned", None, "措施不实。"),
        (BY_OFFICE, "alert.extended", None, "汛期。"),
        (BY_OFFICE, "alert.closed", "核实。", "已约谈。"),
        (BY_OFFICE, "alert.reopened", None, "未整改。"),
        (BY_OFFICE, "alert.assigned", None, "职责调整。"),
    ]
    details = [one["details"] for one in answered.audited()]
    assert [one["state"] for one in details] == [
        *["acknowledged", "replied", "replied", "replied"],
        *["acknowledged", "acknowledged", "closed", "firing", "firing"],
    ]
    assert details[1]["measures"] == REPLY["measures"]
    assert (details[5]["reply_due"], details[8]["org"]) == ("2021-06-01", "customs")
    assert {one["subject"] for one in answered.audited()} == {answered.alert["id"]}
    assert {one["details"]["number"] for one in answered.audited()} == {answered.alert["number"]}
    assert {one["time"] for one in answered.audited()} == {AT}
    assert answered.walked() == Verification(9, None)


def test_a_revocation_has_its_reason(answered: Answered) -> None:
    assert answered.do("revoke", reason="录入有误").status_code == 200
    (one,) = answered.audited()
    assert (one["act"], one["details"]["reason"], one["details"]["comment"]) == (
        "alert.revoked",
        "录入有误",
        None,
    )


def test_a_step_that_was_refused_is_not_there(answered: Answered) -> None:
    assert answered.do("close", comment="x").status_code == 422
    assert answered.do("reopen", reason="x").status_code == 409
    assert answered.do("reply", "finance", **REPLY).status_code == 403
    assert answered.do("revoke", "tax", reason="x").status_code == 403
    assert answered.audited() == []
