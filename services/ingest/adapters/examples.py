"""Examples of what is posted and of what is answered, for the API reference.

The rows name the register's own indicators, regions and measures, and are the same in every format.
"""

import csv
import io
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from duibiao.register import Indicator, Register, Statistic, containing
from duibiao.web.numbers import to_number
from services.ingest.domain.terms import Kind

Row = dict[str, Any]

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
_MISSING: Final[Row] = {
    "code": "missing",
    "message": "period is missing.",
    "message_zh": "缺少“period”。",
    "pointer": "/period",
    "index": 1,
}
PARTLY: Final[Row] = {
    **ACCEPTED,
    "received": 2,
    "rejected": 1,
    "errors": [_MISSING],
    "errors_total": 1,
}


def rows_of(register: Register) -> Mapping[Kind, Row]:
    """Return a row of each kind that the register takes, once its watch window has begun."""
    first = register.window.first
    figure, each = _first(register, "mean"), _first(register, "each").code
    thresholds = [target.threshold for target in register.targets_of(figure.code)]
    value = next((one for one in thresholds if one is not None), figure.minimum)
    observation: Row = {
        "indicator": figure.code,
        "period": containing(first, figure.period_type).code,
        "value": to_number(value) or 0,
    }
    if figure.statistic != "latest":
        observation["sample_size"] = 120
    case = {
        "case_no": f"DJ-{first.year}-000123",
        "indicator": each,
        "region": next((code for code in register.regions if code != register.city), register.city),
        "accepted_at": f"{first}T09:30:00",
        "completed_at": f"{first + timedelta(days=4)}T16:00:00",
        "outcome": "completed",
    }
    owed = [(duty.measure, duty.period) for duty in register.duties]
    measure, period = (
        owed[0] if owed else (register.measures[0].no, containing(first, "quarter").code)
    )
    return {
        "observation": observation,
        "case": case,
        "progress_report": {
            "measure": measure,
            "period": period,
            "state": "in_progress",
            "summary": "按计划推进",
        },
        "approval": {
            "indicator": each,
            "case_no": case["case_no"],
            "document": "延〔1〕号",
            "days": 5,
            "reason": "情况属实，同意",
        },
    }


def _first(register: Register, statistic: Statistic) -> Indicator:
    """Return the first indicator of a statistic, else the first that takes cases, else any."""
    known = register.indicators.values()
    return min(known, key=lambda one: (one.statistic != statistic, not one.takes_cases))


def as_lines(row: Row) -> str:
    """Return the row as NDJSON."""
    return json.dumps(row, ensure_ascii=False) + "\n"


def as_csv(row: Row) -> str:
    """Return the row as CSV under its header."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows((row, row.values()))
    return text.getvalue()
