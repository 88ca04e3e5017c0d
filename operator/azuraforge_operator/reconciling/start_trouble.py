"""Why an attempt does not start, where neither its pod nor its Job says so themselves.

A quota, a refused pod or a volume that cannot be mounted show up as warnings of the cluster about
the Job or the pod, and nowhere else.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from azuraforge_cluster.cluster import Cluster, Raw
from azuraforge_cluster.errors import ClusterError
from azuraforge_lifecycle.observed import Child, ChildPhase, Notice
from azuraforge_operator.reconciling.job_key import JobKey

__all__ = ["StartTrouble", "newest_warning"]

_PATIENCE_SECONDS: Final = 20.0
"""How long a start may take before somebody asks why."""
_KEPT_SECONDS: Final = 30.0
_logger: Final = logging.getLogger("azuraforge.reconciler")


@dataclass(frozen=True)
class _Asked:
    """What the cluster's warnings said of one object."""

    uid: str
    due: float
    notice: Notice | None


class StartTrouble:
    """Looks for the reason.

    Args:
        cluster: gives warnings.
        clock: a monotonic time in seconds.
    """

    def __init__(self, cluster: Cluster, clock: Callable[[], float] = time.monotonic) -> None:
        self._cluster = cluster
        self._clock = clock
        self._asked: dict[JobKey, _Asked] = {}

    async def add_notice(self, key: JobKey, child: Child, uid: str | None, now: datetime) -> Child:
        """Return a child that has waited for long with the reason, if there is one.

        Args:
            key: whose child it is.
            child: an attempt of it.
            uid: identity of its pod, or of its Job while there is no pod.
            now: the time.
        """
        if uid is None or not self._is_stuck(child):
            self.forget(key)
            return child
        if (now - child.created_at).total_seconds() < _PATIENCE_SECONDS:
            return child
        known = self._asked.get(key)
        if known is None or known.uid != uid or self._clock() >= known.due:
            known = await self._ask(key, uid, known)
            self._asked[key] = known
        return replace(child, notice=known.notice)

    def seconds_until_due(self, key: JobKey, child: Child, now: datetime) -> float | None:
        """Return after how long to ask, or to ask again; None: not at all."""
        if not self._is_stuck(child):
            return None
        age = (now - child.created_at).total_seconds()
        known = self._asked.get(key)
        left = known.due - self._clock() if known is not None else _PATIENCE_SECONDS - age
        return max(1.0, left)

    def forget(self, key: JobKey) -> None:
        """Forget a job that is not stuck."""
        self._asked.pop(key, None)

    @staticmethod
    def _is_stuck(child: Child) -> bool:
        is_waiting = child.phase is ChildPhase.WAITING and not child.is_suspended
        return is_waiting and not child.is_deleting

    async def _ask(self, key: JobKey, uid: str, before: _Asked | None) -> _Asked:
        due = self._clock() + _KEPT_SECONDS
        try:
            warnings = await self._cluster.list_warnings(key.namespace, uid)
        except ClusterError as error:
            _logger.info("Warnings about %s cannot be read: %s", key, error)
            kept = before.notice if before is not None and before.uid == uid else None
            return _Asked(uid, due, kept)
        return _Asked(uid, due, newest_warning(warnings))


def newest_warning(events: list[Raw]) -> Notice | None:
    """Return what the latest of some events says."""
    latest = max(events, key=_time, default=None)
    if latest is None:
        return None
    return Notice(latest.get("reason") or "Warning", latest.get("message") or "")


def _time(event: Raw) -> str:
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return next((time for time in times if time), "")
