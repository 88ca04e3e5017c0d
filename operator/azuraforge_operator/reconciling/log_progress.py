"""Live progress without an API: the last lines of a running trainer's log, now and then.

The trainer writes a line of JSON for each step that it reports, and the API server gives logs to
whoever may read them. So neither the trainer needs rights nor anybody a shared volume; one request
for each running job and interval is all it costs. Where an API takes metrics, it reports progress
itself and nothing is read here.
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field, ValidationError

from azuraforge_cluster.cluster import Cluster
from azuraforge_cluster.errors import ClusterError
from azuraforge_contract.status import MetricValue, Progress
from azuraforge_lifecycle.observed import Child, Report
from azuraforge_operator.reconciling.job_key import JobKey

__all__ = ["LogProgress", "progress_in"]

_LINES: Final = 40
_logger: Final = logging.getLogger("azuraforge.progress")


class _StepLine(BaseModel):
    """What is read of a trainer's log line about a step."""

    event: Literal["step"]
    ts: str
    step: int
    epoch: int
    loss: Annotated[float, Field(allow_inf_nan=False)]
    percentage: Annotated[float, Field(ge=0, le=100)] | None = None
    total_epochs: int | None = None
    eta_seconds: float | None = None
    samples_per_second: float | None = None


@dataclass(frozen=True)
class _Reading:
    """What was read of one pod's log."""

    pod: str
    due: float
    """When it is to be read again, on the monotonic clock."""
    report: Report | None = None


class LogProgress:
    """Reads progress.

    Args:
        cluster: gives logs; with a short timeout.
        every_seconds: how often a log is read; 0: never.
        clock: a monotonic time in seconds.
    """

    def __init__(
        self, cluster: Cluster, every_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cluster = cluster
        self.every_seconds = every_seconds
        self._clock = clock
        self._readings: dict[JobKey, _Reading] = {}

    async def add_report(self, key: JobKey, child: Child) -> Child:
        """Return a running child with what its log said last; others as they are.

        What was read stays the same until the next reading, so that no turn in between changes
        the status.
        """
        if not self.every_seconds or not child.is_running or child.pod is None:
            self.forget(key)
            return child
        known = self._readings.get(key)
        now = self._clock()
        if known is None or known.pod != child.pod:
            known = _Reading(child.pod, now + self.every_seconds)
        elif now >= known.due:
            report = await self._read(key, child.pod) or known.report
            known = _Reading(child.pod, now + self.every_seconds, report)
        self._readings[key] = known
        return replace(child, report=known.report)

    def seconds_until_due(self, key: JobKey) -> float | None:
        """Return after how long a job's log is to be read again; None: not at all."""
        known = self._readings.get(key)
        return max(0.0, known.due - self._clock()) if known is not None else None

    def forget(self, key: JobKey) -> None:
        """Forget a job that does not run."""
        self._readings.pop(key, None)

    async def _read(self, key: JobKey, pod: str) -> Report | None:
        try:
            text = await self._cluster.read_log(key.namespace, pod, lines=_LINES)
        except ClusterError as error:
            _logger.info("The log of %s cannot be read: %s", pod, error)
            return None
        progress = progress_in(text)
        return Report(progress=progress) if progress is not None else None


def progress_in(log: str) -> Progress | None:
    """Return the progress that the last line about a step tells, or None where there is none."""
    for line in reversed(log.splitlines()):
        told = _decode(line)
        if told is not None:
            return Progress(
                percentage=told.percentage,
                epoch=told.epoch,
                total_epochs=told.total_epochs,
                step=told.step,
                eta_seconds=told.eta_seconds,
                samples_per_second=told.samples_per_second,
                metrics=(MetricValue(name="train.loss", value=told.loss),),
                last_heartbeat_time=told.ts,
            )
    return None


def _decode(line: str) -> _StepLine | None:
    """Return a line about a step; any other is nothing to us, be it JSON or not."""
    try:
        return _StepLine.model_validate(json.loads(line))
    except (json.JSONDecodeError, ValidationError):
        return None
