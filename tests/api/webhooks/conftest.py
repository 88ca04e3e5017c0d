"""A receiver of messages that answers as a test tells it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from azuraforge_api.settings import Settings

HANG = 0
"""Instead of a status: never answer."""


@dataclass
class Receiver:
    """An HTTP server.

    Attributes:
        answers: status of each answer in turn; 200 when they are used up.
        requests: headers and body of what came.
    """

    url: str = ""
    answers: list[int] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Answer one message."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((headers, await request.read()))
        status = self.answers.pop(0) if self.answers else 200
        if status == HANG:
            await asyncio.Event().wait()
        return web.Response(status=status, headers={"Location": "/elsewhere"})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Return a receiver on a port of this machine."""
    found = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield found
    await runner.cleanup()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Return settings that let messages go to this machine, and try again at once."""
    return settings.model_copy(
        update={
            "webhook_allowed_hosts": ("127.0.0.1",),
            "webhook_retry_seconds": 0.05,
            "webhook_timeout_seconds": 0.5,
            "webhook_attempts": 4,
        }
    )
