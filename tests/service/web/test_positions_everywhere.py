"""What positions may not do, asked of every operation that the description names."""

from collections.abc import Iterator

import httpx
import pytest

from duibiao.web.access import ROLE_OF, Position
from duibiao.web.keys import Wanted
from duibiao.web.people import NewPerson
from tests.service.web.whole_process import running
from tests.support.asgi import bearer

ALERT = "/v1/alerts/{alert_id}"
REFUSED: dict[Position, set[str]] = {
    "reporter": {
        *(f"{ALERT}/{act}" for act in ("acknowledge", "reply", "appeal", "files")),
        "/v1/reviews/{org}/{period}/submit",
    },
    "duty-officer": {
        *(f"{ALERT}/{act}" for act in ("revoke", "reopen", "reject-appeal")),
        "/v1/waivers/{waiver_id}/approve",
        "/v1/closings",
        "/v1/closings/{period}/reopen",
        *(f"/v1/floods/{{flood_id}}/{act}" for act in ("release", "withdraw")),
    },
    "head": set(),
    "office-head": set(),
    "auditor": set(),
    "admin": set(),
}


@pytest.fixture(scope="module")
def product(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[httpx.Client, dict[Position, str]]]:
    with running(tmp_path_factory.mktemp("installation")) as (installation, process):
        access, keys = installation.keyring, dict[Position, str]()
        for position, role in ROLE_OF.items():
            org = "tax-bureau" if role == "org" else None
            row = access.people.create(NewPerson(position, position, org))
            keys[position] = access.keys.create(Wanted(org, role, person=row.id)).text
        with httpx.Client(base_url=f"http://127.0.0.1:{process.port}", trust_env=False) as client:
            yield client, keys


@pytest.mark.parametrize("position", REFUSED)
def test_a_position_is_refused_exactly_what_the_table_says(
    product: tuple[httpx.Client, dict[Position, str]], position: Position
) -> None:
    client, keys = product
    paths = client.get("/openapi.json").json()["paths"]
    found = set()
    for path, methods in paths.items():
        for method in methods:
            headers = {"Authorization": bearer(keys[position])}
            asked = path.replace("{", "").replace("}", "")
            answer = client.request(method, asked, headers=headers)
            if "position-not-allowed" in answer.text:
                assert (method, answer.status_code) == ("post", 403)
                found.add(path)
    assert found == REFUSED[position]
