"""Schemathesis judges the running product by its own description, all checks on, with good keys.

A few examples per operation in `make test`, 1,000 in `make soak`; the seed is printed and can be
set by `DUIBIAO_TEST_SEED`. What may be answered to what stands in schemathesis.toml.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.product import NO_LIMITS, Product
from tests.support.project import ROOT

SEED = int(os.environ.get("DUIBIAO_TEST_SEED", "20210629"))
CONFIGURATION = ROOT / "tests" / "e2e" / "schemathesis.toml"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
    "object_level_authorization",
)


def callers(product: Product, file: Path) -> dict[str, str]:
    """Write the keys that may be used, and return the environment that tells of them."""
    found = product.keys
    keys = {
        "tax-bureau": found["orgs"]["tax-bureau"],
        "finance-bureau": found["orgs"]["finance-bureau"],
        **{role: found[role] for role in ("office", "admin", "auditor")},
    }
    users = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {key}"}]}
        for name, key in keys.items()
    ]
    file.write_text(json.dumps({"auth": users}), encoding="ascii")
    listed = product.items("/v1/keys?limit=1000", org="admin")
    ours = [row["id"] for row in listed if any(row["id"] in key for key in keys.values())]
    assert len(ours) == len(keys)
    return {"DUIBIAO_CALLERS": str(file), "DUIBIAO_SPARED_KEYS": ",".join(ours)}


@pytest.mark.parametrize(
    "examples", [2, pytest.param(1000, marks=[pytest.mark.soak, pytest.mark.timeout(0)])]
)
def test_the_product_does_what_its_description_says(tmp_path: Path, examples: int) -> None:
    settings = {**NO_LIMITS, "DUIBIAO_LOG_LEVEL": "WARNING"}
    with Product(tmp_path / "state", settings=settings, arguments=("up",)) as product:
        product.settled()
        environment = callers(product, tmp_path / "key.json")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION)]
        options = ["--max-examples", str(examples), "--seed", str(SEED), "--checks", "all"]
        options += ["--report", "ndjson", "--report-dir", str(tmp_path / "report")]
        ran = subprocess.run(
            [*command, "run", f"{product.url}/openapi.json", *options],
            cwd=ROOT,
            env=os.environ | environment,
            check=False,
            capture_output=True,
            text=True,
        )
        print(f"\nseed {SEED}", *ran.stdout.splitlines()[-45:], sep="\n")  # noqa: T201 - what the run showed
        assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2_000:]
        assert "Traceback" not in product.output.read_text(encoding="utf-8")
