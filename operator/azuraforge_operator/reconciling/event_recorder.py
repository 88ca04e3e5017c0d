"""Events for people: ``kubectl describe`` shows them, the log has each as one line of JSON.

An event's name follows from what it says and of which generation of the job: told twice, by two
leaders or by a repeated request, it is there once.
"""

import asyncio
import hashlib
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from azuraforge_cluster.cluster import Cluster
from azuraforge_cluster.errors import AlreadyExistsError, ClusterError
from azuraforge_cluster.resources import EVENTS
from azuraforge_contract.training_job import API_VERSION, KIND, TrainingJob
from azuraforge_lifecycle.actions import RecordEvent
from azuraforge_operator.metrics import Metrics
from azuraforge_operator.names import COMPONENT

__all__ = ["EventRecorder", "build_event"]

_logger: Final = logging.getLogger("azuraforge.events")


class EventRecorder:
    """Records events.

    Args:
        cluster: where they are stored.
        metrics: where they are counted.
        identity: this replica.
    """

    def __init__(self, cluster: Cluster, metrics: Metrics, identity: str) -> None:
        self._cluster = cluster
        self._metrics = metrics
        self._identity = identity

    async def record(self, job: TrainingJob, events: Iterable[RecordEvent]) -> None:
        """Tell events of a job; one that cannot be stored is in the log all the same."""
        now = datetime.now(UTC)
        await asyncio.gather(*(self._record_one(job, event, now) for event in events))

    async def _record_one(self, job: TrainingJob, event: RecordEvent, now: datetime) -> None:
        self._metrics.events.labels(event.type, event.reason.value).inc()
        _logger.log(
            logging.WARNING if event.type == "Warning" else logging.INFO,
            "%s",
            event.message,
            extra={
                "event": event.reason.value,
                "namespace": job.metadata.namespace,
                "job": job.metadata.name,
                "run": job.uid,
            },
        )
        try:
            await self._cluster.create(EVENTS, build_event(job, event, now, self._identity))
        except AlreadyExistsError:
            return
        except ClusterError as error:
            _logger.warning("An event cannot be stored: %s", error)


def build_event(
    job: TrainingJob, event: RecordEvent, now: datetime, identity: str
) -> dict[str, Any]:
    """Return the Event object."""
    said = (job.uid, str(job.metadata.generation), event.type, event.reason, event.message)
    digest = hashlib.sha256("\0".join(said).encode()).hexdigest()[:16]
    time = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{job.metadata.name}.{digest}",
            "namespace": job.metadata.namespace,
        },
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "name": job.metadata.name,
            "namespace": job.metadata.namespace,
            "uid": job.uid,
        },
        "type": event.type,
        "reason": event.reason.value,
        "message": event.message,
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
        "reportingInstance": identity,
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
    }
