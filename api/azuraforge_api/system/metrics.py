"""Every metric of the service that is counted as it happens, in one registry.

The reference page is generated from this and from ``state_metrics``. Labels are bounded: routes are
templates and never addresses, methods those of HTTP, everything else words of ours.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from azuraforge_api.tracking.service import Appended

__all__ = ["Metrics"]

_REQUEST_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30)
_TASK_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 10, 30)
_LAG_SECONDS: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600, 86400)


class Metrics:
    """The metrics of one process of the service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.labels: dict[str, tuple[str, ...]] = {}
        """Name of a metric to its labels, for the reference page."""
        ProcessCollector(registry=self.registry)
        self.requests_in_flight = Gauge(
            "azuraforge_api_requests_in_flight",
            "Requests whose answer is not complete yet, streams among them.",
            registry=self.registry,
        )
        self.request_seconds = self._histogram(
            "azuraforge_api_request_seconds",
            "Time to the beginning of an answer; its _count counts requests. "
            "route: the template of the address, none where no route was reached.",
            _REQUEST_SECONDS,
            ("method", "route", "status"),
        )
        self.ingest_events = self._counter(
            "azuraforge_api_ingest_events",
            "Events of trainers that arrived; outcome: stored, or known where it was there before.",
            ("outcome",),
        )
        self.ingest_points = self._counter(
            "azuraforge_api_ingest_points", "Points of series that were stored."
        )
        self.ingest_lag_seconds = self._histogram(
            "azuraforge_api_ingest_lag_seconds",
            "Age of the newest event of a batch when it was stored.",
            _LAG_SECONDS,
        )
        self.task_seconds = self._histogram(
            "azuraforge_api_task_seconds",
            "Time of a task of the workers, the wait for one included; "
            "task: forecast, export, compare; outcome: done, refused, late, died.",
            _TASK_SECONDS,
            ("task", "outcome"),
        )
        self.model_lookups = self._counter(
            "azuraforge_api_model_lookups",
            "Forecasts by whether the worker had the model in its memory; outcome: hit, miss.",
            ("outcome",),
        )
        self.worker_starts = self._counter(
            "azuraforge_api_worker_starts", "Workers started, those in the place of others too."
        )
        for outcome in ("stored", "known"):
            self.ingest_events.labels(outcome)
        for outcome in ("hit", "miss"):
            self.model_lookups.labels(outcome)

    def note_events(self, appended: Appended) -> None:
        """Count a batch of events that was committed."""
        self.ingest_events.labels("stored").inc(appended.stored)
        self.ingest_events.labels("known").inc(appended.known)
        self.ingest_points.inc(appended.points)
        if appended.newest is not None:
            age = datetime.now(UTC) - appended.newest
            self.ingest_lag_seconds.observe(max(0.0, age.total_seconds()))

    def _counter(self, name: str, text: str, labels: Sequence[str] = ()) -> Counter:
        self.labels[name] = tuple(labels)
        return Counter(name, text, labels, registry=self.registry)

    def _histogram(
        self, name: str, text: str, buckets: Sequence[float], labels: Sequence[str] = ()
    ) -> Histogram:
        self.labels[name] = tuple(labels)
        return Histogram(name, text, labels, buckets=tuple(buckets), registry=self.registry)
