"""When each watch last showed that it is alive.

Every watch request is ended by the server after a minute and opened anew by Kopf, which goes on
where it was. So a watch whose last opening is minutes ago is dead, however quiet the cluster is.
"""

import re
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Final

import aiohttp

__all__ = ["WATCH_SECONDS", "WatchPulse"]

WATCH_SECONDS: Final = 60
"""How long one watch request lasts."""
_PLURAL: Final = re.compile(r"/([a-z]+)$")


class WatchPulse:
    """Follows the watches' requests.

    Args:
        expected: plural names of the resources that are watched.
        scopes: how many watches there are of each: one, or one for each namespace.
        clock: a monotonic time in seconds.
    """

    def __init__(
        self,
        expected: tuple[str, ...],
        scopes: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._scopes = scopes
        self._clock = clock
        self._began = clock()
        self._opened: dict[str, dict[str, float]] = {plural: {} for plural in expected}

    def ages_seconds(self) -> dict[str, float]:
        """Return for each resource how long ago its quietest watch showed that it is alive."""
        now = self._clock()
        return {
            plural: now - min(opened.values(), default=self._began)
            for plural, opened in self._opened.items()
        }

    @property
    def is_complete(self) -> bool:
        """Whether everything was listed: a watch is opened once its listing has been taken in."""
        return all(len(opened) == self._scopes for opened in self._opened.values())

    def trace_config(self) -> aiohttp.TraceConfig:
        """Return what lets an HTTP session report its watches here."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._on_request_end)
        return config

    async def _on_request_end(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        parameters: aiohttp.TraceRequestEndParams,
    ) -> None:
        """Note that the head of an answer has come."""
        found = _PLURAL.search(parameters.url.path)
        is_watch = parameters.url.query.get("watch") == "true"
        if is_watch and found is not None and parameters.response.status == 200:  # noqa: PLR2004 - HTTP
            self.note_opened(found[1], parameters.url.path)

    def note_opened(self, plural: str, path: str) -> None:
        """Note that a watch was opened."""
        if plural in self._opened:
            self._opened[plural][path] = self._clock()
