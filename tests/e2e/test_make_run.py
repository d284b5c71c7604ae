"""What a stranger sees who types `make run`: served, judged, alerted, kept, ended cleanly."""

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tests.e2e.panels import of_register, scraped, settled
from tests.support.commands import duibiao
from tests.support.product import ROOT, Product, free_port, until

STATUSES = {
    "unknown",
    "on_track",
    "at_risk",
    "behind",
    "met",
    "missed",
    "sustained",
    "regressed",
}  # all nine but waived: the sample holds no waiver
SECOND_START_SECONDS = 40.0  # alone it takes 3; other tests run beside it


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    state = tmp_path_factory.mktemp("sample") / "state"
    with Product(state, arguments=("up",), settings={"DUIBIAO_WATCH_FROM": ""}) as product:
        until(lambda: told(product, "未结预警"), seconds=120, what="the summary is printed")
        product.settled()
        yield product


def told(product: Product, words: str) -> bool:
    return words in product.output.read_text(encoding="utf-8", errors="replace")


def test_the_sample_shows_every_status_but_waived(product: Product) -> None:
    rows = product.items("/v1/verdicts?org=&region=610100&limit=1000")

    assert {row["status"] for row in rows} == STATUSES
    assert {row["target"] for row in rows} == {f"T{number:02d}" for number in range(1, 19)}


def test_the_sample_is_marked_as_one(product: Product) -> None:
    notice = product.client.get("/v1/notice", headers=product.key("office")).json()
    assert notice["sample"] is True
    for page in ("/board", "/board/targets/T16", "/board/orgs/tax-bureau", "/board/sign-in"):
        assert "示例数据" in product.client.get(page).text, page


def test_the_sample_came_through_the_public_api(product: Product) -> None:
    receipts = product.items("/v1/submissions?limit=1000")

    assert {receipt["state"] for receipt in receipts} == {"evaluated"}
    assert {receipt["kind"] for receipt in receipts} == {"observation", "case", "progress_report"}


def test_reports_on_paper_were_in_time_by_the_day_they_came(product: Product) -> None:
    statuses = {row["status"] for row in product.items("/v1/duties?limit=1000")}

    assert {"on_time", "late", "overdue", "zero_report"} <= statuses


def test_breaches_of_the_sample_are_alerted(product: Product) -> None:
    alerts = product.items("/v1/alerts?limit=1000")

    colours = {alert["colour"] for alert in alerts}
    assert colours == {"blue", "yellow", "red"}
    relief = [alert for alert in alerts if alert["target"] == "T15"]
    assert [alert["colour"] for alert in relief] == ["red"]
    assert relief[0]["leads"] == [
        "civil-affairs-bureau",
        "human-resources-bureau",
        "disabled-persons-federation",
    ]


def test_the_bulletin_says_what_the_files_of_the_sample_say(
    product: Product, tmp_path: Path
) -> None:
    file = tmp_path / "通报.html"
    asked = ("bulletin", "2021Q3", "--format", "html", "-o", str(file), "--url", product.url)
    done = duibiao({}, *asked, "--key-file", str(product.folder / "dev-keys.json"))
    assert (done.code, done.out) == (0, f"已保存 saved: {file}\n")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", file.read_text(encoding="utf-8")))
    # Counted in notice/xa-2021-6/sample/2021Q3/progress-reports.csv: 135 rows of the 136 pairs of
    # measure and unit, one of them a zero report, two received after 25 September.
    assert "应报进展情况136份：按时132份，零报告1份，迟报2份，逾期未报1份。" in text
    # In observations.csv beside it: 60 days, 58 of 207 items, 77 and 95 items; of 30 % and 150.
    assert "≤ 60 个工作日 原文 60 正常推进" in text
    assert "≥ 30% 原文 28.02 临近预警" in text
    assert "≥ 100 项 原文 77 " in text
    assert "距目标值差 55 项" in text
    assert "草稿 尚未锁定，不作为正式通报 示例数据，全部数字均为编造" in text


def test_all_that_an_inspection_asks_for_comes_in_one_archive(
    product: Product, tmp_path: Path
) -> None:
    file = tmp_path / "迎检.zip"
    asked = ("inspection-pack", "tax-bureau", "2021Q1", "-o", str(file), "--url", product.url)
    done = duibiao({}, *asked, "--key-file", str(product.folder / "dev-keys.json"))
    assert done.code == 0, done.err
    with zipfile.ZipFile(file) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    page = found.pop("index.html").decode()
    for name, content in found.items():
        assert sha256(content).hexdigest() in page, name
    figures = list(
        csv.DictReader(found["2021Q1/observations.csv"].decode("utf-8-sig").splitlines())
    )
    assert {row["period"] for row in figures} == {"2021Q1"}
    rows = product.items("/v1/verdicts?period=2021Q1&org=tax-bureau")
    assert all(f"2021Q1/{row['id']}.json" in found for row in rows)
    own = product.items("/v1/alerts?lead=tax-bureau")
    cards = {one["number"] for one in own if "2021Q1" in one["periods"]}
    assert cards == {name[6:-5] for name in found if name.startswith("cards/")}
    audit = [json.loads(line) for line in found["audit-ingest.jsonl"].splitlines()]
    assert audit
    assert all("tax-bureau" in json.dumps(one) for one in audit)

    # The same from the page, which asks with the key of its visitor.
    pack = "/board/inspection-packs/tax-bureau/2021Q1.zip"
    answer = product.get(pack, org="auditor")
    assert answer.headers["content-disposition"] == "attachment; filename=tax-bureau-2021Q1.zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {*archive.namelist()} == {*found, "index.html"}
    assert product.get(pack, org="tax-bureau").status_code == 403
    for unknown in ("tax-bureau/Q1.zip", "nobody/2021Q1.zip"):
        assert product.get(f"/board/inspection-packs/{unknown}").status_code == 404


def test_the_summary_says_where_everything_is(product: Product) -> None:
    output = product.output.read_text(encoding="utf-8")

    for words in ("T18", "/board", "dev-keys.json", "curl"):
        assert words in output, words


def test_every_panel_of_grafana_shows_what_the_api_says(product: Product, tmp_path: Path) -> None:
    with scraped(product, tmp_path / "prometheus") as server:
        assert settled(product, server, "tax-bureau") == []
        assert of_register(product, server) == []


def test_a_second_start_is_quick_and_keeps_what_is_there(tmp_path: Path) -> None:
    with Product(tmp_path / "state") as product:
        row = {"indicator": "export-rebate-days", "period": "2021Q4", "value": 5.5}
        answer = product.post("observations", "tax-bureau", row | {"sample_size": 9})
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        submission = answer.json()["submission_id"]
        product.evaluated(submission)
        before = product.verdict("T16", "2021Q4")
        assert product.stop() == 0

        began = time.monotonic()
        product.start()
        took = time.monotonic() - began

        assert took < SECOND_START_SECONDS
        assert product.verdict("T16", "2021Q4") == before
        assert before["status"] == "met"
        assert [row["submission_id"] for row in product.items("/v1/submissions")] == [submission]
        assert product.stop() == 0
        assert "Traceback" not in product.output.read_text(encoding="utf-8")


def test_a_quarter_is_closed_from_the_command_line(product: Product) -> None:
    key = ("--url", product.url, "--key-file", str(product.folder / "dev-keys.json"))
    asked = duibiao({}, "close-period", "2021Q1", *key)
    assert (asked.code, "未报全" in asked.err) == (1, True)
    assert "未审核通过 not accepted: tax-bureau not_submitted" in asked.err
    done = duibiao({}, "close-period", "2021Q1", "--yes", "--json", *key)
    assert done.code == 0, done.err
    rows = product.items("/v1/verdicts?as_of=reported&period=2021Q1&limit=1000")
    assert (done.told["state"], done.told["rows"]) == ("closed", len(rows))
    again = duibiao({}, "close-period", "2021Q1", "--yes", *key)
    assert (again.code, "已锁定" in again.err) == (1, True)


def test_make_run_takes_a_port_and_leaves_the_sample_out(tmp_path: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not on this machine")
    port = free_port()
    environment = os.environ | {
        "DUIBIAO_STATE_FOLDER": str(tmp_path),
        "DUIBIAO_DATABASE_URL": f"sqlite:///{tmp_path}/duibiao.db",
    }
    output = tmp_path / "output.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}", "SAMPLE=0"],  # noqa: S607 - whichever make is there
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(lambda: ready(port), seconds=60, what="make run is ready")
        key = (tmp_path / "dev-keys.json").read_text(encoding="utf-8")
        assert '"office"' in key
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)
    assert "Traceback" not in output.read_text(encoding="utf-8")


def ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
