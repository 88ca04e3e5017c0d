"""What jobs print and count is where people look: in Loki, in Prometheus, on every panel.

Loki, the collector and Prometheus are built out of their projects' own code and run as the chart
installs them. Grafana's server cannot be built from any package index: its files are validated by
the tests of the chart, and its queries run here.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from azuraforge_chart.generated_files import CHART
from azuraforge_chart.monitoring.alerts import load_alerts
from azuraforge_e2e.job_documents import LONG_TRAINING
from azuraforge_e2e.observability import Loki, Prometheus, missing_stand_ins, stand_in_values
from azuraforge_e2e.release import Release
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster

_NEEDS_MORE: Final = {
    "DCGM_FI_DEV_GPU_UTIL": "NVIDIA's exporter, and a GPU",
    "kubelet_volume_stats": "a volume plugin that tells usage; a local path does not",
}
"""Metrics that a cluster of this kind has not, and what they need."""


@dataclass(frozen=True)
class _Observed:
    """The release with logs and metrics."""

    loki: Loki
    prometheus: Prometheus


@dataclass(frozen=True)
class _Query:
    """One query of a panel."""

    panel: str
    source: str
    expression: str


@pytest.fixture(scope="module")
def observed(release: Release) -> Iterator[_Observed]:
    """Return the release with Loki, collector and Prometheus; it goes back to none of them."""
    if missing := missing_stand_ins():
        pytest.skip(
            f"{', '.join(missing)} not built: run tests/cluster/build_observability.sh"
            " (30 CPU minutes) and the cluster tests again"
        )
    release.install(**stand_in_values(release.node))
    found = _Observed(Loki(release.api), Prometheus(release.api))
    wait_for("Loki", lambda: _answers(release, "azuraforge-loki-0"), seconds=300)
    wait_for("Prometheus", lambda: _answers(release, "azuraforge-prometheus-0"), seconds=300)
    yield found
    release.install()


def _answers(release: Release, pod: str) -> bool:
    document = release.api.get("Pod", "azuraforge-system", pod)
    conditions = (document or {}).get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def test_a_jobs_log_is_in_loki_complete_and_in_order(
    observed: _Observed, workspace: Workspace
) -> None:
    """Loki has every line that the pod printed, in order and once, under the job's name."""
    workspace.submit("told")
    workspace.wait_for_phase("told", "Succeeded")
    [pod] = workspace.pods("told")
    printed = workspace.api.log(workspace.namespace, pod["metadata"]["name"], lines=5000)
    query = f'{{namespace="{workspace.namespace}",trainingjob="told"}}'

    wait_for("all lines", lambda: len(observed.loki.lines(query)) >= len(printed.splitlines()))
    assert observed.loki.lines(query) == printed.splitlines()
    [stream] = observed.loki.result(f"{query} | event=`finished`")
    assert stream["stream"]["component"] == "trainer"
    events = '{component="operator"} | json | job="told"'
    wait_for("the operator's events", lambda: observed.loki.lines(events))


def test_every_panel_and_every_rule_has_data(observed: _Observed, workspace: Workspace) -> None:
    """Each query of each dashboard finds something of real jobs; each rule is evaluated."""
    workspace.submit("good")
    workspace.submit("bad", {"config": {"dataset": {"series": ["NOWHERE"]}}})
    workspace.submit("lasting", LONG_TRAINING)  # so that the node is asked while it runs
    workspace.wait_for_phase("good", "Succeeded")
    workspace.wait_for_phase("bad", "Failed")
    for query in _panel_queries(workspace.namespace, "lasting"):
        if not _needs_more(query.expression):
            wait_for(query.panel, lambda query=query: _find(observed, query), seconds=180)  # type: ignore[misc] # the loop's own value
    alerts = load_alerts()
    expected = dict.fromkeys((alert.name for alert in alerts.prometheus), "ok")
    wait_for(
        "the rules' evaluation",
        lambda: observed.prometheus.alerts() == expected,
        explain=lambda: str(observed.prometheus.alerts()),
    )
    failing = "AzuraForgeJobsFail"
    wait_for(
        "the alert of the failed job",
        lambda: observed.prometheus.result(f'ALERTS{{alertname="{failing}"}}'),
    )


def _find(observed: _Observed, query: _Query) -> bool:
    if query.source == "loki":
        return bool(observed.loki.result(query.expression, step=15))
    return bool(observed.prometheus.result(query.expression))


def _needs_more(expression: str) -> bool:
    return any(name in expression for name in _NEEDS_MORE)


def _panel_queries(namespace: str, job: str) -> Iterator[_Query]:
    """Yield the queries of all dashboards as they run for one job."""
    for path in sorted((CHART / "files" / "dashboards").glob("*.json")):
        board = json.loads(path.read_text(encoding="utf-8"))
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                expression = target["expr"]
                for name, value in (("namespace", namespace), ("trainingjob", job),
                                    ("__interval", "1m"), ("__rate_interval", "1m")):  # fmt: skip
                    expression = re.sub(rf"\${name}\b", value, expression)
                title = f"{board['title']}: {panel['title']}"
                yield _Query(title, target["datasource"]["type"], expression)
