"""Grafana's boards: made from code and register, complete in words, asking for what exists."""

import json
import re
from pathlib import Path
from typing import Final

import pytest
import yaml
from typer.testing import CliRunner

from deploy.grafana import board as making
from deploy.grafana.panels import STATUSES
from services.cli import app
from tests.service.deploy.grafana import (
    BOARDS,
    FOLDER,
    OF_REGISTER,
    board,
    every_panel,
    file_of,
    panels,
    queries,
)
from tests.support.monitoring import DEPLOY, Json, checked, documented_labels, metrics_in

PROVISIONING: Final = DEPLOY / "grafana" / "provisioning"
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
# Of the scrape itself and of the client library, see docs/metrics.md.
OTHER_METRICS: Final = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
EVERY_BOARD: Final = (*BOARDS, "targets")
EVERY_PANEL: Final = [
    pytest.param(name, panel, id=f"{name}: {panel['title']}") for name, panel in every_panel()
]


def test_the_files_are_what_the_code_makes() -> None:
    assert {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")} == making.texts()
    assert set(making.texts()) == {f"{name}.json" for name in BOARDS}


def test_the_board_of_a_register_is_what_the_command_writes(tmp_path: Path) -> None:
    file = tmp_path / "board.json"
    done = CliRunner().invoke(app, ["rules", "board", "--output", str(file)])
    assert done.exit_code == 0, done.output
    assert file.read_text("utf-8") == OF_REGISTER.read_text("utf-8"), "make docs"


def test_all_queries_parse(tmp_path: Path) -> None:
    texts = [text for _, text in queries()]
    texts += [target["expr"] for panel in panels("targets") for target in panel["targets"]]
    rules = [{"record": f"board:q{n}", "expr": text} for n, text in enumerate(texts)]
    file = tmp_path / "board.yml"
    file.write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}), "utf-8")

    assert f"{len(rules)} rules found" in checked(
        "promtool", "check", "rules", str(file), folder=tmp_path
    )


def test_every_metric_of_ours_on_the_boards_is_documented() -> None:
    asked = set().union(*(metrics_in(text) for _, text in queries()))

    assert asked <= set(documented_labels())
    assert {"duibiao_target_attainment_ratio", "duibiao_target_status", "duibiao_alerts"} <= asked


@pytest.mark.parametrize(("name", "panel"), EVERY_PANEL)
def test_a_query_asks_for_labels_that_its_metrics_have(name: str, panel: Json) -> None:
    documented = documented_labels()
    for target in panel["targets"]:
        for metric, matchers in re.findall(r"\b([a-z_]+)\{([^}]*)\}", target["expr"]):
            asked = set(re.findall(r"([a-z_]+)\s*[=!]", matchers))
            assert metric in set(documented) | OTHER_METRICS, name
            assert asked <= documented.get(metric, {"job"}), name
        for labels in re.findall(r"\b(?:by|on|group_left) \(([^)]*)\)", target["expr"]):
            every = set().union(*documented.values()) | {"job", "instance", "le", "decisive"}
            assert {label.strip() for label in labels.split(",")} <= every
        shown = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
        assert all(label in target["expr"] or label == "instance" for label in shown)


@pytest.mark.parametrize(("name", "panel"), EVERY_PANEL)
def test_a_panel_says_what_it_shows_in_both_languages_and_in_which_unit(
    name: str, panel: Json
) -> None:
    title, description = str(panel["title"]), str(panel["description"])

    assert panel["targets"], "an empty panel"
    assert all(target["expr"] for target in panel["targets"])
    first = title.split(" ")[1 if name == "targets" else 0]  # after the number of a target
    assert CHINESE.search(first)
    assert re.search(r"[a-z]{2}", title)
    assert CHINESE.match(description)
    assert re.search(r"[a-z]\.$", description)
    source = {"type": "prometheus", "uid": "${datasource}"}
    assert panel["datasource"] == source
    assert {json.dumps(target["datasource"]) for target in panel["targets"]} == {json.dumps(source)}
    assert panel["fieldConfig"]["defaults"]["unit"]


@pytest.mark.parametrize("name", EVERY_BOARD)
def test_rows_are_named_and_not_empty(name: str) -> None:
    every = board(name)["panels"]
    rows = [n for n, panel in enumerate(every) if panel["type"] == "row"]
    assert rows[0] == 0
    assert not {n + 1 for n in rows} & {*rows, len(every)}
    assert all(CHINESE.search(every[n]["title"]) for n in rows)


@pytest.mark.parametrize("name", EVERY_BOARD)
def test_every_filter_is_used_and_every_variable_is_one(name: str) -> None:
    found = board(name)
    filters = {one["name"]: one for one in found["templating"]["list"]}
    text = json.dumps(found["panels"])
    used = set(re.findall(r"\$\{?([a-z]\w*)", text)) - {"__rate_interval"}

    assert set(filters) == used
    assert filters["datasource"]["type"] == "datasource"
    assert all(CHINESE.match(one["label"]) for one in filters.values())
    for one in filters.values():
        if one["type"] == "query":
            assert one["datasource"]["uid"] == "${datasource}"
            assert metrics_in(one["query"]) <= set(documented_labels())


@pytest.mark.parametrize("metric", ["duibiao_org_info", "duibiao_target_info"])
def test_filters_show_names_and_put_in_codes(metric: str) -> None:
    # As Grafana gets them from query_result(): labels in the order of the alphabet.
    key = metric.split("_")[1]
    series = f'{{name_zh="市税务局", {key}="code-1"}} 1 1638144000000'
    pattern = next(
        one["regex"]
        for name in BOARDS
        for one in board(name)["templating"]["list"]
        if metric in one.get("query", "")
    )
    found = re.search(pattern.strip("/").replace("(?<", "(?P<"), series)
    assert found is not None
    assert found.groupdict() == {"text": "市税务局", "value": "code-1"}


@pytest.mark.parametrize("name", BOARDS)
def test_the_city_is_asked_of_prometheus_and_named_nowhere(name: str) -> None:
    cities = [one for one in board(name)["templating"]["list"] if one["name"] == "city"]
    assert [one["query"] for one in cities] in ([], ["label_values(duibiao_notice_info, region)"])
    text = file_of(name).read_text("utf-8")
    assert not re.search(r"[1-9][0-9]{5}|西安|bureau|\bT[0-9]{2}\b", text)


def test_ranges_follow_the_time_shown() -> None:
    for name, panel in every_panel():
        for target in panel["targets"]:
            ranges = re.findall(r"\[([^\]]+)\]", target["expr"])
            assert set(ranges) <= {"$__rate_interval"}, (name, panel["title"])


@pytest.mark.parametrize("name", EVERY_BOARD)
def test_panels_have_places_and_numbers_of_their_own(name: str) -> None:
    every = board(name)["panels"]
    cells = [
        (place["x"] + dx, place["y"] + dy)
        for place in (panel["gridPos"] for panel in every)
        for dx in range(place["w"])
        for dy in range(place["h"])
    ]

    assert len({panel["id"] for panel in every}) == len(every)
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23


@pytest.mark.parametrize("name", ["leaders", "unit"])
def test_every_status_has_its_word_on_the_table(name: str) -> None:
    (table,) = (panel for panel in panels(name) if panel["type"] == "table")
    text = json.dumps(table["fieldConfig"]["overrides"], ensure_ascii=False)
    page = (DEPLOY.parent / "docs" / "metrics.md").read_text("utf-8")

    assert "the other eight" in page
    assert len(STATUSES) == 9
    assert all(words in text for words, _ in STATUSES.values())


def test_the_targets_of_the_register_stand_in_the_order_of_the_notice_with_their_words() -> None:
    read = yaml.safe_load((OF_REGISTER.parents[1] / "targets.yaml").read_text("utf-8"))["targets"]
    found = panels("targets")

    assert [panel["title"].split()[0] for panel in found] == [one["target"] for one in read]
    for panel, target in zip(found, read, strict=True):
        assert target["name_zh"] in panel["title"]
        assert f"通知第{target['clause']}项" in panel["description"]
        kept = "，2021-12-31前；" if str(target.get("due")) == "2021-12-31" else "；"
        assert kept in panel["description"]
        drawn = [one["refId"] for one in panel["targets"]]
        assert drawn == (["figure", "threshold"] if "threshold" in target else ["figure"])
    export = next(panel for panel in found if panel["title"].startswith("T16"))
    assert "要求：≤ 5.5 个工作日（通知明确）；牵头单位：市税务局、" in export["description"]


def test_they_are_provisioned_with_their_source_and_cannot_be_changed_by_hand() -> None:
    (source,) = _read("datasources/prometheus.yml")["datasources"]
    (provider,) = _read("dashboards/duibiao.yml")["providers"]
    compose = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text("utf-8"))
    grafana = compose["services"]["grafana"]
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])

    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    assert (source["editable"], provider["allowUiUpdates"]) == (False, False)
    assert f"./deploy/grafana/boards:{provider['options']['path']}:ro" in grafana["volumes"]
    assert str(home.parent) == provider["options"]["path"]
    assert (FOLDER / home.name).exists()
    assert not any(board(name)["editable"] for name in EVERY_BOARD)
    assert {board(name)["uid"] for name in EVERY_BOARD} == {f"duibiao-{n}" for n in EVERY_BOARD}


def _read(name: str) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = yaml.safe_load((PROVISIONING / name).read_text("utf-8"))
    return found
