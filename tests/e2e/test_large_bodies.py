"""One body of the largest size raises the memory of the process by a bounded amount."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.padded import PACKED, padded
from tests.support.product import NO_LIMITS, Product
from tests.support.registers import the_register
from tests.support.writers import mortgage_cases

MEBIBYTE = 1 << 20
SMALL, PLAIN, UNFOLDED = MEBIBYTE, 7 * MEBIBYTE, 30 * MEBIBYTE
ROWS = 2_000
PLAIN_AT_MOST, UNFOLDED_AT_MOST = 24 * MEBIBYTE, 96 * MEBIBYTE
MORTGAGES = the_register().indicators["mortgage-registration-days"]
STATUSES = {"sound": 202, "a fault": 422, "cut off": 400}
ORG = MORTGAGES.reported_by[0]
MEDIA_TYPES = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}
FORMS, FAULTS = tuple(MEDIA_TYPES), ("sound", "a fault")
CASES = [
    *((form, fault, coding) for form in FORMS for fault in FAULTS for coding in ("plain", "gzip")),
    ("json", "sound", "zstd"),
    ("json", "cut off", "gzip"),
]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("large") / "state", settings=NO_LIMITS) as product:
        for form in FORMS:  # what a process needs to have done it once
            for fault in FAULTS:
                post(product, form, body(form, fault, SMALL), "gzip")
        product.settled()
        yield product


def body(form: str, fault: str, size: int) -> bytes:
    rows = next(mortgage_cases("large", ROWS, MORTGAGES.code))
    if fault == "a fault":
        rows[-1]["outcome"] = "whim"
    whole = padded(form, rows, size)
    return whole[:-8] + b'"' if fault == "cut off" else whole


def post(product: Product, form: str, content: bytes, coding: str) -> httpx.Response:
    headers = product.key(ORG) | {"Content-Type": MEDIA_TYPES[form]}
    if coding != "plain":
        content = PACKED[coding](content)
        headers["Content-Encoding"] = coding
    return product.client.post("/v1/cases", content=content, headers=headers)


class Peak:
    """The most memory that a process held since it was last asked to forget."""

    def __init__(self, process: int) -> None:
        self._folder = Path(f"/proc/{process}")

    def forget(self) -> int:
        """Begin anew; return what it holds now, in bytes."""
        (self._folder / "clear_refs").write_text("5")
        return self._of("VmRSS")

    def held(self) -> int:
        return self._of("VmHWM")

    def _of(self, name: str) -> int:
        lines = (self._folder / "status").read_text(encoding="ascii").splitlines()
        (line,) = (line for line in lines if line.startswith(name))
        return int(line.split()[1]) * 1024


@pytest.mark.soak
@pytest.mark.parametrize(("form", "fault", "coding"), CASES)
def test_the_peak_is_bounded(product: Product, form: str, fault: str, coding: str) -> None:
    peak = Peak(product.process.pid)
    grown = {}
    for size in (SMALL, PLAIN if coding == "plain" else UNFOLDED):
        content = body(form, fault, size)
        before = peak.forget()
        answer = post(product, form, content, coding)
        assert answer.status_code == STATUSES[fault], answer.text[:300]
        grown[size] = peak.held() - before
    small, large = grown.values()
    figures = f"{small / MEBIBYTE:.1f} and {large / MEBIBYTE:.1f} MiB"
    print(f"\n{form}, {fault}, {coding}: {figures}")  # noqa: T201 - what was measured
    assert large - small < (PLAIN_AT_MOST if coding == "plain" else UNFOLDED_AT_MOST)
