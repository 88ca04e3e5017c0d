"""What the chart holds beyond the rules of every pod: the collector's exception, and monitoring.

That every pod of every combination is restricted, read-only, bounded and without passwords is held
by ``test_combinations.py``.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from azuraforge_chart.generated_files import CHART
from azuraforge_chart.monitoring.alerts import Alert, load_alerts
from azuraforge_chart_harness.rendering import Document, of_kind, render

_DASHBOARDS: Final = sorted((CHART / "files" / "dashboards").glob("*.json"))
_RUNBOOK: Final = Path(__file__).parents[2] / "docs" / "reference" / "alerts.md"
_SOURCES: Final = {"loki": "loki", "prometheus": "prometheus"}
_ALL_ALERTS: Final = [*load_alerts().prometheus, *load_alerts().loki]
_READING: Final = {"get", "list", "watch"}


def _component(kind: str, component: str, *settings: str) -> list[Document]:
    name = "app.kubernetes.io/component"
    found = of_kind(render(*settings), kind)
    return [each for each in found if each["metadata"]["labels"].get(name) == component]


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", ())


def test_the_collector_takes_no_more_than_its_exception() -> None:
    """Root without a capability, and the one folder of the node that it reads."""
    (daemons,) = _component("DaemonSet", "collector")
    pod = daemons["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert [v["hostPath"]["path"] for v in pod["volumes"] if "hostPath" in v] == ["/var/log/pods"]
    (mount,) = [m for m in container["volumeMounts"] if m["mountPath"] == "/var/log/pods"]
    assert mount["readOnly"] is True


@pytest.mark.parametrize(
    ("quantity", "limit"), [("512Mi", 512 * 2**20), ("2Gi", 2 * 2**30), ("1.5G", 1_500_000_000)]
)
def test_memory_and_queue_leave_room_within_their_limits(quantity: str, limit: int) -> None:
    """Go's bound is below the kernel's, and the queue's below the volume's, in any notation."""
    key = "logs.collector"
    settings = (f"{key}.resources.limits.memory={quantity}", f"{key}.queueSize={quantity}")
    (daemons,) = _component("DaemonSet", "collector", *settings)
    (container,) = daemons["spec"]["template"]["spec"]["containers"]
    (bound,) = [v["value"] for v in container["env"] if v["name"] == "GOMEMLIMIT"]
    assert int(bound) == limit * 80 // 100
    (config_map,) = _component("ConfigMap", "collector", *settings)
    exporter = yaml.safe_load(config_map["data"]["config.yaml"])["exporters"]["otlp_http"]
    assert exporter["sending_queue"]["queue_size"] == limit * 70 // 100


def test_the_collector_has_a_namespace_of_its_own() -> None:
    """The jobs' namespace stays `restricted`: nothing privileged is in it."""
    (daemons,) = _component("DaemonSet", "collector")
    (namespace,) = of_kind(render(), "Namespace")
    assert daemons["metadata"]["namespace"] == namespace["metadata"]["name"] == "training-logs"
    labels = namespace["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"


@pytest.mark.parametrize("component", ["collector", "prometheus"])
def test_who_observes_may_only_read(component: str) -> None:
    """Neither role of the cluster lets its bearer change anything, or read a secret."""
    (role,) = _component("ClusterRole", component)
    for rule in role["rules"]:
        assert set(rule["verbs"]) <= _READING
        assert set(rule["resources"]) <= {"pods", "nodes", "nodes/metrics"}


def test_no_role_has_a_wildcard_or_reads_secrets() -> None:
    """Of all roles of the chart, those of the whole cluster included."""
    roles = of_kind(render("jobs.allNamespaces=true"), "Role", "ClusterRole")
    assert len(roles) >= 5
    for role in roles:
        for rule in role["rules"]:
            assert "*" not in {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}
            assert not {"secrets", "pods/exec", "serviceaccounts/token"} & set(rule["resources"])


@pytest.mark.parametrize("hours", [336, 48])
def test_logs_are_kept_for_a_time_that_is_set(hours: int) -> None:
    """Loki deletes what is older: its compactor does so, since a limit alone deletes nothing."""
    (config_map,) = _component("ConfigMap", "loki", f"loki.retentionHours={hours}")
    config = yaml.safe_load(config_map["data"]["config.yaml"])
    assert config["limits_config"]["retention_period"] == f"{hours}h"
    assert config["compactor"]["retention_enabled"] is True
    assert config["compactor"]["delete_request_store"] == "filesystem"


@pytest.mark.parametrize("mode", ["bundled", "external"])
def test_data_sources_carry_the_names_that_dashboards_use(mode: str) -> None:
    """Grafana has one default data source: an existing one has its own already."""
    maps = _component("ConfigMap", "grafana", f"grafana.mode={mode}")
    (text,) = [
        m["data"]["azuraforge.yaml"]
        for m in maps
        if m["metadata"]["name"].endswith("-data-sources")
    ]
    assert (
        dict(zip(re.findall(r"uid: (\w+)", text), re.findall(r"type: (\w+)", text), strict=True))
        == _SOURCES
    )
    assert f"isDefault: {str(mode == 'bundled').lower()}" in text


@pytest.mark.parametrize("path", _DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_can_be_linked_to(path: Path) -> None:
    """A title, an address that stays, and panels with numbers of their own."""
    board = _read(path)
    assert board["uid"] == f"azuraforge-{path.stem}"
    assert board["title"].startswith("AzuraForge / ")
    numbers = [panel["id"] for panel in _panels(board)]
    assert len(set(numbers)) == len(numbers) > 3
    assert min(numbers) > 0
    assert all(panel["title"] for panel in _panels(board))


@pytest.mark.parametrize("path", _DASHBOARDS, ids=lambda path: path.stem)
def test_every_query_asks_a_data_source_of_the_chart(path: Path) -> None:
    """No panel depends on what somebody chose as default, and none is of a kind that is gone."""
    board = _read(path)
    asked = [variable["datasource"] for variable in board.get("templating", {}).get("list", ())]
    for panel in _panels(board):
        assert panel["type"] in {"row", "stat", "timeseries", "table", "logs"}
        targets = panel.get("targets", [])
        assert bool(targets) is (panel["type"] != "row")
        asked += [target["datasource"] for target in targets]
    assert all(_SOURCES[source["uid"]] == source["type"] for source in asked)


def test_dashboards_have_addresses_of_their_own() -> None:
    """Two files with one address would take turns in Grafana."""
    assert len({_read(path)["uid"] for path in _DASHBOARDS}) == len(_DASHBOARDS) == 3


@pytest.mark.parametrize("alert", _ALL_ALERTS, ids=lambda alert: alert.name)
def test_every_alert_leads_to_its_runbook(alert: Alert) -> None:
    """Its rule links to a heading of the reference, which says what helps."""
    files = [(CHART / "files" / "rules" / f"{name}.yaml") for name in ("prometheus", "loki")]
    rules = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert f"reference/alerts.html#{alert.name.lower()}\n" in rules
    text = _RUNBOOK.read_text(encoding="utf-8")
    (section,) = re.findall(rf"^### {alert.name}\n(.*?)(?=^##|\Z)", text, re.DOTALL | re.MULTILINE)
    assert "**What helps.**" in section
    assert alert.severity in section
