"""Registers for real data: eleven files of one notice; nothing else says how to judge."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

CITY = "CITY"

Entry = Mapping[str, Any]
Measure = tuple[str, str, Sequence[str]]  # number, English title, leads

_NOTICE: Entry = {
    "code": "real-data",
    "number": "测〔2000〕1号",
    "issuer_zh": "测试市政府",
    "issuer": "City Government",
    "title_zh": "测试用目标",
    "title": "Targets of a real city",
}
_BREACH: Entry = {
    "rule": "yellow-breach",
    "colour": "yellow",
    "occasion": "verdict",
    "statuses": ["missed", "regressed"],
    "name_zh": "未达标",
    "name": "Missed",
}
_ALERTS: Entry = {
    "rules": [_BREACH],
    "caps": {},
    "reply_within": {"yellow": 5, "red": 3},
    "due_soon_within": 3,
    "sending_hour": "09:00",
    "wait_for_morning": False,
}


def write(
    folder: Path,
    *,
    window: tuple[date, date],
    orgs: Mapping[str, str],
    measures: Sequence[Measure],
    indicators: Sequence[Entry],
    targets: Sequence[Entry],
    units: Sequence[Entry] = (),
    regions: Mapping[str, str] | None = None,
) -> Path:
    """Write the files and return the folder.

    `orgs`, `regions`: English names by code, besides the city `CITY`. `measures` in order. The
    notice is dated on the first day of its window.
    """
    first, last = window
    files: Mapping[str, Entry] = {
        "notice": {
            "notice": {**_NOTICE, "dated": first, "issued": first},
            "city": CITY,
            "window": {"first": first, "last": last},
        },
        "regions": {"regions": [*_named({CITY: "The city"}, "city"), *_named(regions, "zone")]},
        "orgs": {"orgs": list(_named(orgs, "department"))},
        **_work(measures),
        "milestones": {"milestones": []},
        "indicators": {"indicators": indicators, **({"units": units} if units else {})},
        "targets": {"targets": targets},
        "duties": {"reports": []},
        "alerts": _ALERTS,
        "checks": {"rules": [], "outliers": {"factor": 3}},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for part, content in files.items():
        text = json.dumps(content, ensure_ascii=False, default=str, indent=1)  # which is YAML
        (folder / f"{part}.yaml").write_text(text, encoding="utf-8")
    return folder


def _named(names: Mapping[str, str] | None, kind: str) -> Iterable[Entry]:
    for code, name in (names or {}).items():
        yield {"code": code, "name_zh": f"{code}（测试）", "name": name, "kind": kind}


def _work(measures: Sequence[Measure]) -> dict[str, Entry]:
    """Return the measures and the tasks above them, each task led by whoever leads its measures."""
    leads: dict[str, dict[str, None]] = {}
    for no, _, orgs in measures:
        leads.setdefault(no.partition(".")[0], {}).update(dict.fromkeys(orgs))
    tasks = [
        {
            "task": int(no),
            "title_zh": f"任务{no}",
            "title": f"Task {no}",
            "leads": list(orgs),
            "supports": [],
        }
        for no, orgs in leads.items()
    ]
    listed = [
        {
            "measure": no,
            "title_zh": f"措施{no}",
            "title": title,
            "leads": list(orgs),
            "supports": [],
        }
        for no, title, orgs in measures
    ]
    return {"tasks": {"tasks": tasks}, "measures": {"measures": listed}}
