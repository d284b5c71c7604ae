"""The examples, run as their first lines say, against the real product."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.product import Product
from tests.support.project import ROOT

EXAMPLES = ROOT / "examples"
COMMANDS = {"submit.py": [sys.executable], "Submit.java": ["java"], "submit.sh": ["sh"]}
NEEDS = {"Submit.java": "java", "submit.sh": "curl", "submit.py": sys.executable}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("examples") / "state") as product:
        yield product


def test_every_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if path.is_file()} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_reports_a_figure(product: Product, tmp_path: Path, name: str) -> None:
    needed = NEEDS[name]
    if shutil.which(needed) is None:
        pytest.skip(f"{needed} is not on this machine")
    key = tmp_path / "key"
    key.write_text(product.keys["orgs"]["tax-bureau"] + "\n", encoding="utf-8")
    before = {row["submission_id"] for row in product.items("/v1/submissions")}

    ran = subprocess.run(
        [*COMMANDS[name], str(EXAMPLES / name), product.url, str(key)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert ran.returncode == 0, ran.stderr
    (new,) = (row for row in product.items("/v1/submissions") if row["submission_id"] not in before)
    assert new["submission_id"] in ran.stdout
    assert new["org"] == "tax-bureau"
    assert product.evaluated(new["submission_id"])["received"] == 1
    verdict = product.verdict("T16", "2021Q4")
    assert (verdict["value"], verdict["status"]) == (5.5, "met")


def test_the_program_in_the_documentation_runs(product: Product, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    program = page.partition("```python\n")[2].partition("```")[0]
    key = tmp_path / "key.txt"
    key.write_text(product.keys["orgs"]["tax-bureau"], encoding="ascii")

    ran = subprocess.run(
        [sys.executable, "-c", program.replace("https://duibiao.example.invalid", product.url)],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert ran.returncode == 0, ran.stderr
    assert "state='evaluated'" in ran.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_is_short(name: str) -> None:
    lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
    said = [line for line in lines if line.strip() and not line.startswith(("#", "//", '"""'))]

    assert len(said) <= (15 if name.endswith(".java") else 10), said
