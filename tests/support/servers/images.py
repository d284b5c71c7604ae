"""Where the servers of the tests come from: an image where a Docker engine answers, else packages.

    python -m tests.support.servers.images

names the servers that have an image to be had here. The images are those of docker-compose.yml.
DUIBIAO_TEST_SERVERS is `docker` or `packages` where a person wants one of them.
"""

import gc
import os
from contextlib import suppress
from functools import cache
from typing import Final, NoReturn
from warnings import catch_warnings

import docker
import psutil
import pytest
import yaml
from docker.errors import DockerException, ImageNotFound
from requests import RequestException

from tests.support import project

SERVERS: Final = ("kafka", "postgres", "prometheus", "alertmanager")
CHOICE: Final = os.environ.get("DUIBIAO_TEST_SERVERS", "")
LABEL: Final = "duibiao.tests"  # on each container: the process of the tests that it belongs to
IS_MISSING: Final = " is missing: "
FAILURES: Final = (DockerException, RequestException)
assert CHOICE in {"", "docker", "packages"}, "DUIBIAO_TEST_SERVERS is docker or packages"


@cache
def engine() -> docker.DockerClient | None:
    """Return the Docker engine whose files, users and addresses are this machine's, if any."""
    with catch_warnings(action="ignore", category=ResourceWarning):
        found = _engine()
        gc.collect()  # the library leaves its socket open where nobody answers
    return found


def _engine() -> docker.DockerClient | None:
    try:
        client = docker.from_env()
        told = client.info()
    except FAILURES:
        return None
    if told["Name"] != os.uname().nodename or {"name=rootless", "name=userns"} & set(
        told["SecurityOptions"] or ()
    ):
        return None
    # A run of tests that is killed leaves its containers behind: the next one removes them.
    for container in client.containers.list(all=True, filters={"label": LABEL}):
        if not psutil.pid_exists(int(container.labels[LABEL])):
            with suppress(*FAILURES):
                container.remove(force=True, v=True)
    return client


@cache
def has(name: str) -> bool:
    """Whether the engine has an image, or can pull it."""
    client = engine()
    try:
        if client is not None:
            with suppress(ImageNotFound):
                return bool(client.images.get(name))
            client.images.pull(name)
    except FAILURES:
        return False
    return client is not None


def image(server: str) -> str | None:
    """Return the image that a server is run from; None where it is run from packages."""
    name = _images()[server]
    if CHOICE != "packages" and has(name):
        return name
    if CHOICE == "docker":
        missing(server, "DUIBIAO_TEST_SERVERS=docker rules out packages")
    return None


def missing(server: str, why: str) -> NoReturn:
    """Skip a test on a machine that lacks something; CI, which must lack nothing, fails."""
    docker = "no Docker engine answers here"
    if CHOICE == "packages":
        docker = "DUIBIAO_TEST_SERVERS=packages rules out images"
    elif engine() is not None:
        docker = f"the Docker engine has no {_images()[server]} and cannot pull it"
    text = f"{server}{IS_MISSING}{docker}, and {why}"
    (pytest.fail if os.environ.get("CI") else pytest.skip)(text)


@cache
def _images() -> dict[str, str]:
    compose = yaml.safe_load((project.ROOT / "docker-compose.yml").read_text("utf-8"))
    return {server: compose["services"][server]["image"] for server in SERVERS}


if __name__ == "__main__":
    chosen = () if CHOICE == "packages" else SERVERS
    print(*(server for server in chosen if has(_images()[server])))  # noqa: T201
