"""What one value does to all parts that it concerns: modes, addresses, secrets, images, trust."""

import json
import os
import re
import subprocess
from typing import Any, Final

import pytest
import yaml

from azuraforge_chart.generated_files import CHART
from azuraforge_chart_harness.rendering import (
    SECRETS,
    Document,
    find_helm,
    of_kind,
    render,
)

_WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet")
_COMPONENT: Final = "app.kubernetes.io/component"
_EXTERNAL: Final = (
    "postgresql.mode=external",
    "postgresql.existingSecretKey=uri",
    "loki.mode=external",
    "loki.url=https://loki.example/",
    "loki.existingSecret=loki",
    "prometheus.mode=external",
    "prometheus.url=https://prometheus.example/",
    "prometheus.existingSecret=prometheus",
    "grafana.url=https://grafana.example",
)
_HIGHLY_AVAILABLE: Final = (
    "operator.replicas=2",
    "api.replicas=2",
    "api.data.accessMode=ReadWriteMany",
    "runs.accessMode=ReadWriteMany",
)
_OF_NO_NAMESPACE: Final = {
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
}


def _pods(documents: list[Document]) -> dict[str, Document]:
    return {
        each["metadata"]["labels"][_COMPONENT]: each["spec"]["template"]["spec"]
        for each in of_kind(documents, *_WORKLOADS)
    }


def _variables(pod: Document) -> dict[str, Any]:
    (container,) = pod["containers"]
    return {
        each["name"]: each.get("value", each.get("valueFrom", {}).get("secretKeyRef"))
        for each in container.get("env", ())
    }


def _images(documents: list[Document]) -> set[str]:
    found = set(re.findall(r'"image": "([^"]+)"', json.dumps(documents)))
    for plugin in of_kind(documents, "ConfigMap"):
        found |= {text for key, text in plugin["data"].items() if key.startswith("image-")}
    return found


def test_servers_of_ones_own_are_wired_to_all_that_ask_them() -> None:
    """Addresses and secrets reach API, collector and Grafana; none of ours is installed."""
    documents = render(*_EXTERNAL)
    pods = _pods(documents)
    assert pods.keys() == {"operator", "api", "collector", "grafana"}
    api, collector, grafana = (_variables(pods[name]) for name in ("api", "collector", "grafana"))
    secret = {"name": "loki", "key": "authorization"}
    assert api["AZURAFORGE_LOKI_URL"] == collector["LOKI_URL"] == "https://loki.example"
    assert api["AZURAFORGE_LOKI_AUTHORIZATION"] == collector["LOKI_AUTHORIZATION"] == secret
    assert grafana["LOKI_AUTHORIZATION"] == secret
    assert grafana["PROMETHEUS_AUTHORIZATION"] == {"name": "prometheus", "key": "authorization"}
    assert api["AZURAFORGE_GRAFANA_URL"] == grafana["GF_SERVER_ROOT_URL"]
    assert api["AZURAFORGE_DATABASE_URL"] == {"name": "ours", "key": "uri"}
    (sources,) = [
        each["data"]["azuraforge.yaml"]
        for each in of_kind(documents, "ConfigMap")
        if each["metadata"]["name"].endswith("data-sources")
    ]
    assert {source["url"] for source in yaml.safe_load(sources)["datasources"]} == {
        "https://loki.example",
        "https://prometheus.example",
    }


def test_without_loki_nobody_asks_it() -> None:
    """No collector, no address for the API, no data source."""
    documents = render("loki.mode=disabled")
    pods = _pods(documents)
    assert not {"loki", "collector"} & pods.keys()
    assert not any("LOKI" in name for name in _variables(pods["api"]))
    assert "type: loki" not in json.dumps(of_kind(documents, "ConfigMap"))


@pytest.mark.parametrize(
    ("settings", "apis", "are_there"),
    [
        ((), (), False),
        ((), ("monitoring.coreos.com/v1",), True),
        (("prometheus.monitors=false",), ("monitoring.coreos.com/v1",), False),
        (("prometheus.monitors=true", "prometheus.mode=disabled"), (), True),
    ],
)
def test_objects_of_the_prometheus_operator_are_made_where_it_is(
    settings: tuple[str, ...], apis: tuple[str, ...], are_there: bool
) -> None:
    """`auto` asks the cluster; a person's word counts more. Rules are those of the file."""
    documents = render(*settings, "prometheus.monitorLabels.release=ours", apis=apis)
    found = of_kind(documents, "PodMonitor", "PrometheusRule")
    assert len(found) == (2 if are_there else 0)
    for each in found:
        assert each["metadata"]["labels"]["release"] == "ours"
    for rule in of_kind(found, "PrometheusRule"):
        text = (CHART / "files" / "rules" / "prometheus.yaml").read_text("utf-8")
        names = [each["alert"] for each in yaml.safe_load(text)["groups"][0]["rules"]]
        assert [each["alert"] for each in rule["spec"]["groups"][0]["rules"]] == names


def test_one_registry_and_one_tag_for_all_images() -> None:
    """The registry is put before every image, the tag is that of ours; one of its own wins."""
    before = _images(render())
    after = _images(render("images.registry=registry.example/mirror/", "images.tag=dev"))
    expected = {re.sub(r"^(azuraforge/[\w-]+):.*", r"\1:dev", image) for image in before}
    assert after == {f"registry.example/mirror/{image}" for image in expected}
    own = _images(render("images.tag=dev", "images.api.tag=v7"))
    assert {"azuraforge/api:v7", "azuraforge/operator:dev"} <= own


def test_authorities_of_ones_own_are_trusted_by_all_that_call_others() -> None:
    """Every process that asks servers outside reads the list; trainers and PostgreSQL do not."""
    pods = _pods(render("trust.configMap=authorities", "trust.key=bundle.pem"))
    for name in ("api", "collector", "grafana", "loki", "prometheus"):
        pod = pods[name]
        file = _variables(pod)["SSL_CERT_FILE"]
        (volume,) = [each for each in pod["volumes"] if each["name"] == "trust"]
        (item,) = volume["configMap"]["items"]
        assert (volume["configMap"]["name"], item["key"]) == ("authorities", "bundle.pem")
        for container in [*pod["containers"], *pod.get("initContainers", ())]:
            (mount,) = [each for each in container["volumeMounts"] if each["name"] == "trust"]
            assert file == f"{mount['mountPath']}/{item['path']}"
    assert _variables(pods["api"])["PGSSLROOTCERT"] == _variables(pods["api"])["SSL_CERT_FILE"]
    assert "SSL_CERT_FILE" not in json.dumps(pods["operator"])
    assert "SSL_CERT_FILE" not in json.dumps(render())


def test_replicas_prefer_nodes_of_their_own() -> None:
    """Operator and API alike, unless a person says where they run."""
    pods = _pods(render(*_HIGHLY_AVAILABLE))
    for name in ("operator", "api"):
        (term,) = pods[name]["affinity"]["podAntiAffinity"][
            "preferredDuringSchedulingIgnoredDuringExecution"
        ]
        chosen = term["podAffinityTerm"]
        assert chosen["topologyKey"] == "kubernetes.io/hostname"
        assert chosen["labelSelector"]["matchLabels"][_COMPONENT] == name
    assert "affinity" not in _pods(render())["operator"]


def test_the_notes_tell_of_several_apis_beside_runs_of_one_node() -> None:
    """A claim of one node keeps them all there; one of several nodes does not."""
    doubled = ("api.replicas=2", "api.data.accessMode=ReadWriteMany")
    told = "All APIs run on the node that mounts the claim azuraforge-runs"
    assert told in _notes(*doubled)
    assert told not in _notes(*doubled, "runs.accessMode=ReadWriteMany")
    assert told not in _notes(*doubled, "jobs.namespaces={elsewhere}")


def test_a_gpu_that_is_not_nvidias_reaches_the_operator() -> None:
    """Resource, runtime class, labels and taints of jobs on a GPU."""
    documents = render(
        "jobs.gpu.resourceName=amd.com/gpu",
        "jobs.gpu.runtimeClassName=amd",
        "jobs.gpu.nodeSelector.pool=gpu",
        "jobs.gpu.tolerations[0].key=gpu",
    )
    found = _variables(_pods(documents)["operator"])
    prefix = "AZURAFORGE_OPERATOR_GPU_"
    assert {name.removeprefix(prefix): found[name] for name in found if prefix in name} == {
        "RESOURCE_NAME": "amd.com/gpu",
        "RUNTIME_CLASS": "amd",
        "NODE_SELECTOR": '{"pool":"gpu"}',
        "TOLERATIONS": '[{"key":"gpu"}]',
    }


def test_a_release_can_do_without_rights_of_the_cluster() -> None:
    """Who may write in his namespace alone installs it so, where the definition is there."""
    documents = render(
        "crds.install=false", "logs.collector.mode=disabled", "prometheus.nodeMetrics=false"
    )
    assert {each["kind"] for each in documents} & _OF_NO_NAMESPACE == set()
    assert {each["metadata"]["namespace"] for each in documents} == {"training"}


def test_alerts_and_dashboards_know_a_releases_own_names() -> None:
    """Claims and servers of any name are watched; alerts lead to the Grafana that is there."""
    settings = ("cache.existingClaim=shared", "runs.name=kept", "fullnameOverride=forge")
    documents = render(*settings, "grafana.url=https://grafana.example/")
    maps = {each["metadata"]["name"]: each["data"] for each in of_kind(documents, "ConfigMap")}
    rules = maps["forge-prometheus"]["rules.yaml"]
    assert 'persistentvolumeclaim=~"shared|kept|azuraforge-data"' in rules
    assert "data-forge-(postgresql|loki|prometheus)-0" in rules
    claims = [each["metadata"]["name"] for each in of_kind(documents, "StatefulSet")]
    assert set(claims) == {"forge-postgresql", "forge-loki", "forge-prometheus"}
    assert "azuraforge-cache" not in rules
    for text in (rules, maps["forge-loki"]["rules.yaml"]):
        assert "dashboard_url: https://grafana.example/d/azuraforge-" in text
    assert "shared|kept" in maps["forge-grafana-dashboards"]["azuraforge-platform.json"]


@pytest.mark.parametrize("version", ["1.30", "1.36"])
def test_the_oldest_and_the_newest_kubernetes_are_taken(version: str) -> None:
    """What the chart says of versions is what its schemas are tested with."""
    flags = [part for secret in SECRETS for part in ("--set", secret)]
    done = subprocess.run(  # noqa: S603 - helm of this machine
        [find_helm(), "template", "azuraforge", str(CHART), "--kube-version", version, *flags],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_chart_is_clean() -> None:
    """`helm lint --strict` has nothing to say against it."""
    flags = [part for secret in SECRETS for part in ("--set", secret)]
    done = subprocess.run(  # noqa: S603 - helm of this machine
        [find_helm(), "lint", "--strict", str(CHART), *flags],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def _notes(*settings: str) -> str:
    """Return what Helm tells after an installation; no cluster is asked."""
    flags = [part for setting in (*SECRETS, *settings) for part in ("--set", setting)]
    done = subprocess.run(  # noqa: S603 - helm of this machine
        [find_helm(), "install", "azuraforge", str(CHART), "--namespace", "training",
         "--dry-run=client", *flags],
        capture_output=True, text=True, check=False, env={**os.environ, "KUBECONFIG": os.devnull},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("NOTES:\n")[2]


@pytest.mark.parametrize(
    ("settings", "told", "untold"),
    [
        ((), ("deployment/azuraforge-api", "set loki.alertmanagerUrl", "secret ours",
              "Back it up", "daemonset/azuraforge-collector"), ("is yours", "SQLite")),
        (("postgresql.mode=disabled", "loki.mode=disabled"),
         ("SQLite", "Logs are those of the pods"), ("collector",)),
        ((*_EXTERNAL, "grafana.mode=external"),
         ("The database is yours, at the address in secret ours, key uri",
          "Your Grafana finds dashboards", "files/rules/loki.yaml"),
         ("service/azuraforge-grafana", "carry no links")),
        (("prometheus.mode=disabled", "prometheus.monitors=true", "grafana.mode=disabled"),
         ("PodMonitor and PrometheusRule",), ("Dashboards",)),
        (("api.enabled=false", "jobs.allNamespaces=true", "jobs.gpu.resourceName=amd.com/gpu"),
         ("every namespace", r"amd\.com/gpu"), ("admin-token", "helm -n")),
    ],
    ids=["defaults", "small", "external", "prometheus-operator", "operator-alone"],
)  # fmt: skip
def test_the_notes_are_a_checklist_of_what_these_values_leave_to_do(
    settings: tuple[str, ...], told: tuple[str, ...], untold: tuple[str, ...]
) -> None:
    """Each mode has its own points, and no command names what is not installed."""
    notes = _notes(*settings)
    assert notes.count("[ ]") > 4
    for words in told:
        assert words in notes
    for words in untold:
        assert words not in notes
