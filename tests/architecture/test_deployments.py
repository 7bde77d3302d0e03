"""What runs Boatyard elsewhere agrees with what is here: compose.yaml, the gateway, what is for Kubernetes."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from types import ModuleType
from typing import Any

import pytest
import yaml

from boatyard.shared.runtime import KEEP_ALIVE_SECONDS
from boatyard.shared.service import Service
from boatyard.shared.settings import PREFIX, known_variables
from boatyard.standalone.services import SERVICES
from tests.architecture.tree import ROOT, files, services

NAMES = {folder.name for folder in services()} - {"standalone"}
by_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


class Loader(yaml.CSafeLoader):
    """Reads what only compose understands, such as `!override`, as nothing."""


Loader.add_multi_constructor("!", lambda *_: None)


@functools.cache
def document(path: str) -> Any:
    return yaml.load((ROOT / path).read_text(), Loader)


@functools.cache
def resources() -> list[tuple[str, dict[str, Any]]]:
    """Every whole resource for Kubernetes, and the file that it is in."""
    others = {ROOT / "k8s/overlays/production/registry.yaml", *(ROOT / "k8s").rglob("kustom*.yaml")}
    return [
        (str(path.relative_to(ROOT)), resource)
        for path in sorted({*(ROOT / "k8s").rglob("*.yaml")} - others)
        for resource in yaml.load_all(path.read_text(), Loader)
    ]


@functools.cache
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup", ROOT / "deploy/setup.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def secret_names(service: str) -> set[str]:
    known = {
        "nats": "n",
        "notification": "x",
        f"database {service}": "d",
        f"key {service}": "k",
    }
    keys = {"github-gateway", "webhook-dispatcher"}
    if service not in keys:
        del known[f"key {service}"]
    return set(setup().settings_of(service, known))


def test_compose_and_kubernetes_run_every_service() -> None:
    composed = document("compose.yaml")["services"]
    built = {
        part["build"]["args"]["SERVICE"]
        for part in composed.values()
        if "SERVICE" in part.get("build", {}).get("args", {})
    }
    assert built == NAMES
    assert set(composed) >= NAMES
    assert set(setup().SERVICES) == NAMES
    for kind in ("Deployment", "Service", "PodDisruptionBudget"):
        found = {it["metadata"]["name"] for _, it in resources() if it["kind"] == kind}
        assert found >= NAMES, f"{kind}: {', '.join(NAMES - found)}"
    jobs = {it["metadata"]["name"] for _, it in resources() if it["kind"] == "Job"}
    assert jobs == {f"migrate-{name}" for name in NAMES}


def test_kubernetes_has_a_file_for_every_resource() -> None:
    listed = set(document("k8s/base/kustomization.yaml")["resources"])
    assert listed == {path.name for path in (ROOT / "k8s/base").glob("*.yaml")} - {
        "kustomization.yaml"
    }


@by_service
def test_a_service_is_given_only_settings_that_it_has(service: Service) -> None:
    known = known_variables([service.settings])
    given = set(document("compose.yaml")["services"][service.name]["environment"])
    given |= set(document("compose.tls.yaml")["services"][service.name]["environment"])
    given |= secret_names(service.name)
    for path in ("k8s/base/kustomization.yaml", "k8s/overlays/production/kustomization.yaml"):
        for config in document(path)["configMapGenerator"]:
            if config["name"] == "settings":
                given |= {literal.partition("=")[0] for literal in config["literals"]}
    for _, resource in resources():
        if resource["kind"] == "Deployment" and resource["metadata"]["name"] == service.name:
            container = resource["spec"]["template"]["spec"]["containers"][0]
            given |= {variable["name"] for variable in container.get("env", [])}
    assert {name for name in given if name.startswith(PREFIX)} == given
    assert given <= known, f"no setting of {service.name}: {', '.join(sorted(given - known))}"


@by_service
def test_kubernetes_hands_a_service_the_secrets_that_compose_does(service: Service) -> None:
    generated = {
        secret["name"]: secret["files"]
        for secret in document("k8s/secrets/kustomization.yaml")["secretGenerator"]
    }
    folder = f"{service.name}-secrets"
    assert set(generated[service.name]) == {
        f"{folder}/{name}" for name in secret_names(service.name)
    }


@functools.cache
def ways() -> list[tuple[re.Pattern[str], str]]:
    """What the gateway makes of a path, in the order in which it looks: a pattern, and whose it is."""
    text = (ROOT / "deploy/Caddyfile").read_text()
    named: dict[str, str] = dict(re.findall(r"@(\S+) path_regexp (\S+)", text))
    for name, paths in re.findall(r"@(\S+) path (.+)", text):
        named[name] = "|".join(glob(path) for path in paths.split())
    found = []
    for matcher, body in re.findall(r"\bhandle (\S+) \{\n(.*?)\n\t{2,4}\}", text, re.DOTALL):
        # The console's own matchers ask for files, and no route is one.
        pattern = named.get(matcher[1:], "$^") if matcher.startswith("@") else glob(matcher)
        proxied = re.search(r"reverse_proxy (\S+):\d+", body)
        found.append((re.compile(pattern), proxied[1] if proxied else ""))
    return found


def glob(path: str) -> str:
    return "^" + re.escape(path).replace(r"\*", ".*") + "$"


@by_service
def test_the_gateway_leads_every_route_to_its_service(service: Service) -> None:
    inside = {"/registry/events"}
    for router in service.routers:
        for route in router.routes:
            path = getattr(route, "path", "")
            filled = re.sub(r"\{[^}]*\}", "some-1", path)
            owner = next((owner for pattern, owner in ways() if pattern.search(filled)), None)
            assert owner == ("" if path in inside else service.name), path


def test_the_gateway_lets_go_of_a_connection_before_a_service_does() -> None:
    [seconds] = re.findall(r"keepalive (\d+)s", (ROOT / "deploy/Caddyfile").read_text())
    assert int(seconds) < KEEP_ALIVE_SECONDS


def test_only_the_gateway_can_be_reached_and_builds_reach_no_store() -> None:
    parts = document("compose.yaml")["services"]
    assert [name for name, part in parts.items() if "ports" in part] == ["gateway"]
    networks = {name: set(part.get("networks", ())) for name, part in parts.items()}
    assert networks["engine"] == {"engine"}
    assert {name for name, joined in networks.items() if "engine" in joined} == {
        "engine",
        "gateway",
        "registry",
    }
    text = (ROOT / "compose.yaml").read_text()
    assert "docker.sock:" not in text, "never the host's engine"


def test_each_part_reads_its_own_secrets_alone() -> None:
    for name, part in document("compose.yaml")["services"].items():
        read = {volume.partition(":")[0] for volume in part.get("volumes", ())}
        secrets = {volume for volume in read if volume.endswith("-secrets")}
        assert name == "setup" or secrets <= {f"{name}-secrets"}, name


@pytest.mark.parametrize("name", sorted(NAMES | {"gateway", "registry", "nats", "postgres"}))
def test_a_part_in_kubernetes_is_probed_and_bounded(name: str) -> None:
    (workload,) = (
        resource
        for _, resource in resources()
        if resource["kind"] in {"Deployment", "StatefulSet"}
        and resource["metadata"]["name"] == name
    )
    pod = workload["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    for container in pod["containers"]:
        assert "readinessProbe" in container
        assert container["resources"]["limits"]["memory"]
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"]


def test_kubernetes_knows_every_field() -> None:
    import kubernetes_validate  # its schemas take a second

    for path, resource in resources():
        try:
            kubernetes_validate.validate(resource, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            raise AssertionError(f"{path}: {resource['kind']}: {error.message}") from error


KUBERNETES = "1.33"


def test_the_dashboard_shows_only_numbers_that_there_are() -> None:
    dashboard = json.loads((ROOT / "deploy/observability/boatyard.json").read_text())
    asked = {
        re.sub(r"_(total|bucket)$", "", name)
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\bboatyard_\w+", target["expr"])
    }
    sources = "".join((ROOT / path).read_text() for path in files("services/*metrics.py"))
    missing = {name for name in asked if f'"{name}"' not in sources}
    assert asked
    assert not missing


def test_prometheus_asks_every_service() -> None:
    (job,) = document("deploy/observability/prometheus.yml")["scrape_configs"]
    (targets,) = (config["targets"] for config in job["static_configs"])
    assert set(targets) == {f"{name}:8080" for name in NAMES}
