"""What docs/api.md shows for a first try is run and read as a programmer would."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.product import Product
from tests.support.project import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    return PAGE.partition(f"```{language}\n")[2].partition("```")[0]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("page") / "state") as product:
        yield product


def test_the_first_steps_run_as_they_stand(product: Product, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    (tmp_path / "key.txt").write_text(product.keys["orgs"]["tax-bureau"], encoding="ascii")
    steps = block("sh").replace("https://duibiao.example.invalid", product.url)
    ran = subprocess.run(
        ["sh", "-e"],  # noqa: S607
        input=steps,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    indicators, tried, posted, receipts = _answers(ran.stdout)
    assert "export-rebate-days" in [row["code"] for row in indicators["items"]]
    shown = json.loads(block("json"))
    changing = {"submission_id", "status_url"}
    for answer in (tried, posted):
        assert set(answer) == set(shown)
        same = {name for name in shown if answer[name] == shown[name]}
        assert set(shown) - changing <= same
    assert tried["submission_id"] is None
    assert [row["submission_id"] for row in receipts["items"]] == [posted["submission_id"]]


def _answers(text: str) -> list[dict[str, list[dict[str, str]]]]:
    """Return the JSON documents that stand one after the other."""
    decoder = json.JSONDecoder()
    found, place = [], 0
    while place < len(text):
        document, place = decoder.raw_decode(text, place)
        found.append(document)
    return found


def test_the_page_names_every_answer_to_a_post(product: Product) -> None:
    told = product.client.get("/openapi.json").json()["paths"]["/v1/cases"]["post"]["responses"]
    rows = PAGE.partition("## Responses")[2].partition("## ")[0].splitlines()
    cells = [row.split("|")[1] for row in rows if row.startswith("| ")][1:]
    named = {status.strip() for cell in cells for status in cell.split(",")}
    assert named == set(told)


def test_the_page_names_every_kind_of_body(product: Product) -> None:
    paths = product.client.get("/openapi.json").json()["paths"]
    for path in ("/v1/observations", "/v1/cases", "/v1/progress-reports"):
        assert f"`POST {path}`" in PAGE
        for media_type in paths[path]["post"]["requestBody"]["content"]:
            assert f"`{media_type}`" in PAGE
