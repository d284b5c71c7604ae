"""The sample: one batch per org and file, quarter by quarter, each with a key of its own."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from duibiao.register import default_folder
from services.cli import sample
from tests.support.registers import the_register

SHIPPED = default_folder() / "sample"


def rows(batch: sample.Batch) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(batch.body.decode())))


def folder_with(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def client_of(handle: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return httpx.Client(base_url="http://example.invalid", transport=httpx.MockTransport(handle))


def test_a_file_becomes_one_batch_per_org_in_the_order_of_quarters(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path,
        {
            "2021Q2/observations.csv": "org,value\na,3\n",
            "2021Q1/cases.csv": "org,case_no\nb,1\n",
            "2021Q1/observations.csv": "org,value\na,1\nb,2\na,9\n",
            "2021Q1/progress-reports.csv": "org,measure\na,6.3\n",
        },
    )

    batches = list(sample.read(folder))

    assert [batch.name for batch in batches] == [
        "sample-2021Q1-observations-a",
        "sample-2021Q1-observations-b",
        "sample-2021Q1-cases-b",
        "sample-2021Q1-progress-reports-a",
        "sample-2021Q2-observations-a",
    ]
    assert rows(batches[0]) == [{"org": "a", "value": "1"}, {"org": "a", "value": "9"}]


def test_each_batch_goes_with_its_orgs_key_and_reports_with_the_offices() -> None:
    seen: list[tuple[str, str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        headers = request.headers
        seen.append((request.url.path, headers["authorization"], headers["idempotency-key"]))
        return httpx.Response(202, json={"submission_id": f"s{len(seen)}"})

    batches = [
        sample.Batch("one", "tax-bureau", "observations", b""),
        sample.Batch("two", "tax-bureau", "progress-reports", b""),
    ]
    with client_of(answer) as client:
        ids = sample.post(client, "OFFICE", {"tax-bureau": "TAX"}, batches)

    assert ids == ["s1", "s2"]
    assert seen == [
        ("/v1/observations", "Bearer TAX", "one"),
        ("/v1/progress-reports", "Bearer OFFICE", "two"),
    ]


def test_a_refused_batch_ends_the_posting_and_is_told() -> None:
    with (
        client_of(lambda _request: httpx.Response(422, text="bad row 3")) as client,
        pytest.raises(sample.SampleRefused, match=r"one: 422 bad row 3"),
    ):
        sample.post(client, "K", {"a": "K"}, [sample.Batch("one", "a", "cases", b"")])


def test_the_shipped_sample_speaks_of_every_target_and_only_of_the_register() -> None:
    register = the_register()
    batches = list(sample.read(SHIPPED))
    figures = [row for b in batches if b.kind != "progress-reports" for row in rows(b)]
    reports = [row for b in batches if b.kind == "progress-reports" for row in rows(b)]

    assert {row["indicator"] for row in figures} == {t.indicator for t in register.targets}
    for row in figures:
        assert row["org"] in register.indicators[row["indicator"]].reported_by
    assert {row["measure"] for row in reports} == {measure.no for measure in register.measures}
    for row in reports:
        assert row["org"] in register.measure(row["measure"]).leads
        assert row["received_on"]


def test_every_record_of_the_shipped_sample_is_marked_as_invented() -> None:
    marks = {"observations": "comment", "cases": "labels", "progress-reports": "summary"}

    for batch in sample.read(SHIPPED):
        for row in rows(batch):
            text = row[marks[batch.kind]]
            empty = row.get("zero_report") == "true"  # a zero report has no text
            assert "sample" in text or text.startswith("【示例】") or empty, (batch.name, row)
