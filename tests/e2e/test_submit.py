"""`duibiao submit` against the real product: kills on both sides, corrections, resumed uploads."""

import csv
import json
import signal
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Self

import openpyxl
import psutil
import pytest

from tests.support.commands import Row, answered, mortgages, started, submitted
from tests.support.product import Product
from tests.support.registers import the_register
from tests.support.waiting import until

MORTGAGES = the_register().indicators["mortgage-registration-days"]
ORG = MORTGAGES.reported_by[0]
MEBIBYTE = 1024 * 1024
CLIENT_AT_MOST = 250 * MEBIBYTE  # the interpreter and the product's modules are half of it
SERVER_GROWS_AT_MOST = 150 * MEBIBYTE


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("submit") / "state") as product:
        yield product


def ndjson(path: Path, rows: Iterator[Row]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    return path


def prefixed(prefix: str, count: int) -> Iterator[Row]:
    for row in mortgages(count, MORTGAGES.code):
        yield row | {"case_no": f"{prefix}-{row['case_no']}"}


def has_answers(file: Path, requests: int) -> bool:
    return answered(file) >= requests


class Peak:
    """Looks again and again at how much memory a process has, while it lasts."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            try:
                self.bytes = max(self.bytes, self._process.memory_info().rss)
            except psutil.NoSuchProcess:
                return


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize(("rows", "per_request"), [(50_000, 1_000), (1_000_000, 10_000)])
def test_a_long_upload_ends_by_itself_though_the_server_is_killed_twice(
    tmp_path: Path, rows: int, per_request: int
) -> None:
    file = ndjson(tmp_path / "cases.ndjson", mortgages(rows, MORTGAGES.code))
    requests = rows // per_request
    with Product(tmp_path / "state") as product:
        running = started(product, ORG, file, "--rows", str(per_request), "--json", "--wait", "900")
        with Peak(running.process.pid) as client:
            for share in (0.25, 0.6):
                until(partial(has_answers, file, int(requests * share)), seconds=1800)
                product.kill()
                product.start()
            idle = psutil.Process(product.process.pid).memory_info().rss
            with Peak(product.process.pid) as server:
                ran = running.ended(seconds=3600)

        assert ran.code == 0, (ran.out, ran.err)
        told = ran.told
        assert (told["received"], told["accepted"]) == (rows, rows)
        assert (told["duplicate"], told["revised"], told["rejected"]) == (0, 0, 0)
        assert told["final"] is True
        receipts = product.items("/v1/submissions?limit=1000", org=ORG)
        assert {receipt["submission_id"] for receipt in receipts} == set(told["submissions"])
        assert len(receipts) == requests
        product.settled(seconds=900)
        assert product.verdict("T13", "2021Q4")["sample_size"] == rows
        assert [path.name for path in tmp_path.glob("cases.*")] == ["cases.ndjson"]
        assert client.bytes < CLIENT_AT_MOST
        assert server.bytes - idle < SERVER_GROWS_AT_MOST


def test_a_killed_upload_goes_on_where_it_was(product: Product, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "cases.ndjson", prefixed("killed", 4_000))
    arguments = (file, "--rows", "100", "--json")
    running = started(product, ORG, *arguments)
    until(lambda: answered(file) >= 3, what="three requests are answered")
    running.process.kill()
    assert running.ended().code == -signal.SIGKILL
    done = answered(file)
    assert done < 40

    told = submitted(product, ORG, *arguments).told

    assert told["resumed"] is True
    assert (told["received"], told["accepted"], told["duplicate"]) == (4_000, 4_000, 0)
    assert len(told["submissions"]) == 40


def test_an_interrupted_upload_says_how_to_go_on(product: Product, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "cases.ndjson", prefixed("interrupted", 4_000))
    running = started(product, ORG, file, "--rows", "100")
    until(lambda: answered(file) >= 1, what="a request is answered")
    running.process.send_signal(signal.SIGINT)
    ran = running.ended()

    assert ran.code == 1
    assert "再次执行同一命令即可接续" in ran.err
    assert "Traceback" not in ran.err
    assert submitted(product, ORG, file, "--json").told["received"] == 4_000


def with_faults(prefix: str) -> list[Row]:
    """Make 1,000 rows with 3 faults: a word, a time, and an order of times."""
    rows = list(prefixed(prefix, 1_000))
    rows[7]["outcome"] = "办完"
    rows[500]["accepted_at"] = "11月3日"
    rows[999]["completed_at"] = "2021-11-02T15:00:00"
    return rows


def mended(row: Row) -> Row:
    return row | {
        "outcome": "completed",
        "accepted_at": "2021-11-03T09:00:00",
        "completed_at": "2021-11-03T15:00:00",
    }


def test_three_faults_in_a_thousand_rows_are_mended_in_the_errors_file(
    product: Product, tmp_path: Path
) -> None:
    file = ndjson(tmp_path / "cases.ndjson", iter(with_faults("ndjson")))
    atomic = submitted(product, ORG, file, "--mode", "atomic", "--json")
    assert atomic.code == 1
    assert (atomic.told["stored"], atomic.told["rejected"]) == (False, 3)
    assert atomic.told["submissions"] == []
    Path(atomic.told["errors_file"]).unlink()

    first = submitted(product, ORG, file, "--json")
    again = submitted(product, ORG, file, "--json")

    assert (first.code, again.code) == (1, 1)
    assert (first.told["accepted"], first.told["duplicate"], first.told["rejected"]) == (997, 0, 3)
    assert (again.told["accepted"], again.told["duplicate"], again.told["rejected"]) == (0, 997, 3)
    errors = Path(first.told["errors_file"])
    refused = [json.loads(line) for line in errors.read_text(encoding="utf-8").splitlines()]
    assert [row["_行号"] for row in refused] == [8, 501, 1000]
    assert all(row["_错误"] and row["_errors"] for row in refused)
    ndjson(errors, map(mended, refused))
    last = submitted(product, ORG, errors, "--json")
    assert last.code == 0, last.out
    assert (last.told["received"], last.told["accepted"]) == (3, 3)


def test_a_csv_of_a_spreadsheet_is_mended_and_saved_again(product: Product, tmp_path: Path) -> None:
    rows = with_faults("csv")
    file = tmp_path / "办件.csv"
    with file.open("w", encoding="gb18030", newline="") as table:
        writer = csv.DictWriter(table, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    first = submitted(product, ORG, file)

    assert first.code == 1
    assert "拒绝原因" in first.out
    errors = tmp_path / "办件.csv.errors.csv"
    with errors.open(encoding="utf-8-sig", newline="") as table:
        refused = list(csv.DictReader(table))
    assert [row["_行号"] for row in refused] == ["9", "502", "1001"]
    # Saved as the spreadsheet likes it, the added columns still there.
    with errors.open("w", encoding="gb18030", newline="") as table:
        writer = csv.DictWriter(table, list(refused[0]))
        writer.writeheader()
        writer.writerows(map(mended, refused))
    last = submitted(product, ORG, errors, "--json")
    assert (last.code, last.told["accepted"]) == (0, 3), last.out


def test_a_json_array_and_a_dry_run(product: Product, tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(list(prefixed("json", 50)), indent=2), encoding="utf-8")

    dry = submitted(product, ORG, file, "--dry-run", "--json")
    real = submitted(product, ORG, file, "--json")

    assert (dry.code, dry.told["accepted"], dry.told["stored"]) == (0, 50, False)
    assert (real.code, real.told["accepted"], real.told["duplicate"]) == (0, 50, 0)


def test_every_refused_row_is_named_though_an_answer_lists_a_thousand(
    product: Product, tmp_path: Path
) -> None:
    wrong = {"outcome": "办完", "accepted_at": "11月3日"}
    rows = (row | wrong for row in prefixed("listed", 2_500))
    file = ndjson(tmp_path / "cases.ndjson", rows)

    told = submitted(product, ORG, file, "--json").told

    assert told["rejected"] == 2_500
    lines = Path(told["errors_file"]).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["_行号"] for line in lines] == list(range(1, 2_501))
    assert all("[bad-time]" in line and "[not-one-of]" in line for line in lines)


def test_what_another_org_reports_is_refused(product: Product, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "cases.ndjson", prefixed("other", 3))

    ran = submitted(product, "tax-bureau", file)

    assert ran.code == 1
    assert "not-yours" in ran.out


def test_a_column_that_is_not_known_refuses_the_file(product: Product, tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("case_no,indicator,mood\n1,x,good\n", encoding="utf-8")

    ran = submitted(product, ORG, file)

    assert ran.code == 1
    assert "mood" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["cases.csv"]


def test_an_unavailable_product_is_reported_and_the_command_repeated(tmp_path: Path) -> None:
    file = ndjson(tmp_path / "cases.ndjson", prefixed("repeated", 300))
    arguments = (file, "--patience", "0", "--rows", "100", "--json")
    with Product(tmp_path / "state") as product:
        product.kill()
        away = submitted(product, ORG, *arguments)
        assert away.code == 2
        assert "Traceback" not in away.err
        product.start()

        sent = submitted(product, ORG, *arguments)

        assert (sent.code, sent.told["accepted"]) == (0, 300)
        product.settled()
        assert product.verdict("T13", "2021Q4")["sample_size"] == 300


def test_a_workbook_goes_as_it_is(product: Product, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("填报")
    rows = [*prefixed("xlsx", 5)]
    rows[3]["outcome"] = "办完"
    sheet.append(["办件登记表"])
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    file = tmp_path / "办件.xlsx"
    book.save(file)

    ran = submitted(product, ORG, file, "--kind", "cases", "--json")

    assert (ran.code, ran.told["received"], ran.told["accepted"]) == (1, 5, 4), ran.out
    errors = Path(ran.told["errors_file"])
    assert errors.name == "办件.xlsx.errors.xlsx"
    lines = list(openpyxl.load_workbook(errors)["填报"].iter_rows(values_only=True))
    # Below a title and the headings the fourth row stands in line 6, and there it stays.
    assert lines[0][0] == "办件登记表"
    assert lines[1] == (*rows[0], "_错误", "_errors")
    assert [line for line in lines[2:5] if any(line)] == []
    assert lines[5][: len(rows[3])] == tuple(rows[3].values())
    assert "第6行" in str(lines[5][-2])
    assert "[not-one-of]" in str(lines[5][-1])
    assert len(lines) == 6
