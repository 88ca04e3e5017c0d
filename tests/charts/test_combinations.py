"""The values that people combine: what Helm makes of them is valid Kubernetes, and safe."""

import functools
import json
from collections.abc import Iterator
from typing import Any, Final

import kubernetes_validate
import pytest

from azuraforge_chart_harness.rendering import Document, of_kind, render

COMBINATIONS: Final[dict[str, tuple[str, ...]]] = {
    "defaults": (),
    "operator-alone": (
        "api.enabled=false",
        "loki.mode=disabled",
        "prometheus.mode=disabled",
        "grafana.mode=disabled",
    ),
    "sqlite": ("postgresql.mode=disabled",),
    "high-availability": (
        "operator.replicas=2",
        "api.replicas=2",
        "postgresql.mode=external",
        "api.data.accessMode=ReadWriteMany",
        "runs.accessMode=ReadWriteMany",
        "cache.accessMode=ReadWriteMany",
        "runs.storageClassName=shared",
    ),
    "whole-cluster": ("jobs.allNamespaces=true",),
    "some-namespaces": ("jobs.namespaces={training,red,blue}",),
    "ingress-and-login": (
        "api.ingress.enabled=true",
        "api.ingress.host=forge.example",
        "api.ingress.className=nginx",
        "api.ingress.tlsSecret=tls",
        "api.oidc.issuer=https://id.example",
        "api.oidc.roles.ml=editor",
        "api.oidc.defaultRole=viewer",
        "api.settings.ALLOWED_ORIGINS=https://notebooks.example",
    ),
    "companys-own-servers": (
        "postgresql.mode=external",
        "loki.mode=external",
        "loki.url=http://loki.logging.svc",
        "prometheus.mode=external",
        "prometheus.url=http://prometheus.monitoring.svc",
        "grafana.mode=external",
    ),
    "claims-of-ones-own": (
        "runs.existingClaim=runs",
        "cache.existingClaim=cache",
        "api.data.existingClaim=data",
    ),
    "registry-of-ones-own": (
        f"images.api.digest=sha256:{'0' * 64}",
        "images.registry=registry.example/mirror",
        "images.tag=dev",
        "images.pullSecrets={pull}",
        "postgresql.image.repository=company/postgres",
    ),
    "placed": (
        "api.nodeSelector.pool=services",
        "api.tolerations[0].key=services",
        "api.priorityClassName=high",
        "operator.priorityClassName=high",
        "jobs.gpu.runtimeClassName=nvidia",
        "trust.configMap=authorities",
        "jobs.gpu.tolerations[0].key=nvidia.com/gpu",
    ),
    "closed-network": (
        "networkPolicies.apiFrom[0].ipBlock.cidr=10.0.0.0/8",
        "networkPolicies.observersFrom[0].ipBlock.cidr=10.1.0.0/16",
    ),
    "open-network": ("networkPolicies.enabled=false", "api.service.type=LoadBalancer"),
}
_VERSIONS: Final = tuple(f"1.{minor}" for minor in range(30, 37))
_OTHERS_KINDS: Final = {"CustomResourceDefinition"}
"""Held by tests of their own: the definition is the contract's, and large."""
_LOG_COLLECTOR: Final = "collector"


@functools.cache
def rendered(name: str) -> tuple[Document, ...]:
    """Return the objects of a combination."""
    return tuple(render(*COMBINATIONS[name]))


def _shape(value: Any) -> Any:
    """Return a value with its words and numbers taken away: what a schema looks at."""
    if isinstance(value, dict):
        return {key: _shape(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_shape(part) for part in value]
    return type(value).__name__


def _pods(documents: tuple[Document, ...]) -> Iterator[tuple[str, Document]]:
    """Return the pod specs of all objects that have one, by component."""
    for document in documents:
        found = document["spec"] if document["kind"] == "Pod" else None
        if document["kind"] in {"Deployment", "StatefulSet", "DaemonSet"}:
            found = document["spec"]["template"]["spec"]
        if found is not None:
            yield document["metadata"]["labels"]["app.kubernetes.io/component"], found


def _containers(pod: Document) -> list[Document]:
    return [*pod.get("initContainers", ()), *pod["containers"]]


@pytest.mark.parametrize("version", _VERSIONS)
def test_every_combination_is_valid_kubernetes(version: str) -> None:
    """No field is unknown or of the wrong kind, from the oldest to the newest release."""
    seen = set()
    for name in COMBINATIONS:
        for document in rendered(name):
            shape = f"{document['apiVersion']} {document['kind']} {json.dumps(_shape(document))}"
            if shape not in seen and document["kind"] not in _OTHERS_KINDS:
                seen.add(shape)
                kubernetes_validate.validate(document, version, strict=True)
    assert len(seen) > 20


@pytest.mark.parametrize("name", COMBINATIONS)
def test_every_pod_satisfies_pod_security_restricted(name: str) -> None:
    """Nobody but the log collector asks for more than `restricted` gives."""
    for component, pod in _pods(rendered(name)):
        if component == _LOG_COLLECTOR:
            continue
        assert pod["securityContext"]["runAsNonRoot"] is True, component
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert not any("hostPath" in volume for volume in pod.get("volumes", ())), component
        for container in _containers(pod):
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_no_container_is_privileged_writes_its_image_or_takes_what_it_likes(name: str) -> None:
    """Read-only roots, requests and limits, a version of each image that does not move."""
    for component, pod in _pods(rendered(name)):
        for container in _containers(pod):
            where = f"{component}/{container['name']}"
            assert not container["securityContext"].get("privileged"), where
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, where
            assert container["resources"]["requests"].keys() >= {"cpu", "memory"}, where
            assert "memory" in container["resources"]["limits"], where
            _, is_digest, _ = container["image"].partition("@sha256:")
            _, _, tag = container["image"].rpartition(":")
            assert is_digest or tag not in {"", "latest"}, where
            assert "/" not in tag, where


@pytest.mark.parametrize("name", COMBINATIONS)
def test_no_password_is_in_a_rendering(name: str) -> None:
    """Secrets are named, never written down: variables that hold one come from a Secret."""
    assert of_kind(list(rendered(name)), "Secret") == []
    for _, pod in _pods(rendered(name)):
        for container in _containers(pod):
            for variable in container.get("env", ()):
                is_secret = variable["name"].endswith(("PASSWORD", "TOKEN", "SECRET", "KEY"))
                assert not is_secret or "value" not in variable, variable["name"]


@pytest.mark.parametrize("name", COMBINATIONS)
def test_only_who_speaks_to_the_api_server_gets_a_token_for_it(name: str) -> None:
    """Databases, dashboards and the test's pod carry no token of the cluster."""
    for component, pod in _pods(rendered(name)):
        if pod.get("serviceAccountName") is None:
            assert pod["automountServiceAccountToken"] is False, component


def test_several_replicas_are_spread_and_never_all_taken_at_once() -> None:
    """Two operators and two APIs: a budget for disruptions each, and another node preferred."""
    documents = list(rendered("high-availability"))
    budgets = of_kind(documents, "PodDisruptionBudget")
    names = {budget["metadata"]["name"] for budget in budgets}
    assert names == {"azuraforge-operator", "azuraforge-api"}
    assert all(budget["spec"]["maxUnavailable"] == 1 for budget in budgets)
    pods = dict(_pods(rendered("high-availability")))
    assert "podAntiAffinity" in pods["api"]["affinity"]
    assert of_kind(list(rendered("defaults")), "PodDisruptionBudget") == []
