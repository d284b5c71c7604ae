"""The pages of daily work as a browser asks for them, without one: read as trees, forms sent."""

from dataclasses import replace
from urllib.parse import urlencode

import httpx

from duibiao.web.access import Person
from tests.service.board.html import Element, read
from tests.service.indicators.service import IndicatorsService
from tests.service.web.browser import FORM
from tests.support import asgi
from tests.support.registers import TAX

DUTY = Person(id="p1", name="赵值班", org=None, position="duty-officer")
CLERK = Person(id="p2", name="钱报送", org=TAX, position="reporter")


def with_people(service: IndicatorsService) -> IndicatorsService:
    """Let people in, besides the machines' keys: an officer on duty, and a unit's clerk."""
    service.app.keyring = asgi.KnownKeys(
        office=asgi.OFFICE,
        auditor=asgi.AUDITOR,
        admin=asgi.ADMIN,
        tax=asgi.TAX,
        customs=asgi.CUSTOMS,
        duty=replace(asgi.OFFICE, person=DUTY),
        clerk=replace(asgi.TAX, person=CLERK),
    )
    return service


def page(service: IndicatorsService, path: str, key: str = "office") -> Element:
    answer = service.calls(key).get(f"/board/{path}")
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return read(answer.text)


def rows(shown: Element, table: str) -> dict[str, str]:
    """Return the texts of a table's rows by the texts of their heads."""
    found = [row for one in shown.with_class(table) for row in one.one("tbody").all("tr")]
    return {row.one("th").text: " ".join(cell.text for cell in row.all("td")) for row in found}


def send(
    service: IndicatorsService, path: str, key: str, back: str, **fields: str
) -> httpx.Response:
    """Send a form of the page `back`."""
    body = urlencode({"next": f"/board/{back}", **fields}).encode()
    return service.calls(key).post(f"/board/{path}", content=body, headers=FORM)


def done(answer: httpx.Response, back: str) -> None:
    """The form was taken: the browser is led back to its page."""
    assert answer.status_code == 303, answer.text[:2000]
    assert answer.headers["location"] == f"/board/{back}"


def faults(answer: httpx.Response, status: int = 422) -> dict[str, str]:
    """Return what a page says is wrong, by the fields of its form."""
    assert answer.status_code == status, answer.text[:500]
    shown = read(answer.text)
    at_fields = {one.attributes["id"][2:]: one.text for one in shown.with_class("wrong")}
    return at_fields or {"": shown.with_class("errors")[0].all("li")[0].text}
