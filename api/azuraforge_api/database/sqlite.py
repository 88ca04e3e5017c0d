"""What SQLite needs of its own: how connections begin, and a thread that writes in one piece.

Used by `Database` alone.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url

__all__ = ["WRITES", "SqliteWriter", "prepare_sqlite"]

Result = TypeVar("Result")

WRITES: Final = "azuraforge_writes"
"""Execution option of a transaction that writes."""
_BUSY_MILLISECONDS: Final = 10_000
"""How long one process waits for another's write."""


def prepare_sqlite(engine: Engine) -> Engine:
    """Let the connections of an engine wait for one another, and begin as their work demands."""

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where `begin` below says
        cursor = connection.cursor()
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            f"busy_timeout = {_BUSY_MILLISECONDS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class SqliteWriter:
    """Carries out whole writing transactions in a thread of its own.

    The asynchronous driver hands every statement, every cursor and every result to its thread and
    back: a dozen times for the shortest transaction, each longer than the statement itself.

    Args:
        url: SQLAlchemy's.
        json_deserializer: reads columns of JSON.
    """

    def __init__(self, url: str, json_deserializer: Callable[[str], Any]) -> None:
        plain = make_url(url).set(drivername="sqlite")
        engine = prepare_sqlite(create_engine(plain, json_deserializer=json_deserializer))
        self._engine = engine.execution_options(**{WRITES: True})
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")

    async def carry_out(self, work: Callable[[Connection], Result]) -> Result:
        """Commit what a function does; roll back where it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._at_once, work)

    async def close(self) -> None:
        """End the thread, after what is under way; the file is let go of then."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()

    def _at_once(self, work: Callable[[Connection], Result]) -> Result:
        with self._engine.begin() as connection:
            return work(connection)
