"""The board for Grafana: made from code, complete in words, asking for what exists."""

import json
import re
from pathlib import Path
from typing import Final

import pytest
import yaml

from deploy.grafana import board as making
from tests.service.deploy.grafana import BOARD, board, panels, queries
from tests.support.monitoring import DEPLOY, checked, documented_labels, metrics_in

PROVISIONING: Final = DEPLOY / "grafana" / "provisioning"
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
# Of the scrape itself and of the client library, see docs/metrics.md.
OTHER_METRICS: Final = {"up", "process_resident_memory_bytes"}


def test_the_file_is_what_the_code_makes() -> None:
    assert BOARD.read_text("utf-8") == making.text(), "make docs"


def test_all_queries_parse(tmp_path: Path) -> None:
    rules = [{"record": f"board:q{n}", "expr": text} for n, (_, text) in enumerate(queries())]
    file = tmp_path / "board.yml"
    file.write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}), "utf-8")

    assert f"{len(rules)} rules found" in checked(
        "promtool", "check", "rules", str(file), folder=tmp_path
    )


def test_every_metric_of_ours_on_the_board_is_documented() -> None:
    asked = set().union(*(metrics_in(text) for _, text in queries()))

    assert asked <= set(documented_labels())
    assert {"duibiao_target_attainment_ratio", "duibiao_target_status", "duibiao_alerts"} <= asked


@pytest.mark.parametrize(("title", "expression"), queries())
def test_a_query_asks_for_labels_that_its_metrics_have(title: str, expression: str) -> None:
    names = set(re.findall(r"\b[a-z][a-z_]+(?=\{)", expression))
    documented = documented_labels()
    for name, matchers in re.findall(r"\b([a-z_]+)\{([^}]*)\}", expression):
        asked = set(re.findall(r"([a-z_]+)\s*[=!]", matchers))
        assert asked <= documented.get(name, {"job"}), title
    assert names <= set(documented) | OTHER_METRICS


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows_in_both_languages_and_in_which_unit(
    panel: dict[str, object],
) -> None:
    title, description = str(panel["title"]), str(panel["description"])

    assert CHINESE.match(title)
    assert re.search(r"[a-z]{2}", title)
    assert CHINESE.match(description)
    assert re.search(r"[a-z]\.$", description)
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert json.dumps(panel["fieldConfig"]).count('"unit"') >= 1


def test_the_city_is_asked_of_prometheus_and_named_nowhere() -> None:
    (city,) = (one for one in board()["templating"]["list"] if one["name"] == "city")
    assert city["query"] == "label_values(duibiao_notice_info, region)"
    assert not re.search(r"[1-9][0-9]{5}", BOARD.read_text("utf-8"))


def test_ranges_follow_the_time_shown() -> None:
    for panel in panels():
        for target in panel["targets"]:
            ranges = re.findall(r"\[([^\]]+)\]", target["expr"])
            assert set(ranges) <= {"$__rate_interval"}, panel["title"]


def test_panels_have_places_and_numbers_of_their_own() -> None:
    every = board()["panels"]
    cells = [
        (place["x"] + dx, place["y"] + dy)
        for place in (panel["gridPos"] for panel in every)
        for dx in range(place["w"])
        for dy in range(place["h"])
    ]

    assert len({panel["id"] for panel in every}) == len(every)
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23


def test_every_status_has_its_word_on_the_board() -> None:
    (table,) = (panel for panel in panels() if panel["type"] == "table")
    text = json.dumps(table["fieldConfig"]["overrides"], ensure_ascii=False)
    page = (DEPLOY.parent / "docs" / "metrics.md").read_text("utf-8")

    assert "the other eight" in page
    assert len(making.STATUSES) == 9
    assert all(words in text for words, _ in making.STATUSES.values())


def test_it_is_provisioned_with_its_source_and_cannot_be_changed_by_hand() -> None:
    (source,) = _read("datasources/prometheus.yml")["datasources"]
    (provider,) = _read("dashboards/duibiao.yml")["providers"]

    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    assert (source["editable"], provider["allowUiUpdates"]) == (False, False)
    assert board()["editable"] is False
    assert board()["uid"] == "duibiao-targets"


def _read(name: str) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = yaml.safe_load(
        (PROVISIONING / name).read_text("utf-8")
    )
    return found
