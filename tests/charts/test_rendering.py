"""What Helm makes of the chart; skipped where there is no helm (`make cluster` builds one)."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from azuraforge_chart.generated_files import BUNDLED_PLUGINS, CHART
from azuraforge_contract.custom_resource import custom_resource_definition
from azuraforge_contract.plugin_descriptor import read_plugin_config_map
from azuraforge_operator.settings import PREFIX, read_settings

Document = dict[str, Any]

_FROM_THE_POD = {"IDENTITY", "NAMESPACE"}
"""Settings that the pod's own fields give."""
_ALONE = (
    "api.enabled=false",
    "loki.mode=disabled",
    "prometheus.mode=disabled",
    "grafana.mode=disabled",
)


def _find_helm() -> str:
    """Return helm's path; skip where there is none."""
    default = Path.home() / ".cache"
    cache = Path(os.environ.get("XDG_CACHE_HOME", default)) / "azuraforge-cluster"
    found = shutil.which("helm") or shutil.which("helm", path=str(cache / "bin"))
    if found is None:
        pytest.skip("helm is not installed; `make cluster` builds one")
    return found


def _template(*settings: str) -> list[Document]:
    """Return the objects of a release named azuraforge in the namespace training.

    The API, logs, metrics and dashboards have tests of their own.
    """
    flags = [part for setting in (*_ALONE, *settings) for part in ("--set", setting)]
    command = [
        _find_helm(),
        "template",
        "azuraforge",
        str(CHART),
        "--namespace",
        "training",
        *flags,
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - helm of this machine
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def _of_kind(documents: list[Document], kind: str) -> list[Document]:
    return [document for document in documents if document["kind"] == kind]


def _settings_of(documents: list[Document]) -> dict[str, str]:
    [deployment] = _of_kind(documents, "Deployment")
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each.get("value", "from-the-pod") for each in container["env"]}


def _rules(documents: list[Document]) -> Iterator[Document]:
    for document in documents:
        if document["kind"] in {"Role", "ClusterRole"}:
            yield from document["rules"]


def test_the_definition_is_the_contracts() -> None:
    """The rendered definition equals the contract's, but for labels and the keep annotation."""
    [found] = _of_kind(_template(), "CustomResourceDefinition")
    expected = custom_resource_definition()
    assert found["spec"] == expected["spec"]
    assert found["metadata"]["name"] == expected["metadata"]["name"]
    assert found["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert _of_kind(_template("crds.install=false"), "CustomResourceDefinition") == []


def test_the_operator_accepts_every_setting_that_the_chart_gives() -> None:
    """The Deployment's variables are all known to the operator, and leave none to chance."""
    variables = _settings_of(_template())
    settings = read_settings(variables)

    assert settings.namespaces == ("training",)
    assert settings.plugin_namespace == "training"
    assert settings.lease_name == "azuraforge-operator"
    assert settings.pod.service_account == "azuraforge-trainer"
    assert all(variables[PREFIX + name] == "from-the-pod" for name in _FROM_THE_POD)


def test_values_reach_the_operator() -> None:
    """Values with lists and objects arrive as the operator reads them."""
    documents = _template(
        "jobs.allNamespaces=true",
        "operator.allowedImages={one.example/,two.example/}",
        "jobs.gpu.nodeSelector.pool=gpu",
        "jobs.gpu.tolerations[0].key=nvidia.com/gpu",
        "runs.existingClaim=ours",
        "images.pullSecrets={pull}",
    )
    settings = read_settings(_settings_of(documents))

    assert settings.namespaces == ()
    assert settings.allowed_image_prefixes == ("one.example/", "two.example/")
    assert settings.pod.gpu_node_selector == {"pool": "gpu"}
    assert settings.pod.gpu_tolerations == ({"key": "nvidia.com/gpu"},)
    assert settings.pod.runs_claim == "ours"
    assert settings.pod.image_pull_secrets == ("pull",)
    claims = _of_kind(documents, "PersistentVolumeClaim")
    assert [claim["metadata"]["name"] for claim in claims] == ["azuraforge-cache"]


def test_one_switch_turns_roles_of_namespaces_into_one_of_the_cluster() -> None:
    """Served namespaces get a Role each; only `jobs.allNamespaces` makes a ClusterRole."""
    named = _template("jobs.namespaces={red,blue}")
    assert _of_kind(named, "ClusterRole") == []
    assert _of_kind(named, "ClusterRoleBinding") == []
    namespaces = {role["metadata"]["namespace"] for role in _of_kind(named, "Role")}
    assert namespaces == {"training", "red", "blue"}
    for kind in ("PersistentVolumeClaim", "ServiceAccount"):
        found = {each["metadata"]["namespace"] for each in _of_kind(named, kind)}
        assert {"red", "blue"} <= found

    everywhere = _template("jobs.allNamespaces=true")
    assert len(_of_kind(everywhere, "ClusterRole")) == 1
    assert {role["metadata"]["namespace"] for role in _of_kind(everywhere, "Role")} == {"training"}


@pytest.mark.parametrize("scope", ["jobs.allNamespaces=true", "jobs.allNamespaces=false"])
def test_no_right_is_a_wildcard(scope: str) -> None:
    """Rights name groups, resources and verbs; none is given by a star, and none reads secrets."""
    for rule in _rules(_template(scope)):
        assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
        assert "secrets" not in rule["resources"]


def test_nothing_is_bound_to_the_trainers_account() -> None:
    """Trainers run as an account without rights and without an automatic token."""
    documents = _template()
    [account] = [
        each
        for each in _of_kind(documents, "ServiceAccount")
        if each["metadata"]["name"] == "azuraforge-trainer"
    ]
    assert account["automountServiceAccountToken"] is False
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        for binding in _of_kind(documents, kind):
            assert [each["name"] for each in binding["subjects"]] == ["azuraforge-operator"]


def test_the_bundled_plugins_are_installed() -> None:
    """Each bundled plugin's ConfigMap is one that the operator can read, with both images."""
    documents = _template("images.trainerCpu.tag=v1", "images.trainerGpu.tag=v2")
    installed = [read_plugin_config_map(each) for each in _of_kind(documents, "ConfigMap")]
    assert tuple(sorted(each.descriptor.name for each in installed)) == BUNDLED_PLUGINS
    for each in installed:
        assert each.images == {
            "cpu": "azuraforge/trainer-cpu:v1",
            "gpu": "azuraforge/trainer-gpu:v2",
        }
    assert _of_kind(_template("plugins.bundled=false"), "ConfigMap") == []


def test_a_digest_takes_a_tags_place() -> None:
    """An image named by its digest is exactly that one."""
    digest = "sha256:" + "0" * 64
    [deployment] = _of_kind(_template(f"images.operator.digest={digest}"), "Deployment")
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"azuraforge/operator@{digest}"


def test_the_operator_satisfies_pod_security_restricted() -> None:
    """The operator's pod asks for nothing that `restricted` refuses."""
    [deployment] = _of_kind(_template(), "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "volumes" not in pod


def test_every_object_carries_the_charts_labels() -> None:
    """Whoever lists what belongs to a release finds all of it."""
    for document in _template("jobs.allNamespaces=true"):
        labels = document["metadata"]["labels"]
        assert labels["app.kubernetes.io/instance"] == "azuraforge"
        assert labels["app.kubernetes.io/part-of"] == "azuraforge"


def test_helm_refuses_a_misspelt_value() -> None:
    """A value that the chart does not know stops `helm install`, and is named."""
    with pytest.raises(subprocess.CalledProcessError) as refused:
        _template("crds.instal=true")
    assert "/crds/instal" in refused.value.stderr
