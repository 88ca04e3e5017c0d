"""Who may reach which part of the platform, by the policies that the chart renders."""

from typing import Any, Final

import pytest

from azuraforge_chart_harness.rendering import Document, of_kind, render

_EVERYBODY: Final = "everybody"
_COMPONENT: Final = "app.kubernetes.io/component"
_RELEASE: Final = {
    "app.kubernetes.io/name": "azuraforge",
    "app.kubernetes.io/instance": "azuraforge",
}
_SCRAPED: Final = {"prometheus in training"}
_DEFAULTS: Final = {
    "operator": {"metrics": _SCRAPED},
    "api": {"http": {_EVERYBODY}, "metrics": _SCRAPED},
    "postgresql": {"postgresql": {"api"}},
    "loki": {"http": {"collector in training-logs", "api", "grafana"}},
    "collector": {"metrics": _SCRAPED},
    "prometheus": {"http": {"grafana"}},
    "grafana": {"http": {_EVERYBODY}},
}
_INGRESS: Final = (
    "networkPolicies.apiFrom[0].namespaceSelector.matchLabels"
    ".kubernetes\\.io/metadata\\.name=ingress"
)
_MONITORING: Final = (
    "networkPolicies.observersFrom[0].namespaceSelector.matchLabels"
    ".kubernetes\\.io/metadata\\.name=monitoring"
)
_TRAINER: Final = "azuraforge-trainer"


def _policies(*settings: str, apis: tuple[str, ...] = ()) -> dict[str, Document]:
    found = of_kind(render(*settings, apis=apis), "NetworkPolicy")
    return {each["metadata"]["labels"][_COMPONENT]: each for each in found}


def _peer(peer: dict[str, Any]) -> str:
    """Return a peer as a short text; what chooses more than one part is told apart from one."""
    pods = dict(peer.get("podSelector", {}).get("matchLabels", {}))
    if component := pods.pop(_COMPONENT, ""):
        assert pods == _RELEASE
    who = str(component or pods.get("app.kubernetes.io/name", "any pod"))
    if "ipBlock" in peer:
        return str(peer["ipBlock"]["cidr"])
    if "namespaceSelector" not in peer:
        return who
    chosen = peer["namespaceSelector"]
    if "matchExpressions" in chosen:
        [expression] = chosen["matchExpressions"]
        assert (expression["key"], expression["operator"]) == ("kubernetes.io/metadata.name", "In")
        return f"{who} in {','.join(expression['values'])}"
    return f"{who} in {chosen.get('matchLabels', {}).get('kubernetes.io/metadata.name', 'any')}"


def _reached(policy: Document) -> dict[str, set[str]]:
    """Return who may reach each open port."""
    found: dict[str, set[str]] = {}
    for rule in policy["spec"]["ingress"]:
        assert rule.get("from") != [], "an empty list lets in everybody"
        peers = {_peer(peer) for peer in rule.get("from", ())} or {_EVERYBODY}
        for port in rule["ports"]:
            found[port["port"]] = peers
    return found


def _table(*settings: str, apis: tuple[str, ...] = ()) -> dict[str, dict[str, set[str]]]:
    return {name: _reached(policy) for name, policy in _policies(*settings, apis=apis).items()}


def test_each_part_is_reached_by_those_that_need_it() -> None:
    """The defaults: the table of the threat model."""
    assert _table() == _DEFAULTS


def test_every_pod_of_the_release_has_a_policy_and_every_policy_a_pod() -> None:
    """No part is forgotten, and no policy chooses pods that are not there."""
    documents = render()
    pods = {
        (each["metadata"]["namespace"], tuple(sorted(labels.items())))
        for each in of_kind(documents, "Deployment", "StatefulSet", "DaemonSet")
        if (labels := each["spec"]["selector"]["matchLabels"])
    }
    policies = {
        (each["metadata"]["namespace"], tuple(sorted(labels.items())))
        for each in of_kind(documents, "NetworkPolicy")
        if (labels := each["spec"]["podSelector"]["matchLabels"])
    }
    assert pods == policies


def test_ports_of_policies_are_ports_of_the_pods_that_they_choose() -> None:
    """A name that no container has would close the port for everybody."""
    documents = render()
    named = {
        each["metadata"]["labels"][_COMPONENT]: {
            port["name"]
            for container in each["spec"]["template"]["spec"]["containers"]
            for port in container["ports"]
        }
        for each in of_kind(documents, "Deployment", "StatefulSet", "DaemonSet")
    }
    for component, ports in _DEFAULTS.items():
        assert ports.keys() <= named[component]


def test_who_needs_to_call_nobody_cannot() -> None:
    """PostgreSQL and Loki get no way out; Loki one where it sends alerts."""
    policies = _policies()
    for component in ("postgresql", "loki"):
        spec = policies[component]["spec"]
        assert (spec["policyTypes"], spec["egress"]) == (["Ingress", "Egress"], [])
    loki = _policies("loki.alertmanagerUrl=http://alerts:9093")["loki"]["spec"]
    assert loki["policyTypes"] == ["Ingress"]
    assert "egress" not in loki


def test_the_api_can_be_closed_to_all_but_trainers_and_the_ingress() -> None:
    """Pods beside it in its own namespace are let in no more than others."""
    table = _table(_INGRESS, "jobs.namespaces={red,blue}")
    assert table["api"]["http"] == {f"{_TRAINER} in red,blue", "test", "any pod in ingress"}
    assert table["grafana"]["http"] == {"any pod in ingress"}
    assert f"{_TRAINER} in any" in _table(_INGRESS, "jobs.allNamespaces=true")["api"]["http"]


@pytest.mark.parametrize(
    ("settings", "apis"),
    [
        (("prometheus.mode=external", "prometheus.url=http://p"), ()),
        (("prometheus.mode=disabled",), ()),
        ((), ("monitoring.coreos.com/v1",)),
        (("prometheus.monitors=true",), ()),
    ],
)
def test_a_prometheus_of_ones_own_reads_metrics(
    settings: tuple[str, ...], apis: tuple[str, ...]
) -> None:
    """Metrics are open where a Prometheus that nobody has named reads them, until it is named."""
    open_table = _table(*settings, apis=apis)
    named_table = _table(*settings, _MONITORING, apis=apis)
    is_bundled = not any("prometheus.mode" in setting for setting in settings)
    for component in ("operator", "api", "collector"):
        assert open_table[component]["metrics"] == {_EVERYBODY}
        expected = {"any pod in monitoring"} | (_SCRAPED if is_bundled else set())
        assert named_table[component]["metrics"] == expected


def test_a_grafana_of_ones_own_reads_loki_and_prometheus() -> None:
    """It is known by its label until its namespace is named; the bundled one's policy goes."""
    table = _table("grafana.mode=external")
    assert table["prometheus"]["http"] == {"grafana in any"}
    assert table["loki"]["http"] == {"collector in training-logs", "api", "grafana in any"}
    assert "grafana" not in table
    named = _table("grafana.mode=external", _MONITORING)
    assert named["prometheus"]["http"] == {"any pod in monitoring"}


def test_without_anybody_who_asks_it_prometheus_is_closed() -> None:
    """No peer means nobody, not everybody."""
    assert _table("grafana.mode=disabled")["prometheus"] == {}


def test_a_collector_elsewhere_or_of_ones_own_reaches_loki() -> None:
    """Its namespace is the one that the values name; one of another project has other labels."""
    elsewhere = _table("logs.collector.namespace=observing")
    assert "collector in observing" in elsewhere["loki"]["http"]
    policy = _policies("logs.collector.namespace=observing")["collector"]
    assert policy["metadata"]["namespace"] == "observing"
    own = _table("logs.collector.namespace=observing", "logs.collector.mode=disabled")
    assert "any pod in observing" in own["loki"]["http"]
    assert "collector" not in own


def test_the_collector_is_closed_beside_an_external_loki_too() -> None:
    """It runs there as well; without Loki it does not."""
    external = _table("loki.mode=external", "loki.url=http://loki")
    assert external["collector"] == {"metrics": _SCRAPED}
    assert "loki" not in external
    assert "collector" not in _table("loki.mode=disabled")


def test_policies_can_be_left_to_the_cluster() -> None:
    """One switch for all of them."""
    assert _policies("networkPolicies.enabled=false") == {}
