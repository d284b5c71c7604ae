"""The pages of alerts as a browser asks for them, without one: read as trees, forms sent."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.service.alerts.over_http import Alerts
from tests.service.board.html import Element, read

Upload = tuple[str, bytes]


@contextmanager
def made(folder: Path) -> Iterator[Alerts]:
    alerts = Alerts(folder)
    with alerts.service:
        yield alerts
    alerts.close()


def page(alerts: Alerts, path: str, key: str = "tax", *, status: int = 200) -> Element:
    answer = alerts.service.calls(key).get(path)
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return read(answer.text)


def sections(shown: Element) -> dict[str, list[str]]:
    """Return the numbers of the alerts of each section of a page, by its heading."""
    return {
        part.one("h2").text.rpartition(" ")[0]: [
            link.text for link in part.with_class("code") if link.tag == "a"
        ]
        for part in shown.all("section")
        if part.all("h2") and part.all("h2")[0].all("span")
    }


def send(
    alerts: Alerts,
    path: str,
    key: str,
    files: Sequence[Upload] = (),
    **fields: Any,  # noqa: ANN401 - of a form
) -> httpx.Response:
    """Send a form as browsers do: with files, and field by field."""
    parts = [("files", (name, content)) for name, content in files]
    parts = parts or [("files", ("", b""))]  # as a browser sends an empty choice
    request = httpx.Request("POST", "http://test", data=fields, files=parts)
    body, kind = request.read(), request.headers["content-type"]
    return alerts.service.calls(key).post(path, content=body, headers={"Content-Type": kind})


def act(
    alerts: Alerts,
    alert_id: str,
    action: str,
    key: str,
    *files: Upload,
    **fields: Any,  # noqa: ANN401 - of a form
) -> httpx.Response:
    """Send a form of a card, in the version that the card has now unless another is given."""
    sent = {"version": version(alerts, alert_id), **fields}
    return send(alerts, f"/board/alerts/{alert_id}/{action}", key, files, **sent)


def version(alerts: Alerts, alert_id: str) -> str:
    return alerts.get(f"/v1/alerts/{alert_id}").headers["etag"].strip('"')


def done(answer: httpx.Response, alert_id: str) -> None:
    """The form was taken: the browser is led back to the card."""
    assert answer.status_code == 303, answer.text[:2000]
    assert answer.headers["location"] == f"/board/alerts/{alert_id}"


def faults(answer: httpx.Response, status: int = 422) -> dict[str, str]:
    """Return what a page says is wrong, by the fields of its form."""
    assert answer.status_code == status, answer.text[:2000]
    shown = read(answer.text)
    at_fields = {one.attributes["id"][2:]: one.text for one in shown.with_class("wrong")}
    if at_fields:
        return at_fields
    return {"": shown.with_class("errors")[0].all("li")[0].text}
