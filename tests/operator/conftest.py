"""An API server that fails on request: the real client and Kopf speak HTTP to it."""

import asyncio
import textwrap
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from azuraforge_cluster.cluster import Cluster
from azuraforge_cluster.transport import Transport
from azuraforge_cluster_harness.fake_api_server import (
    FakeApiServer,
    Raw,
    pod_status,
    serve,
    training_job,
)
from azuraforge_operator.metrics import Metrics
from azuraforge_operator.names import FIELD_OWNER

DEADLINE_SECONDS: Final = 20.0


class Bench:
    """A server and real clients of it."""

    def __init__(self, server: FakeApiServer) -> None:
        self.server = server
        self.metrics = Metrics()
        self._configuration = Configuration()
        self._configuration.host = f"http://127.0.0.1:{server.port}"
        self.client = ApiClient(self._configuration)

    def transport(self, **options: Any) -> Transport:
        """Return a transport that does not wait long."""
        wanted = {"timeout_seconds": 2.0, "delays_seconds": (0.01, 0.01), **options}
        return Transport(self.client, self.metrics, **wanted)

    def cluster(self, **options: Any) -> Cluster:
        """Return the cluster behind such a transport."""
        return Cluster(self.transport(**options), field_owner=FIELD_OWNER)

    @staticmethod
    async def until(holds: Callable[[], Any], what: str) -> None:
        """Wait until something holds."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not holds():  # noqa: ASYNC110 - what is waited for is in another process's mind
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"waited in vain until {what}") from None


@asynccontextmanager
async def opened_bench() -> AsyncIterator[Bench]:
    """Serve a fake API server for the length of a block."""
    async with serve() as server:
        bench = Bench(server)
        try:
            yield bench
        finally:
            await bench.transport().close()


@pytest.fixture
def with_bench() -> Callable[[Callable[[Bench], Coroutine[Any, Any, None]]], None]:
    """Return a function that runs a coroutine function with a bench of its own."""

    def run(story: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            async with opened_bench() as bench:
                await asyncio.wait_for(story(bench), 3 * DEADLINE_SECONDS)

        asyncio.run(whole())

    return run


@pytest.fixture
def new_job() -> Callable[..., Raw]:
    """Return a function that makes TrainingJobs as kubectl would send them."""
    return training_job


@pytest.fixture
def new_pod_status() -> Callable[..., Raw]:
    """Return a function that makes a pod's status as the kubelet writes it."""
    return pod_status


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that points Kopf at a server."""

    def write(port: int) -> None:
        path = tmp_path / "kubeconfig"
        path.write_text(
            textwrap.dedent(f"""
            apiVersion: v1
            kind: Config
            current-context: fake
            contexts: [{{name: fake, context: {{cluster: fake, user: fake}}}}]
            clusters: [{{name: fake, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
            users: [{{name: fake, user: {{token: fake}}}}]
            """)
        )
        monkeypatch.setenv("KUBECONFIG", str(path))
        monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    return write
