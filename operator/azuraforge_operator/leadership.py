"""Which replica acts: the one that holds the lease.

The others watch as it does, so that the next leader knows everything when its turn comes. Two that
both take themselves for the leader for a moment do no harm: the status is stored conditionally and
children have fixed names.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection

from azuraforge_operator.lease_lock import LeaseLock

__all__ = ["Leadership", "request_timeout_seconds"]

_Callback = Callable[[], Coroutine[Any, Any, None]]
_logger: Final = logging.getLogger("azuraforge.leadership")


def request_timeout_seconds(lease_seconds: int) -> float:
    """Return the longest wait for an answer about the lease.

    A leader that gets no answers gives up after half the lease's time and at most two such waits,
    which is before anybody else can take over.
    """
    return lease_seconds / 6


class Leadership:
    """Takes part in the election for as long as the operator runs.

    Args:
        lock: the lease.
        lease_seconds: how long a leader that has died stays leader.
        tell: called with whether this replica leads, whenever that changes.
    """

    def __init__(
        self, lock: LeaseLock, *, lease_seconds: int, tell: Callable[[bool], None]
    ) -> None:
        self._lock = lock
        self._lease_seconds = lease_seconds
        self._tell = tell

    async def take_part(self, act: Callable[[], Awaitable[None]]) -> None:
        """Run ``act`` whenever this replica leads; it is cancelled when it no longer does.

        Returns only by being cancelled.

        Raises:
            Exception: whatever ``act`` raises; a leader that cannot act must not stay leader.
        """
        while True:
            await self._take_part_once(act)

    async def release(self) -> None:
        """Give the lease up, where it is ours."""
        await self._lock.release()

    async def _take_part_once(self, act: Callable[[], Awaitable[None]]) -> None:
        """Wait for the lease, lead until it is lost."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        leading: list[asyncio.Task[None]] = []

        async def lead() -> None:
            leading.append(asyncio.ensure_future(_run(act, ended)))
            self._tell(True)
            _logger.info("This replica leads.", extra={"event": "leading"})

        async def follow() -> None:
            _logger.warning("This replica no longer leads.", extra={"event": "following"})

        election = asyncio.create_task(self._election(lead, follow).run())
        try:
            await asyncio.wait({election, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            election.cancel()
            for task in leading:
                task.cancel()
            await asyncio.gather(election, *leading, return_exceptions=True)
            self._tell(False)
        if ended.done():
            ended.result()

    def _election(self, lead: _Callback, follow: _Callback) -> Any:
        return LeaderElection(
            Config(
                self._lock,
                lease_duration=self._lease_seconds,
                renew_deadline=self._lease_seconds / 2,
                retry_period=max(1.0, self._lease_seconds / 7.5),
                onstarted_leading=lead,
                onstopped_leading=follow,
            )
        )


async def _run(act: Callable[[], Awaitable[None]], ended: asyncio.Future[None]) -> None:
    """Act, and say so when that ends by itself, which it should not."""
    try:
        await act()
    except Exception as error:  # noqa: BLE001 - handed over to whoever waits for it
        ended.set_exception(error)
    else:
        ended.set_exception(RuntimeError("the reconciler has ended by itself"))
