"""No secret comes back in an answer or goes into a log.

Every run of tests ends with the same scan of all logs that its processes made (tests/conftest.py).
"""

import base64
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from duibiao.core.keys import checksum, new_key
from tests.support.asgi import bearer
from tests.support.commands import asked
from tests.support.leaks import leaks_below, leaks_in, logs_below, secrets_below
from tests.support.product import Product
from tests.support.receiver import SECRET_TEXT, Answer, LocalReceiver
from tests.support.waiting import until

BREACH = {"indicator": "export-rebate-days", "period": "2021Q4", "value": 5.51, "sample_size": 9}


def provoke(product: Product, text: str) -> list[httpx.Response]:
    """Put a secret wherever a careless programmer could."""
    client, office = product.client, product.key("office")
    basic = base64.b64encode(f"{text}:{text}".encode()).decode()
    row = {**BREACH, "comment": text, "org": text, "region": text, text: text}
    return [
        client.get("/v1/submissions", headers={"Authorization": text}),
        client.get("/v1/submissions", headers={"Authorization": f"Bearer {text}x"}),
        client.get("/v1/submissions", headers={"Authorization": f"Bearer {text[:-1]}"}),
        client.get("/v1/submissions", headers={"Authorization": f"Basic {basic}"}),
        client.get("/v1/verdicts", params={"org": text, "status": text, text: "1"}, headers=office),
        client.get("/v1/alerts", params={"target": text, "cursor": text}, headers=office),
        client.get(f"/v1/submissions/{text}", headers=office),
        client.get(f"/v1/alerts/{text}", headers=office),
        client.get(f"/{text}/{text}", headers=office),
        client.get(f"/problems/{text}"),
        client.request("TRACE", f"/v1/{text}"),
        client.get("/v1/keys", params={"org": text, "state": text}, headers=product.key("admin")),
        client.post(f"/v1/keys/{text}/revoke", headers=product.key("admin")),
        client.post("/v1/keys", json={"role": text, "org": text}, headers=product.key("admin")),
        product.post("observations", "tax-bureau", row),
        product.post("observations", "tax-bureau", [text, row]),
        product.post("cases", "tax-bureau", row, params={"mode": text, "dry_run": text}),
        product.post("cases", "tax-bureau", row, headers={"Idempotency-Key": f"{text} {text}"}),
        product.post("cases", "tax-bureau", row, headers={"X-Request-Id": text}),
        client.post(
            "/v1/observations",
            content=f"indicator,{text}\n{text},{text}\n".encode(),
            headers={**product.key("tax-bureau"), "Content-Type": f"text/csv; charset={text}"},
        ),
    ]


def forged(text: str) -> str:
    """Return a key with the id of a good one, another secret and a right checksum."""
    body = text[:16] + new_key().text[16:59]
    return body + checksum(body)


def refused(product: Product, text: str) -> bool:
    answer = product.client.get("/v1/submissions", headers={"Authorization": bearer(text)})
    return answer.status_code == httpx.codes.UNAUTHORIZED


def test_no_secret_comes_back_in_an_answer_or_goes_into_a_log(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    with LocalReceiver(Answer(500), Answer(410)) as receiver:
        settings = {
            "DUIBIAO_LOG_LEVEL": "DEBUG",
            "DUIBIAO_RECEIVERS": str(receiver.file(state)),
            "DUIBIAO_RECEIVER_ALLOW": "127.0.0.1",
        }
        with Product(state, settings=settings) as product:
            made = asked(state, "keys", "create", "--role", "office")
            for text in (product.keys["office"], made["key"], forged(made["key"])):
                for answer in provoke(product, text):
                    assert leaks_in(answer.text, [text[16:]]) == [], answer.request.url
                    assert leaks_in(repr(answer.headers), [text[16:]]) == [], answer.request.url
            with pytest.raises(AssertionError):
                asked(state, "keys", "revoke", made["key"])
            asked(state, "keys", "revoke", made["id"])
            until(lambda: refused(product, made["key"]), what="the revoked key is refused")
            product.post("observations", "tax-bureau", BREACH)
            receiver.wait_for(2)
            product.settled()
            assert product.stop() == 0
    assert SECRET_TEXT.removeprefix("whsec_") in secrets_below(tmp_path)
    assert len(secrets_below(tmp_path)) > 30, "every dev key, and the receiver's"
    assert [path.name for path in logs_below(tmp_path)] == ["output.txt"]
    log = product.output.read_text("utf-8")
    assert len(log.splitlines()) > 10
    assert made["id"] not in log or f"dbk_{made['id']}***" in log
    assert leaks_in(log, [made["key"][16:]]) == []
    assert leaks_below(tmp_path) == {}


def test_a_leak_would_be_found() -> None:
    text, other = new_key().text, new_key().text
    files = {
        "a/dev-keys.json": f'{{"office": "{text}", "orgs": {{}}}}',
        "desk.secret": SECRET_TEXT + "\n",
        "fine.txt": f"dbk_{text[4:16]}*** did it\n",
        "halved.log": f"the rest is {text[16:]}\n",
        "strange.jsonl": f'{{"key": "{other}"}}\n',
        "hook.out": f"signing with {SECRET_TEXT[6:]}\n",
        "mistyped.err": other[:-1] + "é\n",
    }
    with TemporaryDirectory() as name:  # not where the scan below would find it
        for path, content in files.items():
            (Path(name) / path).parent.mkdir(exist_ok=True)
            (Path(name) / path).write_text(content, "utf-8")
        leaks = leaks_below(Path(name))
    assert sorted(leaks) == ["halved.log", "hook.out", "strange.jsonl"]
    assert not any(text[16:] in leak for found in leaks.values() for leak in found)
