"""Where else a job can be looked at.

Computed when somebody asks, so that a new address of Grafana rewrites no object.
"""

import json
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from azuraforge_api.jobs.repository import ListedJob
from azuraforge_api.jobs.tables import JobRow

__all__ = ["job_links", "log_query"]

_MARGIN: Final = timedelta(minutes=2)
"""Before its creation and after its end: lines of the operator, and the last of the trainer."""


def job_links(row: JobRow | ListedJob, grafana_url: str | None) -> dict[str, str]:
    """Return addresses by name.

    Args:
        row: the job.
        grafana_url: address at which people reach Grafana; None: there is none.
    """
    if grafana_url is None:
        return {}
    end = (
        "now" if row.finished_at is None else _milliseconds((row.finished_at + _MARGIN).timestamp())
    )
    pane = {
        "datasource": "loki",
        "queries": [
            {
                "refId": "A",
                "datasource": {"uid": "loki", "type": "loki"},
                "expr": log_query(row),
            }
        ],
        "range": {"from": _milliseconds((row.created_at - _MARGIN).timestamp()), "to": end},
    }
    panes = quote(json.dumps({"a": pane}, separators=(",", ":")), safe="")
    root = grafana_url.rstrip("/")
    chosen = f"var-namespace={quote(row.namespace)}&var-trainingjob={quote(row.name)}"
    return {
        "logs": f"{root}/explore?schemaVersion=1&orgId=1&panes={panes}",
        "dashboard": f"{root}/d/azuraforge-job?{chosen}",
    }


def log_query(row: JobRow | ListedJob, attempt: int | None = None) -> str:
    """Return the query of exactly a job's lines: others of its name had another uid.

    A line that a plugin or a library has printed by itself names no run, but its pod, which is
    named after job and attempt.
    """
    query = f"{{namespace={json.dumps(row.namespace)},trainingjob={json.dumps(row.name)}}}"
    query += f' | run={json.dumps(row.uid)} or run=""'
    if attempt is None:
        return query
    return f'{query} | attempt="{attempt}" or k8s_pod_name=~".+-{attempt}-[a-z0-9]{{5}}"'


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
