"""The whole operator with its watches, against an API server that fails on request."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from azuraforge_cluster.errors import NotFoundError
from azuraforge_operator.serving.operator import Operator
from azuraforge_operator.settings import OperatorSettings

if TYPE_CHECKING:
    from tests.operator.conftest import Bench

WithBench = Callable[[Callable[["Bench"], Coroutine[Any, Any, None]]], None]
NewJob = Callable[..., dict[str, Any]]
Kubeconfig = Callable[[int], None]


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Running:
    """An operator at work, and the cluster's other parts as the test plays them."""

    def __init__(self, bench: "Bench", operator: Operator, task: asyncio.Task[None]) -> None:
        self.bench = bench
        self.operator = operator
        self.task = task

    async def phase(self, name: str, phase: str) -> None:
        """Wait until a job is in a phase."""
        await self.bench.until(
            lambda: self.bench.server.status_of(name).get("phase") == phase,
            f"{name} is {phase}; its status is {self.bench.server.status_of(name)}",
        )

    async def pod(self, name: str, **status: Any) -> None:
        """Let the pod of a job's first attempt be in a state."""
        child = f"{name}-0"
        await self.bench.until(lambda: child in self.bench.server.names("jobs"), f"{child} is")
        self.bench.server.run_pod(child, **status)

    async def finish(self, name: str) -> None:
        """Let the first attempt of a job succeed."""
        await self.pod(name, phase="Succeeded", exit_code=0)

    async def probe(self, path: str, port: int) -> tuple[int, str]:
        """Return what the operator answers."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}{path}") as response,
        ):
            return response.status, await response.text()


@asynccontextmanager
async def running(
    bench: "Bench", kubeconfig: Kubeconfig, **settings: Any
) -> AsyncIterator[Running]:
    """Run an operator for the length of a block; a part of it that fails fails the test."""
    kubeconfig(bench.server.port)
    port = free_port()
    wanted = {"resync_seconds": 3600, "plugin_poll_seconds": 1, "request_timeout_seconds": 2}
    told = OperatorSettings(
        health_port=port, metrics_port=port, identity="me", **{**wanted, **settings}
    )
    operator = Operator(told, bench.client)
    task = asyncio.create_task(operator.run())
    try:
        yield Running(bench, operator, task)
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_job_runs_from_apply_to_success(
    with_bench: WithBench, new_job: NewJob, kubeconfig: Kubeconfig
) -> None:
    """Watches, leadership, plan and actions together; probes and metrics tell of it."""

    async def story(bench: "Bench") -> None:
        async with running(bench, kubeconfig) as it:
            bench.server.put("trainingjobs", new_job())
            await it.phase("nyc", "Starting")
            await it.pod("nyc")
            await it.phase("nyc", "Running")
            await it.finish("nyc")
            await it.phase("nyc", "Succeeded")
            port = it.operator.settings.health_port
            assert await it.probe("/healthz", port) == (200, "alive\n")
            assert await it.probe("/readyz", port) == (200, "ready\n")
            _, metrics = await it.probe("/metrics", port)
            assert "azuraforge_operator_is_leader 1.0" in metrics
            assert 'azuraforge_jobs_finished_total{phase="Succeeded",reason="Succeeded"} 1' in (
                metrics
            )

    with_bench(story)


def test_an_operator_beside_finished_jobs_writes_nothing(
    with_bench: WithBench, new_job: NewJob, kubeconfig: Kubeconfig
) -> None:
    """It comes back beside two hundred finished jobs: not one write."""

    async def story(bench: "Bench") -> None:
        async with running(bench, kubeconfig) as it:
            bench.server.put("trainingjobs", new_job())
            await it.finish("nyc")
            await it.phase("nyc", "Succeeded")
        finished = bench.server.get("trainingjobs", "nyc")
        for index in range(200):
            metadata = {"name": f"job-{index}", "namespace": "ml", "generation": 1}
            bench.server.put("trainingjobs", {**finished, "metadata": metadata})
        bench.server.requests.clear()
        async with running(bench, kubeconfig) as it:
            reconciles = it.operator.metrics.reconciles.labels("unchanged")
            await bench.until(lambda: reconciles._value.get() >= 201, "every job had its turn")
            assert bench.server.writes() == []

    with_bench(story)


def test_a_watch_that_must_begin_anew_loses_nothing(
    with_bench: WithBench, new_job: NewJob, kubeconfig: Kubeconfig
) -> None:
    """410 Gone makes it list again."""

    async def story(bench: "Bench") -> None:
        bench.server.forgets_history = True
        async with running(bench, kubeconfig) as it:
            bench.server.put("trainingjobs", new_job())
            await it.phase("nyc", "Starting")

    with_bench(story)


@pytest.mark.parametrize("kind", ["reset", "slow", "500", "429"])
def test_listing_and_watching_survive_faults(
    with_bench: WithBench, new_job: NewJob, kubeconfig: Kubeconfig, kind: str
) -> None:
    """Whatever the first requests meet, the job is seen."""

    async def story(bench: "Bench") -> None:
        for path in ("trainingjobs", "/jobs", "/pods"):
            bench.server.fail("GET", path, kind, times=2)
        bench.server.put("trainingjobs", new_job())
        async with running(bench, kubeconfig) as it:
            await it.phase("nyc", "Starting")

    with_bench(story)


def test_a_resync_finds_what_a_stalled_watch_keeps_back(
    with_bench: WithBench, new_job: NewJob, kubeconfig: Kubeconfig
) -> None:
    """New objects, changes and deletions come to light without any watch."""

    async def story(bench: "Bench") -> None:
        bench.server.fail("GET", "trainingjobs.*watch=true", "stall", times=100)
        async with running(bench, kubeconfig, resync_seconds=1) as it:
            await bench.until(lambda: it.operator.pulse.is_complete, "everything is listed")
            bench.server.put("trainingjobs", new_job())
            await it.phase("nyc", "Starting")
            bench.server.remove("trainingjobs", "nyc")
            await bench.until(lambda: not list(it.operator.store), "the job is forgotten")
            count = it.operator.metrics.resync_differences.labels("trainingjobs")
            assert count._value.get() == 2

    with_bench(story)


def test_a_plugin_installed_later_is_found(
    with_bench: WithBench, new_job: NewJob, kubeconfig: Kubeconfig
) -> None:
    """A waiting job goes on as soon as the ConfigMap is seen, long before it would look again."""

    async def story(bench: "Bench") -> None:
        plugin = bench.server.get("configmaps", "azuraforge-plugin-weather", "default")
        bench.server.remove("configmaps", "azuraforge-plugin-weather", "default")
        async with running(bench, kubeconfig) as it:
            bench.server.put("trainingjobs", new_job())
            await it.phase("nyc", "Pending")
            assert bench.server.status_of("nyc")["reason"] == "PluginNotFound"
            bench.server.put("configmaps", plugin)
            await it.phase("nyc", "Starting")

    with_bench(story)


def test_a_replica_that_does_not_lead_only_watches(
    with_bench: WithBench, new_job: NewJob, kubeconfig: Kubeconfig
) -> None:
    """It knows of the job, is ready, and writes nothing."""

    async def story(bench: "Bench") -> None:
        spec = {"holderIdentity": "other", "leaseDurationSeconds": 3600}
        times = {"acquireTime": "2026-01-01T00:00:00Z", "renewTime": "2026-01-01T00:00:00Z"}
        bench.server.put(
            "leases",
            {
                "metadata": {"name": "azuraforge-operator", "namespace": "default"},
                "spec": {**spec, **times},
            },
        )
        async with running(bench, kubeconfig, lease_seconds=3600) as it:
            bench.server.put("trainingjobs", new_job())
            await bench.until(lambda: list(it.operator.store), "the job is known")
            await bench.until(lambda: it.operator.health.check_ready().is_well, "it is ready")
            assert bench.server.writes() == []

    with_bench(story)


def test_an_api_server_that_goes_away_for_a_while_harms_nothing(
    with_bench: WithBench, new_job: NewJob, kubeconfig: Kubeconfig
) -> None:
    """Every request fails for a time; afterwards the job goes on where it was."""

    async def story(bench: "Bench") -> None:
        async with running(bench, kubeconfig, lease_seconds=5) as it:
            bench.server.put("trainingjobs", new_job())
            await it.pod("nyc", phase="Pending")
            bench.server.fail("ANY", "/", 503, times=12)
            await it.pod("nyc")
            await it.phase("nyc", "Running")
            assert bench.server.names("jobs") == ["nyc-0"]

    with_bench(story)


def test_a_missing_custom_resource_is_said_at_once(
    with_bench: WithBench, kubeconfig: Kubeconfig
) -> None:
    """The process ends with what to install, instead of waiting in silence."""

    async def story(bench: "Bench") -> None:
        bench.server.fail("GET", "azuraforge.io", 404)
        with pytest.raises(NotFoundError, match="install its CustomResourceDefinition"):
            async with running(bench, kubeconfig) as it:
                await bench.until(it.task.done, "it has ended")

    with_bench(story)
