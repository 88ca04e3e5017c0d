"""Writes the rows of one moment down, while the service goes on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select, text

from azuraforge_api.backup.archive import LEFT_OUT, TABLES
from azuraforge_api.backup.rows import write_rows
from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import read_schema
from azuraforge_api.database.tables import METADATA
from azuraforge_api.datasets.tables import DatasetVersionRow
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.models.tables import ModelVersionRow
from azuraforge_contract.errors import StorageError

__all__ = ["Dump", "dump_database"]


@dataclass(frozen=True)
class Dump:
    """What was written down.

    Attributes:
        rows: rows by table.
        digests: of the data sets that are there.
        model_runs: uids of the runs whose models are in the library.
        runs: uids of all runs whose files are said to be there.
    """

    rows: dict[str, int]
    digests: tuple[str, ...]
    model_runs: tuple[str, ...]
    runs: tuple[str, ...]


_SNAPSHOT: Final[dict[str, Any]] = {
    "isolation_level": "REPEATABLE READ",
    "postgresql_readonly": True,
}


async def dump_database(database: Database, folder: Path) -> Dump:
    """Write every table into a folder, all in one transaction that sees one state.

    Raises:
        StorageError: the schema is not at head.
    """
    state = await read_schema(database)
    if not state.is_at_head:
        raise StorageError(str(state.trouble), remedy=state.remedy)
    async with database.engine.connect() as connection:
        if not database.is_sqlite:  # there, every transaction is a snapshot
            await connection.execution_options(**_SNAPSHOT)
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
        return await connection.run_sync(_dump, folder)


def _dump(connection: Connection, folder: Path) -> Dump:
    rows = {}
    (folder / TABLES).mkdir()
    for table in METADATA.sorted_tables:
        if table.name not in LEFT_OUT:
            path = folder / TABLES / f"{table.name}.jsonl"
            with path.open("x", encoding="utf-8") as file:
                rows[table.name] = write_rows(connection, table, file)
    digests = select(DatasetVersionRow.digest).where(DatasetVersionRow.deleted_at.is_(None))
    model_runs = select(ModelVersionRow.run_uid).where(
        ModelVersionRow.deleted_at.is_(None), ModelVersionRow.files_gone_at.is_(None)
    )
    runs = select(JobRow.uid).where(JobRow.files_gone_at.is_(None))
    return Dump(
        rows,
        *(tuple(sorted(set(connection.scalars(query)))) for query in (digests, model_runs, runs)),
    )
