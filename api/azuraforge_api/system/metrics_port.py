"""/metrics on a port of its own, for scrapes within a cluster; opened by ``app``.

Whoever reaches the port may read it: there are figures, no names. A network policy says who does.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from azuraforge_api.system.exposition import CONTENT_TYPE, Exposition

__all__ = ["serve_metrics"]


@asynccontextmanager
async def serve_metrics(exposition: Exposition, port: int) -> AsyncIterator[int]:
    """Answer scrapes; yields the port, which is any free one where 0 is given."""

    async def scrape(_request: web.Request) -> web.Response:
        return web.Response(body=await exposition.text(), headers={"Content-Type": CONTENT_TYPE})

    app = web.Application()
    app.router.add_get("/metrics", scrape)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
