"""Brings the schema to the head of its history, and tells whether it is there.

Called by ``azuraforge db``, ``azuraforge up``, restoring and the readiness probe. One starter
migrates at a time: an advisory lock in PostgreSQL, the one writer's lock in SQLite. An upgrade is
one transaction, whatever number of revisions it has: killed in its middle, it never happened.
"""

import asyncio
import functools
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from azuraforge_api.database.database import Database
from azuraforge_contract.errors import StorageError

__all__ = [
    "SchemaState",
    "alembic_config",
    "check_schema",
    "current_revision",
    "downgrade_schema",
    "head_revision",
    "known_revisions",
    "migrate",
    "read_schema",
    "schema_transaction",
    "upgrade_schema",
]

_LOCK: Final = 4_154_872_601
"""Any number, the same in every release."""
_RETRY_SECONDS: Final = 0.1


@dataclass(frozen=True)
class SchemaState:
    """How the schema of a database stands to this release.

    Attributes:
        current: its revision; None: it is empty.
        head: the revision that this release needs.
        is_known: whether this release has heard of the current one.
    """

    current: str | None
    head: str
    is_known: bool

    @property
    def is_at_head(self) -> bool:
        """Whether this release can work on it."""
        return self.current == self.head

    @property
    def is_newer(self) -> bool:
        """Whether a newer release has migrated it."""
        return not self.is_known

    @property
    def trouble(self) -> str | None:
        """What is wrong, one sentence; None at head."""
        if self.is_at_head:
            return None
        if self.is_newer:
            return (
                f"The database is at revision {self.current}, which this release does not know: "
                "it is newer."
            )
        return (
            f"The database is at revision {self.current or 'none'}, this release needs {self.head}."
        )

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if self.is_newer:
            return "Run the release that made it or a newer one, or restore a backup."
        return "Run `azuraforge db upgrade`."


def alembic_config() -> Config:
    """Return the configuration that names our revisions, installed or in a checkout."""
    config = Config()
    config.set_main_option("script_location", str(files("azuraforge_migrations")))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    return config


@functools.cache
def known_revisions() -> tuple[str, ...]:
    """Return the revisions that this release knows, the newest first."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return tuple(script.revision for script in scripts.walk_revisions())


def head_revision() -> str:
    """Return the newest revision that this release knows."""
    return known_revisions()[0]


async def current_revision(database: Database) -> str | None:
    """Return the revision of the database, None for an empty one."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_revision)


async def read_schema(database: Database) -> SchemaState:
    """Return how the schema stands."""
    return _state(await current_revision(database))


async def check_schema(database: Database) -> str | None:
    """Return what is wrong with the schema, one sentence; None where it is at head."""
    return (await read_schema(database)).trouble


async def upgrade_schema(database: Database, revision: str = "head") -> SchemaState:
    """Bring the schema to a revision; a second starter waits for the first and finds it done.

    Returns:
        How the schema stood before, when everybody else had let go of it.

    Raises:
        StorageError: the database is newer than this release.
    """
    async with schema_transaction(database) as connection:
        before = _state(await connection.run_sync(_revision))
        if before.is_newer:
            raise StorageError(str(before.trouble), remedy=before.remedy)
        await connection.run_sync(migrate, revision)
    return before


async def downgrade_schema(database: Database, revision: str) -> None:
    """Take revisions back; for tests and for a person who knows what is lost."""
    async with schema_transaction(database) as connection:
        await connection.run_sync(migrate, revision, is_downgrade=True)


@asynccontextmanager
async def schema_transaction(database: Database) -> AsyncIterator[AsyncConnection]:
    """Open a transaction in which nobody else changes the schema; waits until nobody does."""
    async with AsyncExitStack() as stack:
        connection = await _begin(stack, database)
        if not database.is_sqlite:
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield connection


def migrate(connection: Connection, revision: str, *, is_downgrade: bool = False) -> None:
    """Bring the schema to a revision within a transaction of `schema_transaction`."""
    config = alembic_config()
    config.attributes["connection"] = connection
    change: Callable[[Config, str], None] = command.downgrade if is_downgrade else command.upgrade
    change(config, revision)


async def _begin(stack: AsyncExitStack, database: Database) -> AsyncConnection:
    # SQLite's writing transaction is itself the lock. Whoever waits for it longer than SQLite does
    # by itself asks again: a large table takes its time.
    engine = database.engine.execution_options(azuraforge_writes=True)
    while True:
        try:
            return await stack.enter_async_context(engine.begin())
        except (OperationalError, sqlite3.OperationalError) as error:
            if not _is_busy(error):
                raise
        await asyncio.sleep(_RETRY_SECONDS)


def _is_busy(error: Exception) -> bool:
    cause = error.orig if isinstance(error, OperationalError) else error
    return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


def _state(current: str | None) -> SchemaState:
    known = known_revisions()
    return SchemaState(current, known[0], is_known=current is None or current in known)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
