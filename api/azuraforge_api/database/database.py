"""Connections and transactions; one `Database` for each process of the service.

A transaction says whether it writes: SQLite has one writer at a time, and a transaction that begins
to write in its middle would fail there instead of waiting.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Final, TypeVar

import asyncpg
import msgspec
from sqlalchemy import Connection, Dialect, event, text
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from azuraforge_api.database.sqlite import WRITES, SqliteWriter, prepare_sqlite

__all__ = ["Database"]

Result = TypeVar("Result")

_IDLE_SINCE: Final = "azuraforge_idle_since"
_IDLE_SECONDS: Final = 10.0
"""After how long a connection is asked whether it is still there."""
_CONNECT_SECONDS: Final = 5
_STATEMENT_MILLISECONDS: Final = 30_000
"""A query that takes longer is a bug of ours; it must not hold a connection for ever."""


class Database:
    """The database behind an address.

    Args:
        url: SQLAlchemy's, with an asynchronous driver.
        pool_size: connections kept open to a server.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _open_sqlite(url) if self.is_sqlite else _open_server(url, pool_size)
        reading = self.engine if self.is_sqlite else _without_transactions(self.engine)
        self._reading = async_sessionmaker(reading, expire_on_commit=False)
        self._writing_engine = self.engine.execution_options(**{WRITES: True})
        self._writing = async_sessionmaker(self._writing_engine, expire_on_commit=False)
        self._writer: AbstractAsyncContextManager[Any] = (
            asyncio.Lock() if self.is_sqlite else nullcontext()
        )
        self._sqlite = SqliteWriter(url, _decoded) if self.is_sqlite else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a session that only reads.

        In SQLite all its queries see one state. In PostgreSQL each sees what is committed when it
        begins, as in a transaction of its default isolation, but without the two round trips that
        opening and ending one cost.
        """
        async with self._reading() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that writes; it commits at the end and rolls back when one raises."""
        async with self._writer, self._writing.begin() as session:
            yield session

    async def write_at_once(self, work: Callable[[Connection], Result]) -> Result:
        """Carry out a whole transaction of plain statements, as `write` does, but in one piece.

        For what programs do a hundred times a second: without a session, and without a change
        between the work and the event loop at each statement, half of the time is saved.

        Args:
            work: a plain function of Core's connection, of nothing else that others change; on
                SQLite it runs in a thread.
        """
        if self._sqlite is not None:
            async with self._writer:
                return await self._sqlite.carry_out(work)
        async with self._writing_engine.begin() as connection:
            return await connection.run_sync(work)

    async def ping(self) -> None:
        """Ask for an answer.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: there is none.
        """
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        if self._sqlite is not None:
            await self._sqlite.close()
        await self.engine.dispose()


def _open_server(url: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        json_deserializer=msgspec.json.decode,  # pages of jobs are mostly documents
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "server_settings": {
                "application_name": "azuraforge",
                "statement_timeout": str(_STATEMENT_MILLISECONDS),
            },
        },
    )

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(dialect: Dialect, _record: Any, given: Any, named: Any) -> Any:
        try:
            return dialect.connect(*given, **named)
        except (OSError, asyncpg.PostgresError) as error:  # the driver tells them as they come
            raise OperationalError("connect", None, error) from error

    @event.listens_for(engine.sync_engine, "checkin")
    def note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_IDLE_SINCE] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def check(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        _check_connection(connection, record.info.get(_IDLE_SINCE))

    return engine


def _decoded(text: str) -> Any:
    """Return a stored document; what PostgreSQL would not have kept takes the longer way."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return json.loads(text)


def _without_transactions(engine: AsyncEngine) -> AsyncEngine:
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _check_connection(connection: Any, idle_since: float | None) -> None:
    """Refuse a connection whose server has gone: a restarted server costs nobody an error.

    The loop has noticed a connection that its server has closed; only one that lay idle for long
    is asked, as something between us and the server may have forgotten it without a word.
    SQLAlchemy's own check asks always, and takes three round trips to do it.

    Raises:
        InvalidatePoolError: it is not good; those that are older will be as bad.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError("the server has closed the connection")
    if idle_since is not None and time.monotonic() - idle_since > _IDLE_SECONDS:
        try:
            connection.ping()
        except Exception as error:
            raise InvalidatePoolError("the connection does not answer") from error


def _open_sqlite(url: str) -> AsyncEngine:
    engine = create_async_engine(url, json_deserializer=_decoded)
    prepare_sqlite(engine.sync_engine)
    return engine
