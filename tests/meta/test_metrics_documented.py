"""docs/metrics.md lists every metric that the code gives, and no other."""

import re

from tests.support import project

METRIC = re.compile(r"duibiao_[a-z0-9]+(_[a-z0-9]+)*")
# The client library adds these to the name that the code gives.
SUFFIX = re.compile(r"_(total|info)$")
NO_METRICS = {"duibiao_lang"}  # the board's cookie
TYPES = {"counter", "gauge", "histogram", "info"}


def bare(name: str) -> str:
    return SUFFIX.sub("", name)


def in_code() -> set[str]:
    return {
        bare(literal)
        for path in project.python("duibiao", "services")
        for literal in project.literals(path)
        if METRIC.fullmatch(literal) and literal not in NO_METRICS
    }


def documented() -> dict[str, tuple[str, ...]]:
    return {row[0].strip("`"): row[1:] for row in project.table("metrics.md", "Metrics")}


def test_every_metric_is_documented() -> None:
    assert in_code() - {bare(name) for name in documented()} == set()


def test_every_documented_metric_exists() -> None:
    assert {name for name in documented() if bare(name) not in in_code()} == set()


def test_a_metric_is_documented_with_its_type_labels_and_meaning() -> None:
    for name, (kind, labels, meaning) in documented().items():
        assert METRIC.fullmatch(name)
        assert kind in TYPES
        assert name.endswith("_total") == (kind == "counter")
        assert re.fullmatch(r"-|`[a-z_]+`(, `[a-z_]+`)*", labels), name
        assert len(meaning) >= 20, name
