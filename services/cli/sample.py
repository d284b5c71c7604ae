"""The bundled sample: a year of invented figures, posted like any agency would.

Owns the reading of `sample/` beside the register and the order in which it is posted: quarter
by quarter, observations and cases with each org's own key, progress reports (which came on
paper) with the office's. It has no way into the product but the public API.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import httpx

from duibiao.core import Settings
from duibiao.register import default_folder

# Posted within a quarter in this order.
_KINDS = ("observations", "cases", "progress-reports")
_BY_THE_OFFICE = "progress-reports"

Keys = Mapping[str, str]


class SampleRefused(Exception):  # noqa: N818 - says what happened, not that we erred
    """A batch of the sample was not accepted; the message holds the answer."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One request of the sample: rows of one org as CSV."""

    name: str  # also the Idempotency-Key: posting it again changes nothing
    org: str
    kind: str
    body: bytes


def folder(settings: Settings) -> Path:
    """Return where the sample of the installation's register lies, if it has one."""
    return (settings.register_folder or default_folder()) / "sample"


def read(folder: Path) -> Iterator[Batch]:
    """Read the batches of a sample folder (`2021Q1/observations.csv` …) in posting order."""
    for quarter in sorted(path for path in folder.iterdir() if path.is_dir()):
        for kind in _KINDS:
            path = quarter / f"{kind}.csv"
            if path.exists():
                yield from _split(f"sample-{quarter.name}-{kind}", kind, path)


def _split(name: str, kind: str, path: Path) -> Iterator[Batch]:
    # A submission holds rows of one org, so a file becomes one batch per org.
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    org_of = itemgetter(header.index("org"))
    for org in dict.fromkeys(map(org_of, rows)):
        text = io.StringIO(newline="")
        csv.writer(text).writerows([header, *(row for row in rows if org_of(row) == org)])
        yield Batch(f"{name}-{org}", org, kind, text.getvalue().encode())


def post(client: httpx.Client, office: str, orgs: Keys, batches: Iterable[Batch]) -> list[str]:
    """Post the batches in order and return the submission ids.

    Args:
        client: bound to the product's base URL.
        office: the office's key.
        orgs: a key per org code.
        batches: as `read` gives them.

    Raises:
        SampleRefused: at the first batch that is not answered 202.

    """
    ids: list[str] = []
    for batch in batches:
        key = office if batch.kind == _BY_THE_OFFICE else orgs[batch.org]
        headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "text/csv; charset=utf-8",
            "Idempotency-Key": batch.name,
        }
        answer = client.post(f"/v1/{batch.kind}", content=batch.body, headers=headers)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise SampleRefused(f"{batch.name}: {answer.status_code} {answer.text}")
        ids.append(answer.json()["submission_id"])
    return ids
