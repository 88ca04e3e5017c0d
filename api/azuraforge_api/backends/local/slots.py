"""How many jobs run at the same time: so many for the CPU, one for each GPU, first come first."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

__all__ = ["Slots", "count_gpus"]

_ONE_DEVICE_PER_FILE = "nvidia[0-9]*"


def count_gpus(devices: Path = Path("/dev")) -> int:
    """Return how many NVIDIA GPUs the system shows, without loading a driver."""
    return len(list(devices.glob(_ONE_DEVICE_PER_FILE)))


class Slots:
    """Places on one kind of device.

    Args:
        count: how many; without any, nothing ever runs.
    """

    def __init__(self, count: int) -> None:
        self._free = list(range(count))
        self._waiting: list[asyncio.Future[int]] = []

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(not place.done() for place in self._waiting)

    @asynccontextmanager
    async def take(self) -> AsyncIterator[int]:
        """Wait for a place in the order of asking, and hold it; gives its number."""
        place = await self._next()
        try:
            yield place
        finally:
            self._give_back(place)

    @contextmanager
    def keep(self, place: int | None) -> Iterator[int]:
        """Hold the place of one that runs already, without waiting; gives the place's number.

        Args:
            place: which it has; None: any that is free. Where it is not free (there were more
                places before), the run goes on beside the others.
        """
        chosen = self._free[0] if place is None and self._free else place or 0
        is_held = chosen in self._free
        if is_held:
            self._free.remove(chosen)
        try:
            yield chosen
        finally:
            if is_held:
                self._give_back(chosen)

    async def _next(self) -> int:
        if self._free:
            return self._free.pop(0)
        place: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._give_back(place.result())
            raise
        finally:
            if place in self._waiting:
                self._waiting.remove(place)

    def _give_back(self, place: int) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(place)
                return
        self._free.append(place)
        self._free.sort()
