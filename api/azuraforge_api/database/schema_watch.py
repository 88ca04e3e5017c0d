"""Lets a process of the service take up work only on the schema that it needs.

Opened by ``app``, asked by the readiness probe. A process that came up before its schema waits for
it; one that is at work goes on while a newer release migrates, since releases only add to what the
one before them uses.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import SchemaState, read_schema

__all__ = ["SchemaWatch"]

_LOOK_SECONDS: Final = 2.0
_logger: Final = logging.getLogger("azuraforge.api.schema")


class SchemaWatch:
    """Whether this process may work.

    Args:
        database: the service's.
        take_up: begins the work; called once, when the schema is at head.
    """

    def __init__(self, database: Database, take_up: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._take_up = take_up
        self._is_at_work = False
        self._waiting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin the work, at once or as soon as the schema is at head."""
        state = await read_schema(self._database)
        if state.is_at_head:
            await self._begin()
            return
        _logger.warning("%s %s", state.trouble, state.remedy, extra={"event": "schema_not_at_head"})
        self._waiting = asyncio.create_task(self._wait())

    async def close(self) -> None:
        """Wait no longer."""
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)

    async def trouble(self) -> SchemaState | None:
        """Return how the schema stands where requests cannot be served on it, else None."""
        state = await read_schema(self._database)
        if self._is_at_work and (state.is_at_head or state.is_newer):
            return None
        return state

    async def _wait(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if await self._has_come():
                break
        await self._begin()

    async def _has_come(self) -> bool:
        try:
            return (await read_schema(self._database)).is_at_head
        except (SQLAlchemyError, OSError):  # it is away; whoever migrates may have restarted it
            return False

    async def _begin(self) -> None:
        await self._take_up()
        self._is_at_work = True
