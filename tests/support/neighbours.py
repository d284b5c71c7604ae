"""Six orgs that post at an ordinary pace, and what they wait while somebody else misbehaves."""

import asyncio
import itertools
import json
from collections.abc import Iterator
from typing import Final

from tests.support.crowd import Heard, crowd, request
from tests.support.product import Product, Row

ORGS: Final = {
    "resources-planning-bureau": "mortgage-registration-days",
    "financial-work-bureau": "mortgage-registration-days",
    "civil-affairs-bureau": "social-relief-days",
    "human-resources-bureau": "social-relief-days",
    "disabled-persons-federation": "social-relief-days",
    "housing-construction-bureau": "social-investment-approval-days",
}
PACE: Final = 5.0  # posts a second of each
ROWS: Final = 10  # cases of each post
NUISANCE: Final = "big-data-bureau"
NUISANCE_INDICATOR: Final = "hotline-resolution-rate"


class Neighbours:
    """Posts new cases of the six orgs, each on a line of its own."""

    def __init__(self, product: Product) -> None:
        self._port = product.port
        self._senders = [_posts(product, org, indicator) for org, indicator in ORGS.items()]

    def post(self, seconds: float) -> Heard:
        """Post for a while; return what all heard together."""
        return asyncio.run(self.posting(seconds))

    async def posting(self, seconds: float) -> Heard:
        heard = Heard()
        for one in await crowd(self._port, self._senders, PACE, seconds):
            heard.merge(one)
        return heard


def nuisance(product: Product) -> bytes:
    """Return one sound request of one case, as the seventh org posts it again and again."""
    row = {**case("N-1", NUISANCE_INDICATOR), "resolved": True}
    return request("/v1/cases", product.key(NUISANCE), json.dumps(row).encode())


def case(number: str, indicator: str) -> Row:
    return {
        "case_no": number,
        "indicator": indicator,
        "accepted_at": "2021-02-03T09:00:00+08:00",
        "completed_at": "2021-02-04T09:00:00+08:00",
        "outcome": "completed",
    }


def _posts(product: Product, org: str, indicator: str) -> Iterator[bytes]:
    headers = product.key(org)
    for number in itertools.count():
        rows = [case(f"{org}-{number}-{row}", indicator) for row in range(ROWS)]
        yield request("/v1/cases", headers, json.dumps(rows).encode())
