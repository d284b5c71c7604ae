"""The Kubernetes base as kustomize renders it: valid, and each line of our checklist."""

import re
from typing import Final

import kubernetes_validate
import pytest

from duibiao.process.lifetime import STOPPING
from duibiao.process.process import GRACE
from tests.service.deploy.manifests import SERVICES, containers, objects, pods, rendered
from tests.support.monitoring import Json
from tests.support.project import ROOT

# The oldest that we say we run on, and the newest whose schema the validator has.
VERSIONS: Final = ("1.30", "1.37")
# What the process itself may take to end, and as much again for a machine that is busy.
GRACE_AND_MARGIN: Final = 5 + 2 * (GRACE + STOPPING)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid_to_the_last_field(version: str) -> None:
    assert len(rendered()) > 3 * len(SERVICES)
    for one in rendered():
        kubernetes_validate.validate(one, version, strict=True)


def test_a_misspelt_field_would_be_found() -> None:
    one = objects("Deployment")["duibiao-ingest"]
    wrong = {**one, "spec": {**one["spec"], "replicsa": 3}}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_there_is_what_three_services_need_and_nothing_else() -> None:
    names = {f"duibiao-{name}" for name in SERVICES}

    for kind in ("Deployment", "Service", "ServiceAccount", "PodDisruptionBudget"):
        assert set(objects(kind)) == names, kind
    assert set(objects("Job")) == {"duibiao-prepare"}
    assert {one["kind"] for one in rendered()} == {
        "Namespace",
        "ConfigMap",
        "Deployment",
        "Service",
        "ServiceAccount",
        "PodDisruptionBudget",
        "Job",
        "NetworkPolicy",
    }
    assert {one["metadata"].get("namespace", "duibiao") for one in rendered()} == {"duibiao"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_its_command_and_its_name_selects_it_alone(name: str) -> None:
    full = f"duibiao-{name}"
    chosen = {"app.kubernetes.io/component": name, "app.kubernetes.io/name": "duibiao"}
    deployment = objects("Deployment")[full]["spec"]
    (container,) = containers(pods()[full])

    assert container["args"] == ["serve", name]
    assert "command" not in container
    assert chosen.items() <= pods()[full]["metadata"]["labels"].items()
    assert deployment["selector"]["matchLabels"] == chosen
    assert objects("Service")[full]["spec"]["selector"] == chosen
    assert objects("PodDisruptionBudget")[full]["spec"]["selector"]["matchLabels"] == chosen


@pytest.mark.parametrize("name", SERVICES)
def test_one_replica_at_a_time_goes_and_none_before_another_is_there(name: str) -> None:
    full = f"duibiao-{name}"
    deployment = objects("Deployment")[full]["spec"]
    spread = pods()[full]["spec"]["topologySpreadConstraints"]

    assert deployment["replicas"] == 3
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert objects("PodDisruptionBudget")[full]["spec"]["maxUnavailable"] == 1
    assert {one["topologyKey"] for one in spread} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }
    assert all(one["labelSelector"]["matchLabels"] for one in spread)


@pytest.mark.parametrize("name", SERVICES)
def test_life_asks_the_process_and_readiness_whether_it_takes_work(name: str) -> None:
    (container,) = containers(pods()[f"duibiao-{name}"])

    assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    startup = container["startupProbe"]
    assert startup["httpGet"] == {"path": "/livez", "port": "http"}  # readiness may take its time
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 120
    assert container["ports"] == [{"containerPort": 8080, "name": "http", "protocol": "TCP"}]


@pytest.mark.parametrize("name", SERVICES)
def test_there_is_time_to_end_well(name: str) -> None:
    spec = pods()[f"duibiao-{name}"]["spec"]
    (container,) = spec["containers"]

    assert container["lifecycle"]["preStop"] == {"sleep": {"seconds": 5}}
    assert spec["terminationGracePeriodSeconds"] >= GRACE_AND_MARGIN


@pytest.mark.parametrize("name", [*(f"duibiao-{name}" for name in SERVICES), "duibiao-prepare"])
def test_every_pod_is_restricted(name: str) -> None:
    pod = pods()[name]
    spec = pod["spec"]

    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] >= 10_000
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    for volume in spec["volumes"]:
        assert "hostPath" not in volume
        assert "sizeLimit" in volume.get("emptyDir", {"sizeLimit": ""})
    for container in containers(pod):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        # Throttling is what makes answers late; the reason stands beside the figures.
        assert container["resources"]["limits"].keys() == {"memory"}
        assert not container["image"].endswith(":latest")
        assert ":" in container["image"]


def test_the_namespace_lets_in_nothing_less_restricted() -> None:
    (labels,) = (one["metadata"]["labels"] for one in objects("Namespace").values())

    for mode in ("enforce", "warn", "audit"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"


def test_secrets_come_as_files_and_from_elsewhere() -> None:
    assert objects("Secret") == {}
    for pod in pods().values():
        assert "duibiao" in {
            volume["secret"]["secretName"]
            for volume in pod["spec"]["volumes"]
            if "secret" in volume
        }
        for container in containers(pod):
            assert "env" not in container
            (source,) = container["envFrom"]
            assert source["configMapRef"]["name"] in objects("ConfigMap")


def test_every_secret_file_that_is_named_is_made_by_the_guide() -> None:
    (settings,) = objects("ConfigMap").values()
    values = "\n".join(settings["data"].values())
    guide = (ROOT / "docs" / "deploy.md").read_text("utf-8")

    named = set(re.findall(r"/run/secrets/([\w.-]+)", values))
    assert named == set(re.findall(r"--from-file=([\w.-]+)", guide))
    # Without it libpq looks in a home that the container does not have, and lets nobody in.
    assert "sslmode=verify-full&sslrootcert=" in settings["data"]["DUIBIAO_DATABASE_URL"]


def test_the_schema_comes_before_the_topics() -> None:
    spec = pods()["duibiao-prepare"]["spec"]

    assert [one["args"] for one in spec["initContainers"]] == [["migrate"]]
    assert [one["args"] for one in spec["containers"]] == [["topics", "apply"]]
    assert spec["restartPolicy"] == "OnFailure"


def test_traffic_is_refused_but_what_is_named() -> None:
    allowed = {
        name: (
            policy["spec"]["policyTypes"],
            sorted({port["port"] for rule in _rules(policy) for port in rule["ports"]}),
        )
        for name, policy in objects("NetworkPolicy").items()
    }

    assert allowed == {
        "duibiao-nothing": (["Ingress", "Egress"], []),
        "duibiao-database-and-log": (["Egress"], [53, 5432, 9092, 9093]),
        "duibiao-requests": (["Ingress"], [8080]),
        "duibiao-webhooks": (["Egress"], [443]),
    }
    assert objects("NetworkPolicy")["duibiao-nothing"]["spec"]["podSelector"] == {}


def _rules(policy: Json) -> list[Json]:
    return [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]
