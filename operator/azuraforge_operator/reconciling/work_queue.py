"""Whose turn it is: keys that wait once each, are worked on one at a time, and may be due later.

The semantics are those of client-go's work queue. A key that is added while it is worked on gets
another turn afterwards; a key that fails waits longer each time.
"""

import asyncio
from collections import deque
from typing import Final

from azuraforge_operator.reconciling.job_key import JobKey

__all__ = ["WorkQueue"]

_FIRST_DELAY_SECONDS: Final = 0.5
_LONGEST_DELAY_SECONDS: Final = 60.0


class WorkQueue:
    """A queue of jobs to reconcile."""

    def __init__(self) -> None:
        self._order: deque[JobKey] = deque()
        self._waiting: set[JobKey] = set()
        self._in_work: set[JobKey] = set()
        self._failures: dict[JobKey, int] = {}
        self._timers: dict[JobKey, asyncio.TimerHandle] = {}
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, key: JobKey) -> None:
        """Give a job a turn as soon as possible; once, however often it is added."""
        if key in self._waiting:
            return
        self._waiting.add(key)
        if key not in self._in_work:
            self._order.append(key)
            self._news.set()

    def add_after(self, key: JobKey, seconds: float) -> None:
        """Give a job a turn later; this replaces an earlier such wish."""
        self.cancel_timer(key)
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(seconds, self._on_time, key)

    def cancel_timer(self, key: JobKey) -> None:
        """Forget a turn that a job was to get later."""
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def add_failed(self, key: JobKey, *, at_least_seconds: float = 0.0) -> float:
        """Give a job that failed another turn later; return after how many seconds."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        doubled = _FIRST_DELAY_SECONDS * float(1 << min(failures, 10))
        delay = max(min(doubled, _LONGEST_DELAY_SECONDS), at_least_seconds)
        self.add_after(key, delay)
        return delay

    def forget_failures(self, key: JobKey) -> None:
        """Note that a job did not fail."""
        self._failures.pop(key, None)

    async def take(self) -> JobKey:
        """Return the next job; nobody else gets it until :meth:`give_back`."""
        while not self._order:
            self._news.clear()
            await self._news.wait()
        key = self._order.popleft()
        self._waiting.discard(key)
        self._in_work.add(key)
        return key

    def give_back(self, key: JobKey) -> None:
        """Note that nobody works on a job any more."""
        self._in_work.discard(key)
        if key in self._waiting:
            self._order.append(key)
            self._news.set()

    def _on_time(self, key: JobKey) -> None:
        self._timers.pop(key, None)
        self.add(key)
