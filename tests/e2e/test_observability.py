"""What jobs print and count is where people look: in Loki, in Prometheus, on every panel.

Loki, the collector and Prometheus are built out of their projects' own code and run as the chart
installs them. Grafana's server cannot be built from any package index: its files are validated by
the tests of the chart, and its queries run here.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from azuraforge_chart.monitoring.alerts import load_alerts
from azuraforge_e2e.history import History
from azuraforge_e2e.job_documents import LASTING, SMALL, Document, merged
from azuraforge_e2e.observability import Loki, Prometheus, missing_stand_ins, stand_in_values
from azuraforge_e2e.outages import Outages
from azuraforge_e2e.queries import Query, panel_queries, rule_queries
from azuraforge_e2e.release import NAMESPACE, OUT_OF_GPU_MEMORY_IMAGE, Release
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.whole_platform import Platform, installed_platform
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster

_ONCE: Final = {"retry": {"maxAttempts": 1}}
_NO_GPU: Final = {"device": "gpu", **SMALL, **_ONCE}
_WILD: Final = {
    "model": {"kind": "dlinear"},
    "training": {"epochs": 2, "learning_rate": 1e6, "optimizer": "sgd", "gradient_clip": None},
}
_STRANGE_CERTIFICATE: Final = {
    "kind": "url",
    "url": "https://kubernetes.default.svc/table.csv",
    "time_column": "time",
}
_TROUBLED: Final[dict[str, Document]] = {
    "no-series": {"config": {"dataset": {"series": ["NOWHERE"]}}},
    "diverges": {"config": _WILD},
    "no-driver": _NO_GPU,
    "too-large": {**_NO_GPU, "image": OUT_OF_GPU_MEMORY_IMAGE},
    "untrusted": {
        "pipeline": "forecaster",
        "config": {"dataset": {"source": _STRANGE_CERTIFICATE}},
        **_ONCE,
    },
}
"""Jobs that fail, each so that another alert has something to look at."""
_HOMELESS: Final = {"nodeSelector": {"azuraforge.io/there-is": "no-such-node"}}


@dataclass(frozen=True)
class _Observed:
    """The platform with logs and metrics, and the namespace whose jobs fill them."""

    platform: Platform
    home: Workspace
    loki: Loki
    prometheus: Prometheus


@pytest.fixture(scope="module")
def observed(release: Release) -> Iterator[_Observed]:
    """Return the platform with Loki, collector and Prometheus; they go at the end."""
    if missing := missing_stand_ins():
        pytest.skip(
            f"{', '.join(missing)} not built: run tests/cluster/build_observability.sh"
            " (40 CPU minutes) and the cluster tests again"
        )
    with installed_platform(release, **stand_in_values(release.node)) as platform:
        outages = Outages(platform)
        outages.wait_until_ready("loki")
        outages.wait_until_ready("prometheus")
        home = Workspace(NAMESPACE, release, release.kubeconfig)
        yield _Observed(platform, home, Loki(release.api), Prometheus(release.api))
        home.kubectl("delete", "trainingjobs", "--all")


@pytest.mark.telling
def test_a_jobs_log_is_in_loki_complete_and_in_order(observed: _Observed) -> None:
    """Loki has every line that the pod printed and every event that it wrote, in order and once."""
    home, loki = observed.home, observed.loki
    home.submit("told", SMALL)
    home.wait_for_phase("told", "Succeeded")
    [pod] = home.pods("told")
    printed = home.api.log(NAMESPACE, pod["metadata"]["name"], lines=5000).splitlines()
    query = f'{{namespace="{NAMESPACE}",trainingjob="told"}}'

    wait_for("all lines", lambda: len(loki.lines(query)) >= len(printed))
    lines = loki.lines(query)
    assert lines == printed
    events = History(observed.platform, home).events("told")
    expected = [(each["type"], each.get("step")) for each in events if each["type"] != "sample"]
    names = {name for name, _ in expected}
    fields = [json.loads(line) for line in lines]
    told = [(each["event"], each.get("step")) for each in fields if each["event"] in names]
    assert [name for name, _ in told] == [name for name, _ in expected]
    assert [each for each in told if each[0] == "step"] == [
        each for each in expected if each[0] == "step"
    ]
    [stream] = loki.result(f"{query} | event=`finished`")
    assert stream["stream"]["component"] == "trainer"
    by_operator = '{component="operator"} | json | job="told"'
    wait_for("the operator's events", lambda: loki.lines(by_operator))


def test_the_service_reads_logs_from_loki_and_links_to_them(observed: _Observed) -> None:
    """`/jobs/{id}/logs` is Loki's where Loki knows the job, even when its pod is gone."""
    home = observed.home
    home.submit("read", SMALL)
    home.wait_for_phase("read", "Succeeded")
    [pod] = home.pods("read")
    printed = home.api.log(NAMESPACE, pod["metadata"]["name"], lines=5000)
    query = f'{{namespace="{NAMESPACE}",trainingjob="read"}}'
    lines = printed.splitlines()
    wait_for("all lines", lambda: len(observed.loki.lines(query)) >= len(lines))
    home.api.delete("Pod", NAMESPACE, pod["metadata"]["name"], gracePeriodSeconds=0)
    home.wait_for_no_pod("read")

    answer = observed.platform.answer("/api/v1/jobs/read/logs")
    assert (answer.status_code, answer.headers["x-log-source"]) == (200, "loki")
    assert answer.text.splitlines() == lines


@pytest.fixture(scope="module")
def filled(observed: _Observed) -> _Observed:
    """Return the platform after jobs of many kinds, one of which goes on, and an outage."""
    home, outages = observed.home, Outages(observed.platform)
    [node] = home.api.list("Node")
    gpus = {"status": {"capacity": {"nvidia.com/gpu": "4"}}}
    home.api.patch("Node", None, node["metadata"]["name"], gpus, part="/status")
    home.submit("lasting", LASTING)  # so that the node is asked while it runs
    home.submit("homeless", {"podOverrides": _HOMELESS, **SMALL})
    home.submit("good", SMALL)
    for name, change in _TROUBLED.items():
        home.submit(name, merged(SMALL, change))
    home.wait_for_phase("good", "Succeeded", seconds=400)
    for name in _TROUBLED:
        home.wait_for_phase(name, "Failed", seconds=400)
    outages.scale("postgresql", 0)
    wait_for("503", lambda: observed.platform.answer("/api/v1/jobs").status_code == 503)
    outages.scale("postgresql", 1)
    observed.platform.wait_until_rolled_out()
    return observed


def test_every_panel_and_every_rule_has_data(filled: _Observed) -> None:
    """Each query of each dashboard and of each alert finds something of real jobs."""
    queries = [*panel_queries(NAMESPACE, "lasting"), *rule_queries()]
    assert len(queries) > 50
    unanswered = [query for query in queries if query.can_be_answered]

    def look() -> bool:
        unanswered[:] = [each for each in unanswered if not _has_data(filled, each)]
        return not unanswered

    def explain() -> str:
        return "\n".join(f"{query.name}: {query.expression}" for query in unanswered)

    wait_for("data of every query", look, seconds=400, explain=explain)


def test_every_rule_is_evaluated_and_one_of_them_calls(filled: _Observed) -> None:
    """Prometheus and Loki's ruler run all rules without an error; the failed jobs' alert fires."""
    alerts = load_alerts()
    for server, rules in ((filled.prometheus, alerts.prometheus), (filled.loki, alerts.loki)):
        expected = dict.fromkeys((alert.name for alert in rules), "ok")
        wait_for(
            "the rules' evaluation",
            lambda server=server, expected=expected: server.alerts() == expected,  # type: ignore[misc] # the loop's own values
            seconds=240,
            explain=lambda server=server: str(server.alerts()),  # type: ignore[misc] # the same
        )
    fired = 'ALERTS{alertname="AzuraForgeJobsFail"}'
    wait_for("the alert of failed jobs", lambda: filled.prometheus.result(fired), seconds=240)


def _has_data(observed: _Observed, query: Query) -> bool:
    return query.find(observed.loki, observed.prometheus)
