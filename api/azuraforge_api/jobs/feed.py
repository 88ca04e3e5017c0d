"""Who follows a job is woken when something of it has changed; what changed is read from the store.

Within one process. Followers also look by themselves every few seconds, which covers changes that
another process of the service has made.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Follower", "JobFeed"]


class Follower:
    """Somebody who follows one job."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Tell of a change."""
        self._changed.set()

    async def wait(self, *, timeout_seconds: float) -> bool:
        """Wait for a change since the last call; return whether there was one in time."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True


class JobFeed:
    """Changes of jobs, as a wake-up call without content."""

    def __init__(self) -> None:
        self._followers: dict[str, set[Follower]] = defaultdict(set)

    @property
    def follower_count(self) -> int:
        """How many follow a job."""
        return sum(map(len, self._followers.values()))

    def publish(self, uid: str) -> None:
        """Wake everybody who follows a job."""
        for follower in self._followers.get(uid, ()):
            follower.wake()

    @contextmanager
    def follow(self, uid: str) -> Iterator[Follower]:
        """Follow a job: no change from here on is missed."""
        follower = Follower()
        self._followers[uid].add(follower)
        try:
            yield follower
        finally:
            self._followers[uid].discard(follower)
            if not self._followers[uid]:
                del self._followers[uid]
