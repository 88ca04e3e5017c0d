"""Who acts: one replica, soon after another has died, at once after one has ended."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest

from azuraforge_operator.leadership import Leadership
from azuraforge_operator.lease_lock import LeaseLock

if TYPE_CHECKING:
    from tests.operator.conftest import Bench

WithBench = Callable[[Callable[["Bench"], Coroutine[Any, Any, None]]], None]


class Replica:
    """A replica that acts by waiting."""

    def __init__(self, bench: "Bench", name: str, *, lease_seconds: int = 5) -> None:
        self.bench = bench
        transport = bench.transport(timeout_seconds=0.5, delays_seconds=())
        lock = LeaseLock(transport, "lease", "default", name)
        self.is_told: list[bool] = []
        self.acting = 0
        self.leadership = Leadership(lock, lease_seconds=lease_seconds, tell=self.is_told.append)
        self.task = asyncio.create_task(self.leadership.take_part(self.act))

    async def act(self) -> None:
        """Act until cancelled."""
        self.acting += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.acting -= 1

    async def leads(self) -> None:
        """Wait until this replica acts."""
        await self.bench.until(lambda: self.acting == 1, "the replica acts")

    async def die(self) -> None:
        """End without a word, as by SIGKILL."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    @property
    def lease(self) -> dict[str, Any]:
        """What the lease says."""
        spec: dict[str, Any] = self.bench.server.get("leases", "lease", "default")["spec"]
        return spec


def test_one_of_two_acts(with_bench: WithBench) -> None:
    """The lease names it; the other waits."""

    async def story(bench: "Bench") -> None:
        first = Replica(bench, "first")
        await first.leads()
        second = Replica(bench, "second")
        renewed = first.lease["renewTime"]
        await bench.until(lambda: first.lease["renewTime"] > renewed, "the lease is renewed")
        assert (first.acting, second.acting) == (1, 0)
        assert first.lease["holderIdentity"] == "first"
        assert first.lease["leaseDurationSeconds"] == 5
        await first.die()
        await second.die()

    with_bench(story)


def test_a_dead_leader_is_succeeded(with_bench: WithBench) -> None:
    """Once the lease has run out, the other takes over, and the lease counts the change."""

    async def story(bench: "Bench") -> None:
        first = Replica(bench, "first")
        await first.leads()
        second = Replica(bench, "second")
        await first.die()
        await second.leads()
        assert second.lease["holderIdentity"] == "second"
        assert second.lease["leaseTransitions"] == 1
        await second.die()

    with_bench(story)


def test_a_lease_given_up_is_free_at_once(with_bench: WithBench) -> None:
    """A replica that ends in order keeps nobody waiting, even if a renewal of its own cuts in."""

    async def story(bench: "Bench") -> None:
        first = Replica(bench, "first", lease_seconds=3600)
        await first.leads()
        await first.die()
        await first.leadership.release()
        second = Replica(bench, "second", lease_seconds=3600)
        await second.leads()
        assert second.lease["holderIdentity"] == "second"
        await second.die()
        bench.server.fail("PUT", "/leases", 409, times=1)
        await second.leadership.release()
        assert second.lease["holderIdentity"] is None

    with_bench(story)


def test_a_leader_without_answers_stops_acting_and_comes_back(with_bench: WithBench) -> None:
    """It gives up before anybody else may take over, and leads again when it can."""

    async def story(bench: "Bench") -> None:
        replica = Replica(bench, "only")
        await replica.leads()
        bench.server.fail("ANY", "/leases", 500, times=10_000)
        await bench.until(lambda: replica.acting == 0, "the leader has given up")
        bench.server.faults.clear()
        await replica.leads()
        assert replica.is_told[:3] == [True, False, True]
        await replica.die()

    with_bench(story)


def test_a_leader_that_cannot_act_does_not_stay_leader(with_bench: WithBench) -> None:
    """What goes wrong in its work ends the process instead of a leadership that does nothing."""

    async def story(bench: "Bench") -> None:
        lock = LeaseLock(bench.transport(), "lease", "default", "broken")
        leadership = Leadership(lock, lease_seconds=5, tell=lambda _: None)

        async def act() -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await leadership.take_part(act)

    with_bench(story)
