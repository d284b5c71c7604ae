"""What `deploy/` gives to Docker Compose and Kubernetes, read as those read it."""

import shutil
import subprocess
from functools import cache
from typing import Final

import pytest
import yaml

from tests.support import project
from tests.support.monitoring import DEPLOY, Json

COMPOSE: Final = project.ROOT / "docker-compose.yml"
SERVICES: Final = ("ingest", "indicators", "alerts")


@cache
def compose() -> Json:
    """Return the Compose file with its anchors and merges resolved."""
    found: Json = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return {name: part for name, part in found.items() if not name.startswith("x-")}


@cache
def rendered() -> tuple[Json, ...]:
    """Return the objects that `kubectl apply -k deploy/k8s/base` would send, from kustomize."""
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("kubectl is not installed here")
    done = subprocess.run(
        [program, "kustomize", str(DEPLOY / "k8s" / "base")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def objects(kind: str) -> dict[str, Json]:
    """Return the rendered objects of a kind by name."""
    return {one["metadata"]["name"]: one for one in rendered() if one["kind"] == kind}


def pods() -> dict[str, Json]:
    """Return the pod templates of all workloads by the workload's name."""
    kinds = ("Deployment", "Job")
    return {name: one["spec"]["template"] for kind in kinds for name, one in objects(kind).items()}


def containers(pod: Json) -> list[Json]:
    """Return all containers of a pod template, those that run first included."""
    spec = pod["spec"]
    found: list[Json] = [*spec.get("initContainers", []), *spec["containers"]]
    return found
