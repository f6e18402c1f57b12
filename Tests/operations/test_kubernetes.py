"""The manifests: valid by Kubernetes' own schemas, and in agreement with the settings, the routes and each other."""
import re

import kubernetes_validate
import pytest
import yaml
from suite import ROOT
from test_units import SERVICES, names, rows

FOLDER = ROOT / "Deploy" / "kubernetes"
# The oldest supported one of the providers, and the newest one that the package knows.
VERSIONS = ("1.32.0", kubernetes_validate.latest_version())
PORTS = {"auth": "9101", "billing": "9201", "session": "9301", "task": "9401"}


def documents(name="*"):
    texts = [path.read_text() for path in sorted(FOLDER.glob(f"{name}.yaml"))]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def find(name, kind):
    return next(document for document in documents(name) if document["kind"] == kind)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_is_valid(version):
    valid = [document for document in documents() if document["kind"] != "Kustomization"]
    assert len(valid) > 20
    for document in valid:
        kubernetes_validate.validate(document, version, strict=True)
    # A word that Kubernetes does not know is found.
    valid[-1]["spec"]["podSelektor"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(valid[-1], version, strict=True)


def test_the_kustomization_has_every_file():
    found = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(find("kustomization", "Kustomization")["resources"]) == found


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_deployed_with_its_parts(name):
    assert [document["kind"] for document in documents(name)] == [
        "Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler"]
    deployment, service, budget, scaler = documents(name)
    pod = deployment["spec"]["template"]
    container = pod["spec"]["containers"][0]
    labels = pod["metadata"]["labels"].items()
    for selector in (deployment["spec"]["selector"]["matchLabels"], service["spec"]["selector"],
                     budget["spec"]["selector"]["matchLabels"]):
        assert selector.items() <= labels
    assert scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"] == service["metadata"]["name"]
    assert "replicas" not in deployment["spec"] and scaler["spec"]["minReplicas"] >= 2
    assert container["command"] == [SERVICES[name]]
    assert {str(port["port"]) for port in service["spec"]["ports"]} == {
        str(port["containerPort"]) for port in container["ports"]}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


@pytest.mark.parametrize("name", SERVICES)
def test_a_probe_asks_a_route_of_the_service_alone(name):
    container = find(name, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    prefix = {"session": "sessions", "task": "tasks"}.get(name, name)
    probes = ("startupProbe", "readinessProbe", "livenessProbe")
    paths = {probe: container[probe]["httpGet"]["path"] for probe in probes}
    # /healthz of the task service is the joint health: another service's outage must not restart it.
    assert paths == {"startupProbe": f"/{prefix}/healthz", "readinessProbe": "/readyz",
                     "livenessProbe": f"/{prefix}/healthz"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_its_settings(name):
    container = find(name, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    own = {entry["name"]: entry["value"] for entry in container["env"]}
    assert own["HTTP_PORT"] == PORTS[name]
    assert [list(source.values())[0]["name"] for source in container["envFrom"]] == [
        "talktime", "talktime-stores", f"talktime-{name}"]
    # The secrets are made of the same files as on one machine.
    has = {*find("config", "ConfigMap")["data"], *names("stores"), *names(name), *own}
    others = {"DATABASE_URL": f"{name.upper()}_DATABASE_URL", "FLASK_SECRET_KEY": "SECRET_KEY"}
    required = {others.get(row[0], row[0]) for row in rows() if row[1].startswith("required") and name in row[3]}
    assert required - has == set()


def test_the_configuration_has_no_secret_and_names_the_services():
    data = find("config", "ConfigMap")["data"]
    known = {row[0]: row for row in rows()}
    for setting in data:
        assert "secret" not in known[setting][2], setting
    for name, port in PORTS.items():
        assert data[f"{name.upper()}_SERVICE_URL"] == f"http://talktime-{name}:{port}"
        assert data[f"{name.upper()}_UPSTREAMS"] == f"talktime-{name}:{port}"
    link = {port["name"]: port["port"] for port in find("session", "Service")["spec"]["ports"]}["link"]
    assert data["LINK_UPSTREAMS"] == f"talktime-session:{link}"


def test_no_container_is_root():
    kinds = ("Deployment", "Job")
    pods = [document["spec"]["template"]["spec"] for document in documents() if document["kind"] in kinds]
    assert len(pods) == 6
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
        assert not pod["automountServiceAccountToken"]
    stages = re.split(r"^FROM .* AS ", (ROOT / "Deploy" / "container" / "Containerfile").read_text(), flags=re.M)[1:]
    users = {stage.split("\n")[0]: re.findall(r"^USER (\d+)", stage, flags=re.M) for stage in stages}
    assert users == {"build": [], "services": ["65532"], "front-door": ["65532"]}
