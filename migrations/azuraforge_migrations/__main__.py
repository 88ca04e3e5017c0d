"""Writes the next revision from the difference between the tables and the history.

Called by ``make migration MESSAGE="add notes to models"``; read what it wrote before committing it.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import alembic_config, migrate, schema_transaction

__all__: list[str] = []


async def write_revision(message: str) -> None:
    """Compare an empty database at head with the tables, and write what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'at-head.db'}")
        async with schema_transaction(database) as connection:  # also where there is no revision
            await connection.run_sync(migrate, "head")
        config = alembic_config()

        def compare(connection: Connection) -> None:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True)

        async with database.engine.connect() as connection:
            await connection.run_sync(compare)
        await database.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():  # noqa: PLR2004 - the program and its argument
        sys.exit('What does the revision do? make migration MESSAGE="add notes to models"')
    asyncio.run(write_revision(sys.argv[1]))
