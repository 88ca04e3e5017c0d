"""The metrics that are read off the service when somebody scrapes it.

Figures of the database are read anew at most every few seconds, however many scrape. Every process
of a service tells the same ones: take ``max by (phase)``, not the sum.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from azuraforge_api.database.database import Database
from azuraforge_api.jobs.feed import JobFeed
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.webhooks.repository import count_states
from azuraforge_api.webhooks.worker import DeliveryWorker
from azuraforge_contract.status import Phase

__all__ = ["StateMetrics", "StoredFigures"]

_KEEP_SECONDS: Final = 10.0
_OUTCOMES: Final = ("delivered", "failed", "dead")


@dataclass
class StoredFigures:
    """Figures of the database, as they were a moment ago.

    Attributes:
        database: the service's.
        is_up: whether it answered.
        jobs: phase → how many; empty where it did not.
        deliveries: state → how many deliveries of webhooks wait or are dead; likewise.
    """

    database: Database
    is_up: bool = False
    jobs: dict[str, int] = field(default_factory=dict)
    deliveries: dict[str, int] = field(default_factory=dict)
    _read_at: float = field(default=float("-inf"), init=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def refresh(self) -> None:
        """Read the figures, unless they are fresh."""
        async with self._lock:
            if time.monotonic() - self._read_at < _KEEP_SECONDS:
                return
            try:
                await self._read()
                self.is_up = True
            except (SQLAlchemyError, OSError):
                self.is_up, self.jobs, self.deliveries = False, {}, {}
            self._read_at = time.monotonic()

    async def _read(self) -> None:
        query = select(JobRow.phase, func.count()).group_by(JobRow.phase)
        async with self.database.read() as session:
            found = {row[0]: row[1] for row in await session.execute(query)}
            self.jobs = {phase.value: found.get(phase.value, 0) for phase in Phase}
            self.deliveries = await count_states(session)


@dataclass(frozen=True, eq=False)
class StateMetrics(Collector):
    """Reads them.

    Attributes:
        figures: of the database.
        feed: knows who follows a job.
        webhooks: knows what was delivered.
    """

    figures: StoredFigures
    feed: JobFeed
    webhooks: DeliveryWorker

    def collect(self) -> Iterable[Metric]:
        """Return the figures for one scrape."""
        yield GaugeMetricFamily(
            "azuraforge_api_followers",
            "Streams of events that somebody listens to.",
            value=self.feed.follower_count,
        )
        yield self._connections()
        yield GaugeMetricFamily(
            "azuraforge_api_database_up",
            "1 where the database has answered at the last look.",
            value=float(self.figures.is_up),
        )
        yield _by_label(
            "azuraforge_api_jobs", "Jobs in the database, ended ones too.", "phase",
            self.figures.jobs,
        )  # fmt: skip
        yield _by_label(
            "azuraforge_api_webhook_deliveries",
            "Deliveries of webhooks that are not done; state: pending, dead.",
            "state",
            self.figures.deliveries,
        )
        yield self._attempts()

    def _connections(self) -> Metric:
        pool = self.figures.database.engine.pool
        assert isinstance(pool, QueuePool)  # noqa: S101 - for the type checker: both databases' is
        return _by_label(
            "azuraforge_api_database_connections",
            "Open connections to the database; state: busy, idle.",
            "state",
            {"busy": pool.checkedout(), "idle": pool.checkedin()},
        )

    def _attempts(self) -> Metric:
        family = CounterMetricFamily(
            "azuraforge_api_webhook_attempts",
            "Attempts to deliver; outcome: delivered, failed (tried again later), dead (the last).",
            labels=("outcome",),
        )
        for outcome in _OUTCOMES:
            family.add_metric((outcome,), self.webhooks.outcomes[outcome])
        return family


def _by_label(name: str, text: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for value, count in values.items():
        family.add_metric((value,), count)
    return family
