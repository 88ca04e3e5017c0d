"""The service's database, opened by a command; its failures as sentences.

Called by ``db``, ``backup``, ``restore`` and ``up``.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from azuraforge_api.database.database import Database
from azuraforge_api.settings import Settings
from azuraforge_contract.errors import JobFileError, SourceUnreachableError, StorageError

__all__ = ["database_name", "opened_database", "sqlite_file"]


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database for the time of a block.

    Raises:
        JobFileError: its address is none.
        SourceUnreachableError: it does not answer.
        StorageError: it cannot be read or written.
    """
    name = database_name(settings)
    try:
        database = Database(settings.sqlalchemy_url, pool_size=settings.database_pool_size)
    except (SQLAlchemyError, ValueError, ImportError) as error:
        raise _no_address(error) from None
    try:
        yield database
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        if database.is_sqlite:
            raise StorageError(
                f"The database {name} cannot be used: {reason}.",
                remedy="Look at the file and the disk, or restore a backup.",
            ) from error
        raise SourceUnreachableError(
            f"The database {name} does not answer as it should: {reason}.",
            remedy="Look at AZURAFORGE_DATABASE_URL, and whether the server runs.",
        ) from error
    finally:
        await database.close()


def database_name(settings: Settings) -> str:
    """Return what a database is called for people; passwords are left out.

    Raises:
        JobFileError: its address is none.
    """
    file = sqlite_file(settings)
    if file is not None:
        return str(file)
    try:
        url = make_url(settings.sqlalchemy_url)
    except ArgumentError as error:
        raise _no_address(error) from None
    return url.set(drivername=url.get_backend_name(), query={}).render_as_string()


def sqlite_file(settings: Settings) -> Path | None:
    """Return the file of an embedded database; None where a server has it."""
    _, is_sqlite, path = settings.sqlalchemy_url.partition("sqlite+aiosqlite:///")
    return Path(path) if is_sqlite else None


def _no_address(error: Exception) -> JobFileError:
    return JobFileError(
        f"AZURAFORGE_DATABASE_URL is no address of a database: {error}.",
        remedy="Write postgresql://user:password@host/name, or unset it for SQLite.",
    )
