"""Every metric of the operator, in one registry.

Their names are documented in the reference, and a test holds the two equal. Labels are bounded:
reasons outside the lifecycle's own words count as ``Other``, and last values are exported for a
bounded number of jobs.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from azuraforge_contract.status import JobStatus, Phase
from azuraforge_lifecycle.reasons import Reason
from azuraforge_operator.reconciling.job_key import JobKey

__all__ = ["OTHER", "LastValues", "Metrics"]

OTHER: Final = "Other"
"""The label of whatever is none of the known words."""

_LONG_SECONDS: Final = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400)
_SHORT_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_KEPT_JOBS: Final = 500
"""Jobs whose last values are exported; those that changed last."""


class LastValues(Collector):
    """The last known figures of the jobs that changed last.

    A short trainer is gone before anybody scrapes it; its figures stay here.
    """

    def __init__(self, kept: int = _KEPT_JOBS) -> None:
        self._kept = kept
        self._values: OrderedDict[JobKey, tuple[str, dict[str, float]]] = OrderedDict()

    def note(self, key: JobKey, status: JobStatus) -> None:
        """Keep a job's figures; the job that changed longest ago goes when there are too many."""
        progress = status.progress
        values = {"active_seconds": status.active_seconds, "attempts": float(status.next_attempt)}
        if progress is not None:
            values |= {metric.name: metric.value for metric in progress.metrics}
            if progress.percentage is not None:
                values["percentage"] = progress.percentage
        self._values[key] = (status.phase.value, values)
        self._values.move_to_end(key)
        while len(self._values) > self._kept:
            self._values.popitem(last=False)

    def forget(self, key: JobKey) -> None:
        """Drop a job that is deleted."""
        self._values.pop(key, None)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return the figures for one scrape."""
        family = GaugeMetricFamily(
            "azuraforge_job_last_value",
            "Last known figures of the jobs that changed last.",
            labels=("namespace", "trainingjob", "phase", "figure"),
        )
        for key, (phase, values) in self._values.items():
            for figure, value in values.items():
                family.add_metric((key.namespace, key.name, phase, figure), value)
        yield family


class Metrics:
    """The operator's metrics."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.last_values = LastValues()
        self.registry.register(self.last_values)
        ProcessCollector(registry=self.registry)
        self.reconciles = self._counter(
            "azuraforge_operator_reconciles",
            "Turns of a job, by what came of them.",
            "result",
        )
        self.reconciles.labels("error")  # from 0 on, for the alert that looks for an increase
        self.reconcile_seconds = self._histogram(
            "azuraforge_operator_reconcile_seconds", "Time of one turn of a job.", _SHORT_SECONDS
        )
        self.api_requests = self._counter(
            "azuraforge_operator_api_requests",
            "Requests to the API server, watches aside; code 0: no answer.",
            "verb",
            "resource",
            "code",
        )
        self.events = self._counter(
            "azuraforge_operator_events", "Events told about jobs.", "type", "reason"
        )
        self.queue_length = self._gauge(
            "azuraforge_operator_queue_length", "Jobs that wait for a turn."
        )
        self.is_leader = self._gauge(
            "azuraforge_operator_is_leader", "1 on the replica that acts, 0 on the others."
        )
        self.loop_lag_seconds = self._gauge(
            "azuraforge_operator_loop_lag_seconds", "Longest recent delay of the event loop."
        )
        self.watch_age_seconds = self._gauge(
            "azuraforge_operator_watch_age_seconds",
            "Time since a watch last showed that it is alive.",
            "resource",
        )
        self.resync_differences = self._counter(
            "azuraforge_operator_resync_differences",
            "Objects that a resync found other than the watches had told.",
            "resource",
        )
        self.jobs = self._gauge("azuraforge_jobs", "TrainingJobs.", "namespace", "phase")
        self._make_job_metrics()

    def _make_job_metrics(self) -> None:
        self.jobs_finished = self._counter(
            "azuraforge_jobs_finished", "Jobs that ended, by phase and reason.", "phase", "reason"
        )
        # From 0 on, so that the first failure is an increase that an alert can see.
        for reason in (*Reason, OTHER):
            self.jobs_finished.labels(Phase.FAILED.value, reason)
        self.attempts = self._counter(
            "azuraforge_attempts", "Attempts that ended, by reason.", "reason"
        )
        self.accepted_seconds = self._histogram(
            "azuraforge_job_accepted_seconds", "Creation to acceptance.", _LONG_SECONDS
        )
        self.queued_seconds = self._histogram(
            "azuraforge_attempt_queued_seconds", "Wait for admission by a queue.", _LONG_SECONDS
        )
        self.start_seconds = self._histogram(
            "azuraforge_job_start_seconds",
            "Creation to the first attempt's process.",
            _LONG_SECONDS,
        )
        self.dataset_seconds = self._histogram(
            "azuraforge_attempt_dataset_seconds", "Opening or filling the data.", _LONG_SECONDS
        )
        self.gpu_seconds = self._counter(
            "azuraforge_gpu_seconds",
            "GPU time of ended attempts; lost: not in any checkpoint or model.",
            "outcome",
        )
        for outcome in ("useful", "lost"):
            self.gpu_seconds.labels(outcome)
        self.cache_opens = self._counter(
            "azuraforge_cache_opens", "Openings of the shared data cache.", "outcome"
        )
        self.cache_bytes = self._counter(
            "azuraforge_cache_bytes", "Bytes of data opened, by how the cache had them.", "outcome"
        )

    def count_request(self, verb: str, resource: str, code: int) -> None:
        """Count a request; code 0 where no answer came."""
        self.api_requests.labels(verb, resource, str(code)).inc()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, text, buckets=buckets, registry=self.registry)
