"""A client that a generator makes of the live description: it posts a batch and reads its outcome.

The generator and the program know nothing of the product but its address and its document.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.product import Product
from tests.support.project import ROOT

PACKAGE = "duibiao_api"
SAID_OF_BODIES = "unsupported content"


pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("generated") / "state") as product:
        yield product


@pytest.fixture(scope="module")
def generated(product: Product, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder that holds the generated package, and what the generator said."""
    folder = tmp_path_factory.mktemp("made")
    # The generator takes a file for the body where it is told that a type is one of bytes.
    bytes_too = "content_type_overrides: {application/pdf: application/octet-stream}\n"
    (folder / "config.yml").write_text(f"post_hooks: []\n{bytes_too}", encoding="ascii")
    command = [sys.executable, "-m", "openapi_python_client", "generate"]
    options = ["--meta", "none", "--config", "config.yml", "--output-path", PACKAGE]
    ran = subprocess.run(
        [*command, "--url", f"{product.url}/openapi.json", *options],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder, ran.stdout + ran.stderr


def test_every_operation_is_generated(product: Product, generated: tuple[Path, str]) -> None:
    folder, said = generated
    paths = product.client.get("/openapi.json").json()["paths"]
    wanted = {about["operationId"] for methods in paths.values() for about in methods.values()}
    made = {path.stem for path in (folder / PACKAGE / "api").glob("*/*.py")} - {"__init__"}
    assert made == wanted
    assert "will not be generated" not in said
    # Bodies and answers other than JSON are beyond this generator; it says so, and nothing else.
    warnings = said.split("WARNING ")[1:]
    assert len(warnings) >= 9
    assert [told for told in warnings if SAID_OF_BODIES not in told.lower()] == []


def test_types_have_names_of_the_field(generated: tuple[Path, str]) -> None:
    made = {path.stem for path in (generated[0] / PACKAGE / "models").glob("*.py")}
    named = {"observation", "case", "pause", "extension", "progress_report", "posting_answer"}
    assert named | {"verdict", "verdict_list", "duty", "alert", "alert_step", "problem"} <= made
    assert not {name for name in made if "response_200_item" in name}


def test_the_generated_client_posts_a_batch_and_reads_its_outcome(
    product: Product, generated: tuple[Path, str]
) -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    program = page.partition("```python\nfrom duibiao_api")[2].partition("```")[0]
    assert program, "docs/api.md shows no program with a generated client"
    folder = generated[0]
    (folder / "key.txt").write_text(product.keys["orgs"]["tax-bureau"], encoding="ascii")
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from duibiao_api{program}".replace("https://duibiao.example.invalid", product.url),
        ],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout.splitlines()
    # A batch of two quarters: taken, evaluated; then one that is no period, refused by its code.
    assert told == ["202 2 rows", "evaluated accepted=2 duplicate=0 rejected=0", "422 bad-period"]
    assert product.verdict("T16", "2021Q1")["value"] == 5.5
    assert product.verdict("T16", "2021Q2")["value"] == 5.25
