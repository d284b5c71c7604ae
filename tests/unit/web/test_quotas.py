"""Token buckets by a clock set by hand, and the fields that tell how one stands."""

import asyncio

import pytest
from starlette.types import Message, Scope

from duibiao.web.access import Caller
from duibiao.web.exchange import Exchange
from duibiao.web.problems import Problem
from duibiao.web.quotas import Policy, Quota, Quotas, counted_as
from tests.support.asgi import OFFICE, TAX

REQUESTS = Policy("requests", ("requests", "次请求"), 10, 2.0)
ROWS = Policy("rows", ("rows", "行"), 1_000, 300.0)


class Seconds:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_a_burst_and_not_one_more(seconds: Seconds) -> None:
    quota = Quota(REQUESTS, seconds)
    assert [quota.take("us") for _ in range(11)] == [0] * 10 + [1]
    assert quota.take("them") == 0


def test_what_is_taken_comes_back_at_the_rate(seconds: Seconds) -> None:
    quota = Quota(REQUESTS, seconds)
    assert quota.take("us", 10) == 0
    seconds.now += 0.49
    assert quota.take("us") == 1
    seconds.now += 0.01
    assert quota.take("us") == 0
    seconds.now += 1.5  # three more
    assert quota.take("us", 4) == 1
    assert quota.take("us", 3) == 0


def test_a_refusal_takes_nothing(seconds: Seconds) -> None:
    quota = Quota(REQUESTS, seconds)
    quota.take("us", 7)
    assert quota.take("us", 4) == 1
    assert quota.remaining("us") == (3, 4)  # 7 of 10 are missing, 2 come in a second
    assert quota.take("us", 3) == 0


def test_a_charge_is_taken_and_owed(seconds: Seconds) -> None:
    quota = Quota(REQUESTS, seconds)
    quota.charge("us", 13)
    assert quota.remaining("us") == (0, 7)  # 13 of 10 are missing, 2 come in a second
    assert (quota.take("us", 0), quota.wait("us")) == (2, 2)
    assert quota.take("them", 10) == 0
    seconds.now += 1.5
    assert (quota.take("us", 0), quota.take("us"), quota.wait("us")) == (0, 1, 1)


def test_a_bucket_is_never_more_than_full(seconds: Seconds) -> None:
    quota = Quota(REQUESTS, seconds)
    assert quota.remaining("us") == (10, 0)
    seconds.now += 1_000
    assert quota.remaining("us") == (10, 0)


def test_the_wait_that_is_told_is_long_enough_and_not_a_second_longer(seconds: Seconds) -> None:
    quota = Quota(ROWS, seconds)
    quota.take("us", 1_000)
    wait = quota.take("us", 700)
    assert wait == 3  # 700 at 300 a second
    seconds.now += wait - 1
    assert quota.take("us", 700) > 0
    seconds.now += 1
    assert quota.take("us", 700) == 0


def test_more_than_a_full_bucket_is_given_once_and_owed(seconds: Seconds) -> None:
    quota = Quota(ROWS, seconds)
    assert quota.take("us", 1_600) == 0
    assert quota.remaining("us") == (0, 6)
    assert quota.wait("us") == 3  # 601 at 300 a second
    seconds.now += 2
    assert quota.take("us", 1) == 1
    seconds.now += 1
    assert quota.take("us", 1) == 0
    assert quota.wait("us") == 0


def test_an_org_has_one_quota_for_all_its_keys_and_every_role_has_its_own() -> None:
    assert counted_as(TAX) == counted_as(Caller(TAX.org, "org", "another")) == "tax-bureau"
    assert counted_as(OFFICE) == "office"


async def answered(scope: Scope) -> dict[bytes, bytes]:
    """Return the headers of limits that the answer to a request has."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await Exchange(scope, send)({"type": "http.response.start", "status": 200})
    (start,) = sent
    return {name: value for name, value in start["headers"] if name.startswith(b"ratelimit")}


def asked() -> Scope:
    return {"type": "http", "headers": [], "state": {}}


def test_the_fields_of_an_answer(seconds: Seconds) -> None:
    rows = Quota(ROWS, seconds)
    scope = asked()
    assert Quotas(Quota(REQUESTS, seconds), rows).enter(TAX, scope) == counted_as(TAX)
    rows.take("tax-bureau", 301)
    assert asyncio.run(answered(scope)) == {
        b"ratelimit-policy": b'"requests";q=10;w=5;qu="requests", "rows";q=1000;w=4;qu="rows"',
        b"ratelimit": b'"requests";r=9;t=1, "rows";r=699;t=2',
    }


def test_an_answer_to_nobody_known_has_no_such_fields() -> None:
    assert asyncio.run(answered(asked())) == {}


@pytest.mark.parametrize(
    ("taken", "wait"), [({"requests": 10}, "1"), ({"rows": 1_300}, "2"), ({"rows": 1_000}, "1")]
)
def test_one_too_many_is_told(seconds: Seconds, taken: dict[str, int], wait: str) -> None:
    quotas = {"requests": Quota(REQUESTS, seconds), "rows": Quota(ROWS, seconds)}
    for name, amount in taken.items():
        quotas[name].take("tax-bureau", amount)
    scope = asked()
    with pytest.raises(Problem) as caught:
        Quotas(*quotas.values()).enter(TAX, scope)
    assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": wait})
    (fault,) = caught.value.faults
    (unit,) = taken
    assert unit in fault.message
    assert asyncio.run(answered(scope))[b"ratelimit"]


def test_a_request_refused_for_its_rows_is_not_counted(seconds: Seconds) -> None:
    requests, rows = Quota(REQUESTS, seconds), Quota(ROWS, seconds)
    rows.take("tax-bureau", 1_000)
    with pytest.raises(Problem):
        Quotas(requests, rows).enter(TAX, {"state": {}})
    assert requests.remaining("tax-bureau") == (10, 0)
