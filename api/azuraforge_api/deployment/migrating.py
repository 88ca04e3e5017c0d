"""What has to be there before the service: the schema of this release, folders, a preset token."""

import asyncio
import logging
import time
from typing import Final

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import upgrade_schema
from azuraforge_api.settings import Settings
from azuraforge_api.tokens.service import ensure_admin_token
from azuraforge_contract.errors import SourceUnreachableError, StorageError

__all__ = ["migrate"]

_PAUSE_SECONDS: Final = 2.0
_WRONG_CREDENTIALS: Final = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
"""Who waits for these to pass waits in vain."""
_logger: Final = logging.getLogger("azuraforge.api.migrate")


async def migrate(settings: Settings, *, wait_seconds: float) -> None:
    """Bring everything to the state that this release needs; a second one at once waits for it.

    Args:
        settings: the service's.
        wait_seconds: how long a database that does not answer is waited for.

    Raises:
        SourceUnreachableError: the database does not answer in time, or lets us not in.
        StorageError: the data folder cannot be written, or the database is newer than this release.
    """
    _make_folders(settings)
    database = Database(settings.sqlalchemy_url)
    try:
        await _wait_for(database, time.monotonic() + wait_seconds)
        before = await upgrade_schema(database)
        async with database.write() as session:
            await ensure_admin_token(session, settings.admin_token)
    finally:
        await database.close()
    words = "was there already" if before.is_at_head else f"came from {before.current or 'nothing'}"
    _logger.info("The schema is at %s; it %s.", before.head, words, extra={"event": "migrated"})


def _make_folders(settings: Settings) -> None:
    """Make the folders that pods mount by name: the kubelet would make them as somebody else."""
    try:
        for folder in (settings.data_dir, settings.datasets_folder, settings.library_folder):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{settings.data_dir} cannot be written: {error.strerror}.",
            remedy="Let user and group 10001 write to the volume.",
        ) from error


async def _wait_for(database: Database, deadline: float) -> None:
    while True:
        try:
            async with database.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, asyncpg.PostgresError, OSError) as error:
            trouble = _trouble(error)
            if time.monotonic() > deadline or isinstance(trouble, _WRONG_CREDENTIALS):
                raise SourceUnreachableError(
                    f"The database does not let us in: {trouble}.",
                    remedy="Look at AZURAFORGE_DATABASE_URL, the secret, and whether it runs.",
                ) from error
            _logger.info("The database is away: %s", trouble, extra={"event": "database_away"})
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return


def _trouble(error: BaseException) -> BaseException:
    """Return what the driver said, without what was wrapped around it."""
    while (inner := getattr(error, "orig", None) or error.__cause__) is not None:
        error = inner
    return error
