"""Who acts on an alert is named: in its history, in the audit chain, and not on the topic."""

from pathlib import Path

import pytest

from duibiao.web.access import Person, caller_as
from tests.service.alerts.over_http import Alerts
from tests.support.asgi import OFFICE, Calls, KnownKeys

HEAD = Person(id="p-1", name="张三", org="tax-bureau", position="head")


def test_history_and_audit_name_the_person(
    each_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert each_database
    alerts = Alerts(tmp_path)
    app = alerts.service.app
    monkeypatch.setattr(app, "keyring", KnownKeys(head=caller_as(HEAD), office=OFFICE))
    alert_id = alerts.breach()["id"]
    assert Calls(app, "head").post(f"/v1/alerts/{alert_id}/acknowledge").status_code == 200
    answer = Calls(app, "office").post(f"/v1/alerts/{alert_id}/revoke", json={"reason": "误填"})

    steps = [(one["step"], one["actor"], one["person"]) for one in answer.json()["history"]]
    assert steps == [
        ("opened", "duibiao", None),
        ("acknowledged", "tax-bureau", "张三"),
        ("revoked", "office", None),
    ]
    audited = Calls(app, "office").get("/v1/audit/alerts").json()["items"]
    assert [one["actor"] for one in audited][-2:] == [
        "/org/tax-bureau/p-1/张三",
        "office000001/office/",
    ]
    alerts.close()
