"""Examples of what is posted and of what is answered, for the API reference: rows that are sound.

The same rows in every format, so that a reader sees how one becomes the other.
"""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any, Final

from services.ingest.domain.terms import Kind

Row = dict[str, Any]

_ROWS: Final[Mapping[Kind, Row]] = {
    "observation": {
        "indicator": "export-rebate-days",
        "period": "2021Q1",
        "value": 5.5,
        "sample_size": 120,
    },
    "case": {
        "case_no": "DJ-2021-000123",
        "indicator": "mortgage-registration-days",
        "region": "610112",
        "accepted_at": "2021-03-01T09:30:00",
        "completed_at": "2021-03-05T16:00:00",
        "outcome": "completed",
    },
    "progress_report": {
        "measure": "1.2",
        "period": "2021Q1",
        "state": "in_progress",
        "summary": "按计划推进",
    },
}
ACCEPTED: Final[Row] = {
    "submission_id": "0179c5ba-6e00-7078-8bc4-0c77330d7375",
    "received": 1,
    "accepted": 1,
    "duplicate": None,
    "revised": None,
    "rejected": 0,
    "errors": [],
    "errors_total": 0,
    "warnings": [],
    "warnings_total": 0,
    "encoding": None,
    "status_url": "/v1/submissions/0179c5ba-6e00-7078-8bc4-0c77330d7375",
}
CHECKED: Final[Row] = {**ACCEPTED, "submission_id": None, "status_url": None}
PARTLY: Final[Row] = {
    **ACCEPTED,
    "received": 2,
    "rejected": 1,
    "errors": [
        {
            "code": "missing",
            "message": "period is missing.",
            "message_zh": "缺少“period”。",
            "pointer": "/period",
            "index": 1,
        }
    ],
    "errors_total": 1,
}


def as_json(kind: Kind) -> Row:
    """Return one row as JSON."""
    return _ROWS[kind]


def as_lines(kind: Kind) -> str:
    """Return the row as NDJSON."""
    return json.dumps(_ROWS[kind], ensure_ascii=False) + "\n"


def as_csv(kind: Kind) -> str:
    """Return the row as CSV under its header."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _ROWS[kind])
    writer.writeheader()
    writer.writerow(_ROWS[kind])
    return text.getvalue()
