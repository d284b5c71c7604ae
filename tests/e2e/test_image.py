"""The image, built and run by the Docker engine where one answers.

The base is what the Dockerfile names, or what BASE names:

    BASE=our-python pytest -s tests/e2e/test_image.py

Where no engine answers, or no base is to be had, nothing can be built and the tests are skipped.
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from tests.support import project
from tests.support.product import free_port, until

BUILD_WITHIN: Final = 900
SMALL: Final = 250_000_000  # bytes that we lay over the base
# As the Compose file and the Kubernetes base run it.
RESTRICTED: Final = (
    *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
    *("--tmpfs", "/tmp:mode=1777"),  # noqa: S108 - inside the container
    *("--tmpfs", "/var/lib/duibiao:uid=10001,gid=10001,mode=0750"),
)


def docker(*arguments: str, within: float = 60, check: bool = True) -> str:
    program = shutil.which("docker") or "docker"
    done = subprocess.run(
        [program, *arguments],
        cwd=project.ROOT,
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )
    if check:
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout.strip()


def need_engine() -> None:
    if shutil.which("docker") is None:
        pytest.skip("there is no docker here")
    if not docker("version", "--format", "{{.Server.Version}}", check=False):
        pytest.skip("no Docker engine answers here")


def base() -> str:
    """Return the base to build on; fetch it where it is not there."""
    named = re.search(
        r"^ARG BASE=(\S+)$", (project.ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE
    )
    assert named is not None
    image = os.environ.get("BASE") or named[1]
    try:
        there = docker("image", "inspect", image, check=False) not in {"", "[]"}
        if not there and not docker("pull", "-q", image, check=False, within=120):
            pytest.skip(f"the base {image} cannot be had here; BASE names another")
    except subprocess.TimeoutExpired:
        pytest.skip(f"the base {image} does not come; BASE names another")
    return image


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    need_engine()
    tag = f"duibiao:test-{uuid4().hex[:12]}"
    docker(
        *("build", "-q", "--network", "host", "--build-arg", f"BASE={base()}"),
        *("--build-arg", "REVISION=tested", "-t", tag, "."),
        within=BUILD_WITHIN,
    )
    yield tag
    docker("rmi", "-f", tag)


def inspected(name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(docker("inspect", name))
    return found[0]


@contextmanager
def running(image: str, *command: str) -> Iterator[tuple[str, httpx.Client]]:
    """Run a container as restricted as it is to be; yield its name and a client of it."""
    name, port = f"duibiao-test-{uuid4().hex[:12]}", free_port()
    docker(
        *("run", "-d", "--name", name, "--network", "host", *RESTRICTED),
        *("-e", "DUIBIAO_HOST=127.0.0.1", "-e", f"DUIBIAO_PORT={port}", image, *command),
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            yield name, client
    finally:
        docker("rm", "-f", name)


def ready(name: str, client: httpx.Client) -> bool:
    assert inspected(name)["State"]["Running"], docker("logs", name)
    try:
        return client.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def within(image: str, script: str) -> str:
    """Run a line of shell in the image."""
    return docker("run", "--rm", "--network", "host", "--entrypoint", "sh", image, "-c", script)


def test_it_says_what_it_is_and_runs_as_a_number(image: str) -> None:
    config = inspected(image)["Config"]

    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["duibiao"]
    assert config["Healthcheck"]["Test"][:2] == ["CMD", "python"]
    labels = {name.rpartition(".")[2]: text for name, text in config["Labels"].items()}
    assert labels["title"] == "duibiao"
    assert labels["revision"] == "tested"
    assert labels["licenses"] == "Apache-2.0"
    assert re.search(rf'^version = "{re.escape(labels["version"])}"$', _pyproject(), re.MULTILINE)


def test_it_is_small_and_holds_no_tool_that_builds(image: str) -> None:
    ours = inspected(image)["Size"] - inspected(base())["Size"]

    print(f"{ours:,} bytes over the base")  # noqa: T201
    assert 0 < ours < SMALL
    tools = "for tool in gcc cc make git; do command -v $tool; done; ls /opt/duibiao/bin"
    assert not {"gcc", "cc", "make", "git", "pip", "pip3"} & set(within(image, tools).split())
    packages = within(image, "ls /opt/duibiao/lib/python3.11/site-packages").split()
    assert not {"pip", "setuptools", "tests", "pytest", "deploy"} & set(packages)
    assert within(image, "find /opt/duibiao -writable | head -1") == ""


@pytest.mark.parametrize("command", [("up", "--no-sample"), ("serve", "indicators")], ids=" ".join)
def test_it_serves_from_a_root_that_nobody_can_write_and_ends_well(
    image: str, command: tuple[str, ...]
) -> None:
    began = time.monotonic()
    with running(image, *command) as (name, client):
        until(lambda: ready(name, client), seconds=120, what="the container is ready")
        print(f"{' '.join(command)}: ready after {time.monotonic() - began:.1f} s")  # noqa: T201
        until(
            lambda: inspected(name)["State"]["Health"]["Status"] == "healthy",
            seconds=120,
            what="the engine finds it healthy",
        )
        assert client.get("/livez").status_code == httpx.codes.OK
        assert "duibiao_target_info" in client.get("/metrics").text

        docker("stop", "-t", "45", name)

        assert inspected(name)["State"]["ExitCode"] == 0, docker("logs", name)


def test_it_runs_as_a_user_that_is_not_known_in_it(image: str) -> None:
    said = docker(
        *("run", "--rm", "--network", "host", "--user", "54321:54321", *RESTRICTED),
        *(image, "register", "check"),
    )

    assert "targets" in said


def test_it_brings_its_schemas_along(image: str) -> None:
    said = docker("run", "--rm", "--network", "host", *RESTRICTED, image, "migrate")

    for schema in ("access", "ingest", "indicators", "alerts"):
        assert schema in said


def _pyproject() -> str:
    return (project.ROOT / "pyproject.toml").read_text("utf-8")
