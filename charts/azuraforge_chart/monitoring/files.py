"""The files that are written of dashboards and alerts."""

from pathlib import Path
from typing import Any, Final

import yaml
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from azuraforge_chart.monitoring.alerts import load_alerts, rule_groups, runbook
from azuraforge_chart.monitoring.fleet import fleet
from azuraforge_chart.monitoring.job import job
from azuraforge_chart.monitoring.platform import platform

__all__ = ["monitoring_files"]

_RUNBOOK: Final = Path(__file__).parents[3] / "docs" / "reference" / "alerts.md"
_WIDTH: Final = 10_000
"""No line is broken: a query stays in one piece."""


def monitoring_files(chart: Path) -> dict[Path, str]:
    """Return path → text of the dashboards, the rules and the alerts' reference page.

    Args:
        chart: the chart's folder.
    """
    dashboards, rules = chart / "files" / "dashboards", chart / "files" / "rules"
    alerts = load_alerts()
    return {
        dashboards / "fleet.json": _json(fleet()),
        dashboards / "job.json": _json(job()),
        dashboards / "platform.json": _json(platform()),
        rules / "prometheus.yaml": _yaml(rule_groups("azuraforge", alerts.prometheus)),
        rules / "loki.yaml": _yaml(rule_groups("azuraforge-logs", alerts.loki)),
        _RUNBOOK: runbook(),
    }


def _json(board: Dashboard) -> str:
    built = board.build()
    for number, panel in enumerate(built.panels or (), start=1):
        panel.id_val = number  # a link to one panel stays right
    return JSONEncoder(sort_keys=True, indent=1).encode(built) + "\n"


def _yaml(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, width=_WIDTH)
