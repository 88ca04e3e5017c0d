"""Brings the schema to the head of its history, and tells whether it is there.

Called by ``azuraforge db``, ``azuraforge up`` and the readiness probe. One starter migrates at a
time: an advisory lock in PostgreSQL, the one writer's lock in SQLite.
"""

from collections.abc import Callable
from importlib.resources import files
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from azuraforge_api.database.database import Database

__all__ = [
    "alembic_config",
    "check_schema",
    "current_revision",
    "downgrade_schema",
    "head_revision",
    "upgrade_schema",
]

_LOCK: Final = 4_154_872_601
"""Any number, the same in every release."""


def alembic_config() -> Config:
    """Return the configuration that names our revisions, installed or in a checkout."""
    config = Config()
    config.set_main_option("script_location", str(files("azuraforge_migrations")))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    return config


def head_revision() -> str:
    """Return the newest revision that this release knows."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise RuntimeError("this release has no revisions")
    return head


async def current_revision(database: Database) -> str | None:
    """Return the revision of the database, None for an empty one."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_revision)


async def check_schema(database: Database) -> str | None:
    """Return what is wrong with the schema, one sentence; None where it is at head."""
    current, head = await current_revision(database), head_revision()
    if current == head:
        return None
    history = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    if current is not None and current not in {script.revision for script in history}:
        return (
            f"The database is at revision {current}, which this release does not know: it is newer."
        )
    return f"The database is at revision {current or 'none'}, this release needs {head}."


async def upgrade_schema(database: Database, revision: str = "head") -> None:
    """Bring the schema to a revision; a second starter waits for the first and finds it done."""
    await _under_lock(database, lambda config: command.upgrade(config, revision))


async def downgrade_schema(database: Database, revision: str) -> None:
    """Take revisions back; for tests and for a person who knows what is lost."""
    await _under_lock(database, lambda config: command.downgrade(config, revision))


async def _under_lock(database: Database, change: Callable[[Config], None]) -> None:
    config = alembic_config()

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        change(config)

    # SQLite's writing transaction is itself the lock.
    async with database.engine.execution_options(azuraforge_writes=True).begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.run_sync(run)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
