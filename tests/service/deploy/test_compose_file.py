"""The Compose file: valid, closed to the world, without a password, in the right order."""

import json
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Final

import compose_spec
import pytest

from tests.service.deploy.manifests import COMPOSE, SERVICES, compose
from tests.support import project
from tests.support.monitoring import DEPLOY, Json

OTHERS: Final = ("kafka", "postgres", "prometheus", "alertmanager", "grafana")
ONCE: Final = ("migrate", "topics")
NEW_SECRETS: Final = DEPLOY / "new-secrets"


def service(name: str) -> Json:
    found: Json = compose()["services"][name]
    return found


def test_it_keeps_to_the_compose_specification() -> None:
    read = compose_spec.PyCompose.from_json(json.dumps(compose()))

    assert set(read.to_dict()["services"]) == {*SERVICES, *ONCE, *OTHERS}


def test_a_misspelt_word_would_be_found() -> None:
    wrong = json.dumps(compose()).replace('"read_only"', '"read_olny"')

    with pytest.raises(ValueError, match="read_olny"):
        compose_spec.PyCompose.from_json(wrong)


def test_docker_compose_takes_it_too() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], check=False).returncode:
        pytest.skip("docker compose is not installed here; the specification was checked")
    listed = subprocess.run(
        [docker, "compose", "-f", str(COMPOSE), "config", "--services"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert set(listed.stdout.split()) == {*SERVICES, *ONCE, *OTHERS}


def test_every_port_is_of_this_machine_alone() -> None:
    ports = [port for one in compose()["services"].values() for port in one.get("ports", [])]

    assert len(ports) == len(set(ports)) == 6
    assert [port for port in ports if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)] == []


def test_log_and_database_are_reached_from_inside_only() -> None:
    assert compose()["networks"]["inside"] == {"internal": True}
    for name in ("kafka", "postgres"):
        assert service(name)["networks"] == ["inside"]
        assert "ports" not in service(name)


@pytest.mark.parametrize("name", [*SERVICES, *ONCE])
def test_our_containers_can_change_nothing_of_themselves(name: str) -> None:
    one = service(name)

    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["image"] == service("ingest")["image"]
    assert "user" not in one, "the image has its own, a number"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_when_database_and_topics_are_as_they_must_be(name: str) -> None:
    done = {"condition": "service_completed_successfully"}

    assert service(name)["command"] == ["serve", name]
    assert service(name)["depends_on"] == {"migrate": done, "topics": done}


def test_what_prepares_waits_for_what_it_prepares_and_is_not_repeated() -> None:
    healthy = {"condition": "service_healthy"}

    assert service("migrate")["depends_on"] == {"postgres": healthy}
    assert service("topics")["depends_on"] == {"kafka": healthy}
    assert {service(name)["restart"] for name in ONCE} == {"no"}


@pytest.mark.parametrize("name", OTHERS)
def test_the_others_tell_when_they_are_ready(name: str) -> None:
    assert service(name)["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert "interval" in service(name)["healthcheck"]


@pytest.mark.parametrize("name", [*SERVICES, *OTHERS])
def test_everything_that_stays_has_time_to_end_a_limit_and_short_logs(name: str) -> None:
    one = service(name)

    assert int(one["stop_grace_period"].removesuffix("s")) >= (45 if name in SERVICES else 30)
    assert one["restart"] == "unless-stopped"
    assert "memory" in one["deploy"]["resources"]["limits"]
    assert one["logging"]["options"]["max-size"]


def test_images_have_versions() -> None:
    images = {one["image"] for one in compose()["services"].values()}

    assert [image for image in images if not re.search(r":v?\d+(\.\d+)*(-\w+)?$", image)] == []


def test_what_is_mounted_is_there() -> None:
    mounted = [
        volume.partition(":")[0]
        for one in compose()["services"].values()
        for volume in one.get("volumes", [])
    ]
    files = [name for name in mounted if name.startswith("./")]

    assert files
    assert [name for name in files if not (project.ROOT / name).exists()] == []
    assert {name for name in mounted if not name.startswith("./")} == set(compose()["volumes"])


def test_no_password_stands_in_the_file() -> None:
    for name, one in compose()["services"].items():
        for variable, value in one.get("environment", {}).items():
            if "PASSWORD" in variable:
                assert value.startswith("/run/secrets/"), name
                assert value.rpartition("/")[2] in one["secrets"], name
    assert not re.search(r"://[^/@\s]*:[^/@\s]*@", COMPOSE.read_text("utf-8"))


def new_secrets(folder: Path) -> dict[str, str]:
    subprocess.run(
        [str(NEW_SECRETS), str(folder)], check=True, capture_output=True, stdin=subprocess.DEVNULL
    )
    return {path.name: path.read_text("ascii") for path in folder.iterdir()}


def test_passwords_are_made_once_long_and_for_their_owner(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"

    made = new_secrets(folder)

    wanted = {Path(one["file"]) for one in compose()["secrets"].values()}
    assert set(made) == {path.name for path in wanted}
    assert {path.parent for path in wanted} == {Path("deploy/secrets")}
    assert len(set(made.values())) == len(made)
    assert all(re.fullmatch(r"[0-9A-Za-z]{36,43}", text) for text in made.values())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "grafana-password").unlink()
    again = new_secrets(folder)
    assert again.pop("grafana-password") != made.pop("grafana-password")
    assert again == made


def test_passwords_are_in_no_commit_and_in_no_image() -> None:
    ignored = (project.ROOT / ".gitignore").read_text("utf-8").splitlines()
    taken = (project.ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert "/deploy/secrets/" in ignored
    assert taken[1] == "*"
    assert not any("deploy" in line for line in taken if line.startswith("!"))
