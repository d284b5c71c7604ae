"""Where a server is missing its tests are skipped, and the run says which and why; CI fails."""

import os
import subprocess
import sys

import pytest

from tests.support import project
from tests.support.servers.kafka_jars import installed_java

NO_JAVA = r"^kafka is missing: .*, and no java is installed"
TESTS = (
    "tests/contract/test_bus.py::test_an_event_comes_back_as_it_was_sent",
    "tests/contract/test_store.py::test_a_block_that_fails_leaves_nothing",
    "tests/contract/test_store.py::test_a_block_that_ends_well_is_committed",
    "tests/service/deploy/test_prometheus_rules.py::test_configuration_and_rules_are_sound",
    "tests/service/deploy/test_alertmanager_routes.py::test_the_configuration_is_sound",
)


def test_the_summary_counts_what_was_skipped_for_want_of_each_server() -> None:
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    nowhere = {"DUIBIAO_TEST_SERVERS": "docker", "DOCKER_HOST": "unix:///nowhere"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:xdist", *TESTS],
        cwd=project.ROOT,
        env=kept | nowhere,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    *_, summary = done.stdout.partition("short test summary info")
    why = "no Docker engine answers here, and DUIBIAO_TEST_SERVERS=docker rules out packages"
    for server, count in {"alertmanager": 1, "kafka": 1, "postgres": 2, "prometheus": 1}.items():
        assert f"\n{count} tests skipped: {server} is missing: {why}\n" in summary
    assert "3 passed, 5 skipped" in summary  # SQLite needs no server


def test_only_ci_fails_for_want_of_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=NO_JAVA):
        installed_java()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=NO_JAVA):
        installed_java()
