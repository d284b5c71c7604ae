"""One submission with a row of every outcome, to see that it is counted as it was answered.

Counters of a process begin at 0 when it starts, so what was counted before a kill cannot be added
up afterwards. This is counted from end to end by processes that live.
"""

from itertools import count

import httpx

from tests.support.product import Installation, Row
from tests.support.registers import the_register
from tests.support.waiting import until

PROBE = "probe-"

EXPECTED = {"accepted": 1, "duplicate": 1, "revised": 1, "rejected": 1}

_HOTLINE = the_register().indicators["hotline-resolution-rate"]

_ORG = _HOTLINE.reported_by[0]

_numbers = count(1)


def probed(product: Installation) -> list[str]:
    """Post one, on top of another; return what is wrong with what became of it, in words."""
    first, second = _cases(product)
    product.evaluated(product.post("cases", _ORG, first).json()["submission_id"])
    before = _counted(product)
    answer = product.post("cases?mode=partial", _ORG, second)
    if answer.status_code != httpx.codes.MULTI_STATUS:
        return [f"the probe was answered {answer.status_code}: {answer.text}"]
    receipt = product.evaluated(answer.json()["submission_id"])
    told = {outcome: receipt[outcome] for outcome in EXPECTED}
    if told != EXPECTED or receipt["received"] != sum(EXPECTED.values()):
        return [f"the probe became {receipt}, not {EXPECTED}"]
    try:
        until(lambda: _since(product, before) == EXPECTED, seconds=5, what="the probe is counted")
    except AssertionError:
        return [f"metrics count the probe as {_since(product, before)}, not {EXPECTED}"]
    return []


def _since(product: Installation, before: dict[str, float]) -> dict[str, float]:
    return {outcome: number - before[outcome] for outcome, number in _counted(product).items()}


def _counted(product: Installation) -> dict[str, float]:
    metrics = product.metrics()
    series = 'duibiao_rows_total{{org="{}",result="{}"}}'
    return {outcome: metrics.get(series.format(_ORG, outcome), 0.0) for outcome in EXPECTED}


def _cases(product: Installation) -> tuple[list[Row], list[Row]]:
    old, changed, new, wrong = (
        {
            "case_no": f"{PROBE}{product.folder.parent.name}-{next(_numbers)}",
            "indicator": _HOTLINE.code,
            "accepted_at": "2021-05-13T09:00:00+08:00",
            "completed_at": "2021-05-14T09:00:00+08:00",
            "outcome": "completed",
            "resolved": True,
            "stated_at": "2021-05-15T09:00:00+08:00",
        }
        for _ in range(4)
    )
    other = {"resolved": False, "stated_at": "2021-05-16T09:00:00+08:00"}
    early = {"completed_at": "2021-05-12T09:00:00+08:00"}
    return [old, changed], [old, changed | other, new, wrong | early]
