"""What the API server's audit log says of the operator: its writes, and how soon it acts.

Called by ``operator_load``. Figures from the log count what was really done to the API server,
whatever the operator itself believes.
"""

import json
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benchmarks.operator_load_cluster import JOBS_NAMESPACE, OPERATOR_USER

__all__ = ["AuditedRequest", "delays_to_child", "quantiles", "read_audit_log", "writes_per_job"]

_COUNTED = ("trainingjobs", "trainingjobs/status", "jobs")


@dataclass(frozen=True)
class AuditedRequest:
    """One write, or one creation of a TrainingJob by whomever.

    Attributes:
        is_by_operator: whether the operator's service account sent it.
        verb: create, update, patch or delete.
        resource: plural name, with the subresource behind a slash.
        name: of the object.
        code: of the answer.
        time: of the answer, in seconds.
    """

    is_by_operator: bool
    verb: str
    resource: str
    name: str
    code: int
    time: float


def read_audit_log(text: str) -> list[AuditedRequest]:
    """Return all requests in the jobs' namespace."""
    events = (json.loads(line) for line in text.splitlines() if line)
    return [
        _request(event)
        for event in events
        if event.get("objectRef", {}).get("namespace") == JOBS_NAMESPACE
    ]


def writes_per_job(requests: Iterable[AuditedRequest], jobs: int) -> dict[str, Any]:
    """Return the operator's writes for each job's life: what counts, and Events apart.

    Those that the API server refused, such as by a conflict, count as well.
    """
    ours = [each for each in requests if each.is_by_operator]
    kinds = Counter(f"{each.verb} {each.resource}" for each in ours)
    counted = [each for each in ours if each.resource in _COUNTED]
    lives = Counter(_life(each) for each in counted)
    return {
        "perJob": round(len(counted) / jobs, 3),
        "mostForOneJob": max(lives.values(), default=0),
        "eventsPerJob": round(sum(each.resource == "events" for each in ours) / jobs, 3),
        "refused": sum(each.code >= 400 for each in counted),  # noqa: PLR2004 - HTTP
        "byKindPerJob": {kind: round(count / jobs, 3) for kind, count in sorted(kinds.items())},
    }


def delays_to_child(requests: Iterable[AuditedRequest], names: Iterable[str]) -> list[float]:
    """Return the seconds from each TrainingJob's creation to that of its first child."""
    created: dict[str, float] = {}
    children: dict[str, float] = {}
    for each in requests:
        if each.verb == "create" and each.resource == "trainingjobs":
            created[each.name] = each.time
        elif each.verb == "create" and each.resource == "jobs" and each.is_by_operator:
            children.setdefault(each.name, each.time)
    return [children[f"{name}-0"] - created[name] for name in names]


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Return median, 99th percentile and maximum, in milliseconds."""
    ordered = sorted(seconds)
    ninety_ninth = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    found = {"p50": statistics.median(ordered), "p99": ninety_ninth, "max": ordered[-1]}
    return {name: round(1000 * value, 1) for name, value in found.items()}


def _request(event: dict[str, Any]) -> AuditedRequest:
    reference = event["objectRef"]
    parts = (reference["resource"], reference.get("subresource"))
    return AuditedRequest(
        is_by_operator=event["user"]["username"] == OPERATOR_USER,
        verb=event["verb"],
        resource="/".join(part for part in parts if part),
        name=reference.get("name", ""),
        code=event.get("responseStatus", {}).get("code", 0),
        time=datetime.fromisoformat(event["stageTimestamp"]).timestamp(),
    )


def _life(request: AuditedRequest) -> str:
    """Return the TrainingJob that a write is about; a child is named after it."""
    if request.resource == "jobs":
        return request.name.rpartition("-")[0]
    return request.name
