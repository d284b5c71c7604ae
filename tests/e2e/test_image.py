"""The image, built and run by the Docker engine where one answers.

The base is what the Dockerfile names, or what BASE names:

    BASE=our-python pytest -s tests/e2e/test_image.py

Where no engine answers, or no base is to be had, nothing can be built and the tests are skipped.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

import docker
import httpx
import pytest
from docker.models.containers import Container
from docker.models.images import Image

from tests.support import project
from tests.support.product import free_port, until
from tests.support.servers.images import LABEL, engine, has

SMALL: Final = 250_000_000  # bytes that we lay over the base


@pytest.fixture(scope="module")
def base() -> Image:
    """What to build on; it is fetched where it is not there."""
    client = engine()
    if client is None:
        pytest.skip("no Docker engine answers here to build and run an image")
    text = (project.ROOT / "Dockerfile").read_text("utf-8")
    named = re.search(r"^ARG BASE=(\S+)$", text, re.MULTILINE)
    assert named is not None
    name = os.environ.get("BASE") or named[1]
    if not has(name):
        pytest.skip(f"the base {name} cannot be had here; BASE names another")
    return client.images.get(name)


@pytest.fixture(scope="module")
def image(base: Image) -> Iterator[Image]:
    images = _client().images
    built, _ = images.build(
        path=str(project.ROOT),
        tag=f"duibiao:test-{uuid4().hex[:12]}",
        buildargs={"BASE": base.tags[0], "REVISION": "tested"},
        network_mode="host",
        rm=True,
    )
    yield built
    images.remove(built.tags[0], force=True)


@contextmanager
def running(
    image: Image,
    *command: str,
    user: str | None = None,
    entrypoint: str | None = None,
    port: int = 0,
) -> Iterator[Container]:
    """Run a container as restricted as the Compose file and the Kubernetes base run it."""
    container = _client().containers.run(
        image,
        list(command),
        detach=True,
        user=user,
        entrypoint=entrypoint,
        environment={"DUIBIAO_HOST": "127.0.0.1", "DUIBIAO_PORT": str(port)},
        labels={LABEL: str(os.getpid())},
        network_mode="host",
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        tmpfs={
            "/tmp": "mode=1777",  # noqa: S108 - inside the container
            "/var/lib/duibiao": "uid=10001,gid=10001,mode=0750",
        },
    )
    try:
        yield container
    finally:
        container.remove(force=True)


def said(container: Container) -> str:
    """Return what a container prints until its good end."""
    code = container.wait()["StatusCode"]
    assert code == 0, container.logs().decode()
    return container.logs(stderr=False).decode()


def within(image: Image, script: str) -> str:
    """Run a line of shell in the image."""
    with running(image, "-c", script, entrypoint="sh") as container:
        return said(container).strip()


def ready(container: Container, client: httpx.Client) -> bool:
    container.reload()
    assert container.status == "running", container.logs().decode()
    try:
        return client.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def healthy(container: Container) -> bool:
    container.reload()
    return container.health == "healthy"


def test_it_says_what_it_is_and_runs_as_a_number(image: Image) -> None:
    config = image.attrs["Config"]

    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["duibiao"]
    assert config["Healthcheck"]["Test"][:2] == ["CMD", "python"]
    labels = {name.rpartition(".")[2]: text for name, text in config["Labels"].items()}
    assert labels["title"] == "duibiao"
    assert labels["revision"] == "tested"
    assert labels["licenses"] == "Apache-2.0"
    assert re.search(rf'^version = "{re.escape(labels["version"])}"$', _pyproject(), re.MULTILINE)


def test_it_is_small_and_holds_no_tool_that_builds(image: Image, base: Image) -> None:
    ours = image.attrs["Size"] - base.attrs["Size"]

    print(f"{ours:,} bytes over the base")  # noqa: T201
    assert 0 < ours < SMALL
    tools = "for tool in gcc cc make git; do command -v $tool; done; ls /opt/duibiao/bin"
    assert not {"gcc", "cc", "make", "git", "pip", "pip3"} & set(within(image, tools).split())
    packages = within(image, "ls /opt/duibiao/lib/python3.11/site-packages").split()
    assert not {"pip", "setuptools", "tests", "pytest", "deploy"} & set(packages)
    assert within(image, "find /opt/duibiao -writable | head -1") == ""


@pytest.mark.parametrize("command", [("up", "--no-sample"), ("serve", "indicators")], ids=" ".join)
def test_it_serves_from_a_root_that_nobody_can_write_and_ends_well(
    image: Image, command: tuple[str, ...]
) -> None:
    began, port = time.monotonic(), free_port()
    with (
        running(image, *command, port=port) as container,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        until(lambda: ready(container, client), seconds=120, what="the container is ready")
        print(f"{' '.join(command)}: ready after {time.monotonic() - began:.1f} s")  # noqa: T201
        until(lambda: healthy(container), seconds=120, what="the engine finds it healthy")
        assert client.get("/livez").status_code == httpx.codes.OK
        assert "duibiao_target_info" in client.get("/metrics").text

        container.stop(timeout=45)

        assert container.wait()["StatusCode"] == 0, container.logs().decode()


def test_it_runs_as_a_user_that_is_not_known_in_it(image: Image) -> None:
    with running(image, "register", "check", user="54321:54321") as container:
        assert "targets" in said(container)


def test_it_brings_its_schemas_along(image: Image) -> None:
    with running(image, "migrate") as container:
        printed = said(container)

    for schema in ("access", "ingest", "indicators", "alerts"):
        assert schema in printed


def _client() -> docker.DockerClient:
    client = engine()
    assert client is not None
    return client


def _pyproject() -> str:
    return (project.ROOT / "pyproject.toml").read_text("utf-8")
