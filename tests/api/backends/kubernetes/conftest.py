"""The service over an API server in this process, on both databases."""

import textwrap
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from azuraforge_api.app import create_app
from azuraforge_api.security.principal import Role
from azuraforge_api.settings import Settings
from azuraforge_api_harness.service import Service, open_client
from azuraforge_cluster_harness.fake_api_server import FakeApiServer, serve

Start = Callable[[], AbstractAsyncContextManager[Service]]


@pytest.fixture
async def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeApiServer]:
    """Return the API server that the service is told of."""
    async with serve() as server:
        path = tmp_path / "kubeconfig"
        path.write_text(
            textwrap.dedent(f"""
            apiVersion: v1
            kind: Config
            current-context: fake
            contexts: [{{name: fake, context: {{cluster: fake, user: fake}}}}]
            clusters: [{{name: fake, cluster: {{server: "http://127.0.0.1:{server.port}"}}}}]
            users: [{{name: fake, user: {{token: fake}}}}]
            """)
        )
        monkeypatch.setenv("KUBECONFIG", str(path))
        monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
        yield server


@pytest.fixture
def start(settings: Settings, cluster: FakeApiServer) -> Start:
    """Return what starts a service over the cluster, as often as a test likes."""
    del cluster
    changes = {
        "backend": "kubernetes",
        "kubernetes_namespaces": ("ml",),
        "kubernetes_plugin_namespace": "default",
        "kubernetes_request_timeout_seconds": 2.0,
    }

    @asynccontextmanager
    async def open_service() -> AsyncIterator[Service]:
        app = create_app(settings.model_copy(update=changes))
        async with app.router.lifespan_context(app):
            roles = (Role.VIEWER, Role.EDITOR, Role.ADMIN, None)
            clients = [await open_client(app, role) for role in roles]
            yield Service(app, *clients)
            for client in clients:
                await client.aclose()

    return open_service


@pytest.fixture
async def service(start: Start) -> AsyncIterator[Service]:
    """Return a running service over the cluster."""
    async with start() as service:
        yield service
