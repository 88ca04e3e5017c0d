"""Every query that the chart's dashboards and alerts ask, as it is asked for one job."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from azuraforge_chart.generated_files import CHART
from azuraforge_chart.monitoring.alerts import load_alerts
from azuraforge_e2e.observability import Loki, Prometheus

__all__ = ["Query", "panel_queries", "rule_queries"]

_NEEDS_MORE: Final = {
    "DCGM_FI_DEV_GPU_UTIL": "NVIDIA's exporter, and a GPU",
    "kubelet_volume_stats": "a volume plugin that tells usage; a local path does not",
}
"""Metrics that a cluster of this kind has not, and what they need."""
_LIMIT: Final = re.compile(r"\s*(==|!=|>=|<=|>|<)\s*[\d.]+$")
_STEP_SECONDS: Final = 15


@dataclass(frozen=True)
class Query:
    """One query.

    Attributes:
        name: of the panel or the alert.
        source: who is asked.
        expression: in the language of that one.
    """

    name: str
    source: Literal["loki", "prometheus"]
    expression: str

    @property
    def can_be_answered(self) -> bool:
        """Whether a cluster of this kind has what is asked for."""
        return not any(name in self.expression for name in _NEEDS_MORE)

    def find(self, loki: Loki, prometheus: Prometheus) -> bool:
        """Return whether there is anything, a number that is not one left aside."""
        if self.source == "loki":
            return bool(loki.result(self.expression, step=_STEP_SECONDS))
        found = prometheus.result(self.expression)
        return any(each["value"][1] != "NaN" for each in found)


def panel_queries(namespace: str, job: str) -> Iterator[Query]:
    """Yield the queries of all dashboards, with a job chosen where they let people choose."""
    chosen = {
        "namespace": namespace,
        "trainingjob": job,
        "__interval": "1m",
        "__rate_interval": "1m",
    }
    for path in sorted((CHART / "files" / "dashboards").glob("*.json")):
        board = json.loads(path.read_text(encoding="utf-8"))
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                expression = target["expr"]
                for name, value in chosen.items():
                    expression = re.sub(rf"\${name}\b", value, expression)
                title = f"{board['title']}: {panel['title']}"
                yield Query(title, target["datasource"]["type"], expression)


def rule_queries() -> Iterator[Query]:
    """Yield what all alerts look at, without the limit beyond which they call somebody."""
    alerts = load_alerts()
    for alert in alerts.prometheus:
        yield Query(alert.name, "prometheus", _LIMIT.sub("", alert.expression))
    for alert in alerts.loki:
        yield Query(alert.name, "loki", _LIMIT.sub("", alert.expression))
