"""The client over a transport of its own: what goes over the wire, and what comes back."""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from duibiao.client import Client, Refused, Unavailable, Unexpected
from tests.service.client.fake_product import StandIn, Time, cases, client

URL = "http://example.invalid"


def test_a_request_on_the_wire() -> None:
    product = StandIn()

    with client(product) as sending:
        sending.submit("cases", {"case_no": "1"}, idempotency_key="mine")

    (request,) = product.requests
    assert str(request.url) == URL + "/v1/cases?mode=atomic"
    assert request.headers["authorization"] == "Bearer key"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == "mine"
    assert request.headers["user-agent"].startswith("duibiao-client/")
    assert request.headers["content-length"] == str(len(request.content))
    assert "content-encoding" not in request.headers
    assert request.content == b'[{"case_no":"1"}]'


@pytest.mark.parametrize("kind", ["observations", "cases", "progress-reports"])
def test_each_kind_has_a_path(kind: Any) -> None:  # noqa: ANN401
    product = StandIn()

    client(product).submit(kind, cases([1]), mode="partial", dry_run=True)

    assert product.requests[0].url.raw_path == f"/v1/{kind}?mode=partial&dry_run=true".encode()


def test_a_figure_keeps_its_digits_on_the_wire() -> None:
    product = StandIn()

    client(product).submit("observations", {"case_no": "1", "value": Decimal("5.50")})

    assert product.requests[0].content == b'[{"case_no":"1","value":5.50}]'


def test_a_file_goes_as_utf_8(tmp_path: Path) -> None:
    product = StandIn()
    path = tmp_path / "a.csv"
    path.write_bytes("case_no,comment\n1,中国\n".encode("gb18030"))

    receipt = client(product).submit("cases", path)

    assert receipt.accepted == 1
    assert product.requests[0].headers["content-type"] == "text/csv; charset=utf-8"
    assert product.requests[0].content.decode() == "case_no,comment\n1,中国\n"


def test_long_bodies_are_compressed_and_equal_ones_stay_equal() -> None:
    product = StandIn(most_rows=100_000)
    many = cases(range(10_000))

    client(product).submit("cases", many, idempotency_key="mine")
    again = client(product).submit("cases", many, idempotency_key="mine")

    first, second = product.requests
    assert first.headers["content-encoding"] == "gzip"
    assert first.content == second.content
    assert json.loads(gzip.decompress(first.content)) == many
    assert again.replayed


def test_every_call_has_a_key_of_its_own_and_every_try_the_same() -> None:
    product, time = StandIn(accidents=["lost", "503", "unheard"]), Time()

    with client(product, retries=time.retries()) as sending:
        first = sending.submit("cases", cases([1]))
        sending.submit("cases", cases([2]))

    used = [request.headers["idempotency-key"] for request in product.requests]
    assert used[:4] == [used[0]] * 4
    assert used[4] != used[0]
    assert first.replayed
    assert [reason.partition(":")[0] for reason in time.reasons] == [
        "ConnectError",
        "HTTP 503, trace_id trace-1",
        "ReadError",
    ]
    assert product.effects == {"1": 1, "2": 1}


def test_the_waits_are_slept() -> None:
    product, time = StandIn(accidents=["503"]), Time()

    client(product, retries=time.retries()).submit("cases", cases([1]))

    # Asked to wait one second; half of half of the first wait of 0.25 s is put on it.
    assert time.waits == [1.0625]


def test_a_refusal_is_raised_with_every_error() -> None:
    numbers = [f"bad-{number}" for number in range(20)]

    with pytest.raises(Refused) as refused:
        client(StandIn()).submit("cases", cases([*numbers, "good"]))

    assert [error.index for error in refused.value.errors] == list(range(20))
    assert {error.message_zh for error in refused.value.errors} == {"此处bad-time。"}


def test_a_wrong_key_is_refused_at_once() -> None:
    product = StandIn()

    with pytest.raises(Refused, match="401 unauthenticated"):
        client(product, key="wrong").submit("cases", cases([1]))

    assert len(product.requests) == 1


def test_an_unavailable_product_is_given_up() -> None:
    product = StandIn(accidents=["lost"] * 100)

    with pytest.raises(Unavailable, match="nobody listens"):
        client(product, patience=0.0).submit("cases", cases([1]))


def test_another_server_is_noticed() -> None:
    def serve(_: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "http://other.invalid/"})

    sending = Client(URL, "key", transport=httpx.MockTransport(serve))

    with pytest.raises(Unexpected, match="302"):
        sending.submit("cases", cases([1]))


def test_a_submission_is_asked_for_by_its_id() -> None:
    product = StandIn()
    sending = client(product)
    submitted = sending.submit("cases", cases([1, 2]))
    assert submitted.submission_id is not None

    receipt = sending.evaluated(submitted)

    assert (receipt.state, receipt.accepted, receipt.duplicate) == ("evaluated", 2, 0)
    assert sending.submission(submitted) == receipt
    assert sending.submission(submitted.submission_id) == receipt


def test_a_dry_run_leaves_nothing_to_ask_for() -> None:
    sending = client(StandIn())
    checked = sending.submit("cases", cases([1]), dry_run=True)

    with pytest.raises(ValueError, match="dry run"):
        sending.evaluated(checked)


def test_an_id_cannot_leave_its_path() -> None:
    product = StandIn()

    with pytest.raises(Refused, match="404"):
        client(product).submission("../keys?all=1")

    assert product.requests[0].url.raw_path == b"/v1/submissions/..%2Fkeys%3Fall%3D1"


def test_final_counts_that_do_not_come_in_time() -> None:
    def serve(_: httpx.Request) -> httpx.Response:
        told = {"submission_id": "1", "state": "accepted"}
        return httpx.Response(200, json=told | {"received": 1, "accepted": 1, "rejected": 0})

    transport = httpx.MockTransport(serve)
    sending = Client(URL, "key", transport=transport, retries=Time().retries())

    with pytest.raises(Unavailable, match="not evaluated yet"):
        sending.evaluated("1", within=60.0)


@pytest.mark.parametrize(
    "url", ["example.invalid", "ftp://example.invalid", "http://", "", "file:///etc/passwd"]
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        client(StandIn(), url=url)


def test_an_address_with_a_path_and_a_slash() -> None:
    product = StandIn()

    client(product, url=URL + "/duibiao/").submit("cases", cases([1]))

    assert product.requests[0].url.path == "/duibiao/v1/cases"


@pytest.mark.parametrize("key", ["", "two words", "a\nb", "密钥", "a\x00"])
def test_a_key_that_is_none_is_not_shown(key: str) -> None:
    with pytest.raises(ValueError, match="key") as error:
        client(StandIn(), key=key)

    assert not key or key not in str(error.value)


@pytest.mark.parametrize("key", [" ", "a b", "ü", "x" * 256, "a\n"])
def test_an_idempotency_key_that_no_header_can_hold(key: str) -> None:
    with pytest.raises(ValueError, match="Idempotency-Key"):
        client(StandIn()).submit("cases", cases([1]), idempotency_key=key)
