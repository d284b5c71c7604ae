"""Files of replies over HTTP: who may add one, who may read it, and what a reply says of it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from services.alerts.settings import AlertsSettings
from tests.service.alerts.over_http import Alerts, codes
from tests.service.alerts.service import REPLY
from tests.unit.ingest.evidence_samples import DOCX, PDF, docx, pdf

NAME = "整改报告.pdf"


@pytest.fixture
def alerts(each_database: str, tmp_path: Path) -> Iterator[Alerts]:
    assert each_database
    alerts = Alerts(tmp_path)
    with alerts.service:
        yield alerts
    alerts.close()


def upload(
    alerts: Alerts, alert_id: str, key: str = "tax", content: bytes = b"", name: str = NAME
) -> httpx.Response:
    return alerts.service.calls(key).post(
        f"/v1/alerts/{alert_id}/files?name={quote(name)}",
        content=content or pdf(),
        headers={"Content-Type": PDF},
    )


def uploaded(alerts: Alerts, alert_id: str, key: str = "tax", content: bytes = b"") -> str:
    answer = upload(alerts, alert_id, key, content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sha256"])


def got(alerts: Alerts, alert_id: str, sha256: str, key: str | None) -> int:
    return alerts.get(f"/v1/alerts/{alert_id}/files/{sha256}", key).status_code


def replied(alerts: Alerts, alert_id: str, *files: str, key: str = "tax") -> dict[str, Any]:
    answer = alerts.post(f"{alert_id}/reply", key, **REPLY, files=list(files))
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_a_file_is_uploaded_named_and_shown_with_the_reply(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    answer = upload(alerts, alert_id)
    sha256 = hashlib.sha256(pdf()).hexdigest()
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "sha256": sha256,
        "org": "tax-bureau",
        "name": NAME,
        "type": PDF,
        "size": len(pdf()),
        "uploaded_at": "2021-04-16T04:00:00Z",
    }
    assert upload(alerts, alert_id).json() == answer.json()

    shown = replied(alerts, alert_id, sha256, "会议纪要（纸质）")
    files = [
        {"name": NAME, "sha256": sha256, "type": PDF, "size": len(pdf())},
        {"name": "会议纪要（纸质）", "sha256": None, "type": None, "size": None},
    ]
    assert shown["replies"][0]["files"] == files
    assert shown["history"][-1]["reply"]["files"] == files
    found = alerts.get(f"/v1/alerts/{alert_id}/files/{sha256}", "auditor")
    assert found.content == pdf()
    assert found.headers["content-type"] == PDF
    assert found.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(NAME)}"
    assert found.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_an_address_names_a_file_too(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    sha256 = uploaded(alerts, alert_id)
    shown = replied(alerts, alert_id, f"/v1/alerts/{alert_id}/files/{sha256}")
    assert shown["replies"][0]["files"][0]["name"] == NAME


def test_what_was_not_uploaded_to_this_alert_by_its_sender_is_refused(alerts: Alerts) -> None:
    alert_id, other = alerts.breach()["id"], alerts.breach("T02")["id"]
    ours, elsewhere = uploaded(alerts, alert_id), uploaded(alerts, other, content=pdf("other"))
    theirs = uploaded(alerts, alert_id, "customs", pdf("theirs"))
    refused = [elsewhere, f"/v1/alerts/{other}/files/{ours}", theirs, "0" * 64]

    answer = alerts.post(f"{alert_id}/reply", "tax", **REPLY, files=[ours, *refused])

    assert (answer.status_code, set(codes(answer))) == (422, {"invalid-value"})
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == [f"/files/{index}" for index in range(1, 5)]
    assert alerts.service.alerts(target="T01")[0]["state"] == "firing"


def test_who_may_read_a_file(alerts: Alerts) -> None:
    """T01 has two leads, tax and customs; what one writes the other does not read."""
    alert_id = alerts.breach()["id"]
    sha256 = uploaded(alerts, alert_id)
    readers = ("tax", "office", "auditor")
    for key in (*readers, "customs", "finance", "admin", None):
        status = {"admin": 403, None: 401}.get(key, 200 if key in readers else 404)
        assert got(alerts, alert_id, sha256, key) == status, key
    replied(alerts, alert_id, sha256)
    assert got(alerts, alert_id, sha256, "tax") == 200
    assert got(alerts, alert_id, sha256, "customs") == 404
    assert got(alerts, alerts.breach("T02")["id"], sha256, "office") == 404
    assert got(alerts, "nothing", sha256, "office") == 404


def test_a_unit_reads_what_the_office_added_to_its_reply_on_paper(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    sha256 = uploaded(alerts, alert_id, "office")
    assert got(alerts, alert_id, sha256, "tax") == 404
    replied(alerts, alert_id, sha256, key="office")
    assert [got(alerts, alert_id, sha256, key) for key in ("tax", "customs", "finance")] == [
        *(200, 200, 404)
    ]


def test_who_may_add_a_file_and_until_when(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    keys = ("finance", "auditor", "admin")
    assert [upload(alerts, alert_id, key).status_code for key in keys] == [403, 403, 403]
    assert upload(alerts, "nothing").status_code == 404
    alerts.post(f"{alert_id}/revoke", reason="误填")
    answer = upload(alerts, alert_id)
    assert (answer.status_code, codes(answer)) == (409, ["wrong-state"])


def test_files_are_checked_like_evidence(alerts: Alerts) -> None:
    alert_id = alerts.breach()["id"]
    refused = upload(alerts, alert_id, content=b"<script>")
    assert (refused.status_code, codes(refused)) == (422, ["file-not-as-declared"])
    headers = {"Content-Type": DOCX}
    path = f"/v1/alerts/{alert_id}/files?name=a.docx"
    macros = docx("word/vbaProject.bin")
    answer = alerts.service.calls("tax").post(path, content=macros, headers=headers)
    assert codes(answer) == ["file-macros"]
    text = alerts.service.calls("tax").post(path, content=b"x", headers={"Content-Type": "a/b"})
    assert text.status_code == 415


def test_how_large_a_file_may_be(alerts: Alerts) -> None:
    alert_id, most = alerts.breach()["id"], AlertsSettings().max_file_bytes
    body = pdf() + b"\n" * (most - len(pdf()))
    sha256 = uploaded(alerts, alert_id, content=body)
    assert len(alerts.get(f"/v1/alerts/{alert_id}/files/{sha256}", "tax").content) == most
    answer = upload(alerts, alert_id, content=body + b"\n")
    assert (answer.status_code, codes(answer)) == (413, ["too-large"])
    plain = alerts.service.calls("tax").post(f"/v1/alerts/{alert_id}/reply", content=body)
    assert plain.status_code == 413
