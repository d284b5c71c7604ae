"""A breach that the next value overwrites within 10 ms is judged and alerted all the same.

A scrape sees what stands every few seconds and would have missed it.
"""

import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from duibiao.register import Target
from tests.support.product import Row
from tests.support.registers import the_register
from tests.support.shapes import ONE_ON_SQLITE, THREE_ON_POSTGRES, Kind, Shape, running
from tests.support.waiting import until

WITHIN = 0.010  # seconds
BAD, GOOD, STILL_GOOD = 400, 1, "0.9"
LIMITED = [t for t in the_register().targets if t.unit == "workday" and t.op == "<="]


SHAPES = [
    pytest.param(ONE_ON_SQLITE, id=ONE_ON_SQLITE.name),
    pytest.param(THREE_ON_POSTGRES, id=THREE_ON_POSTGRES.name, marks=pytest.mark.soak),
]


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shape]:
    kind: Kind = request.param
    with running(kind, tmp_path / "state", request.getfixturevalue) as shape:
        yield shape


def two_at_once(shape: Shape, target: Target) -> tuple[float, str, str]:
    """Post the bad and the good value on two lines that are open.

    Return how many seconds the posts were apart, and their submissions.
    """
    reporter = the_register().indicators[target.indicator].reported_by[0]
    url = httpx.URL(shape.url_of("/v1/observations"))
    headers = shape.key(reporter) | {"Content-Type": "application/json"}
    lines = [HTTPConnection(url.host, url.port or 80, timeout=60) for _ in range(2)]
    for line in lines:
        line.request("GET", "/livez")
        line.getresponse().read()
    posted = []
    for line, value in zip(lines, (BAD, GOOD), strict=True):
        row = {"indicator": target.indicator, "period": "2021Q4", "value": value}
        posted.append(time.perf_counter())
        line.request("POST", url.path, json.dumps(row), headers)
        time.sleep(0.004)  # so that they come in this order, mostly
    bad, good = (json.load(line.getresponse())["submission_id"] for line in lines)
    for line in lines:
        line.close()
    return posted[1] - posted[0], bad, good


def recovered(shape: Shape, target: Target) -> Row | None:
    alerts = shape.items(f"/v1/alerts?target={target.id}")
    return next((alert for alert in alerts if alert["recovered_at"]), None)


def test_a_breach_of_ten_milliseconds_has_its_alert(shape: Shape) -> None:
    found = 0
    for target in LIMITED:
        apart, bad, good = two_at_once(shape, target)
        for submission in (bad, good):
            shape.evaluated(submission)
        if bad > good or apart > WITHIN:
            continue  # a busy machine: the next target
        found += 1
        reporter = the_register().indicators[target.indicator].reported_by[0]
        row = {"indicator": target.indicator, "period": "2021Q4", "value": float(STILL_GOOD)}
        shape.evaluated(shape.post("observations", reporter, row).json()["submission_id"])

        assert shape.verdict(target.id, "2021Q4")["value"] == float(STILL_GOOD)
        alert = until(lambda t=target: recovered(shape, t), what=f"{target.id} has recovered")  # type: ignore[misc]
        assert alert["state"] == "firing"
        assert alert["colour"] in ("yellow", "red")
        assert [(one["old"], one["new"]) for one in alert["restated"]] == [(BAD, float(STILL_GOOD))]
        steps = shape.get(f"/v1/alerts/{alert['id']}").json()["history"]
        assert [step["step"] for step in steps] == ["opened", "recovered"]
    assert found
