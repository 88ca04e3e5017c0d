"""/healthz, /readyz and /metrics."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from azuraforge_operator.serving.health import Health, Verdict

__all__ = ["serve_http"]

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@contextlib.asynccontextmanager
async def serve_http(
    health: Health, registry: CollectorRegistry, *, health_port: int, metrics_port: int
) -> AsyncIterator[None]:
    """Answer probes and scrapes, on one port or on two."""
    apps: dict[int, web.Application] = {}
    for port in {health_port, metrics_port}:
        apps[port] = web.Application()
    apps[health_port].router.add_get("/healthz", _answer_with(health.check_alive))
    apps[health_port].router.add_get("/readyz", _answer_with(health.check_ready))
    apps[metrics_port].router.add_get("/metrics", _answer_with_metrics(registry))
    async with contextlib.AsyncExitStack() as stack:
        for port, app in apps.items():
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, port=port).start()
        yield


def _answer_with(check: Callable[[], Verdict]) -> _Handler:
    async def handle(_request: web.Request) -> web.Response:
        verdict = check()
        return web.Response(text=f"{verdict.words}\n", status=200 if verdict.is_well else 503)

    return handle


def _answer_with_metrics(registry: CollectorRegistry) -> _Handler:
    async def handle(_request: web.Request) -> web.Response:
        body = generate_latest(registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return handle
