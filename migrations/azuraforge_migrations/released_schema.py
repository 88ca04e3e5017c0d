"""Records what the code of a release reads and writes, so that later schemas are held against it.

Called by ``make migration`` and ``make released-schema``. The record of the version that is being
made follows its code; those of earlier versions stay as they were released. An upgrade runs before
the old processes have ended: until then they go on with the tables they know, on the new schema.
"""

import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, String, Table

from azuraforge_api.database.column_kinds import kind_of
from azuraforge_api.database.migrations import head_revision
from azuraforge_api.database.tables import METADATA

__all__ = ["RELEASES", "record_schema"]

RELEASES: Final = Path(__file__).parent / "releases"
"""One record for each version, by its name."""


def record_schema() -> dict[str, Any]:
    """Return the tables of this release's code: names, kinds, and how they hang together."""
    return {
        "formatVersion": 1,
        "release": importlib.metadata.version("azuraforge"),
        "revision": head_revision(),
        "tables": {table.name: _table(table) for table in METADATA.sorted_tables},
    }


def _table(table: Table) -> dict[str, dict[str, Any]]:
    return {column.name: _column(table, column) for column in table.columns}


def _column(table: Table, column: Column[Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": kind_of(column).value, "nullable": bool(column.nullable)}
    if column.primary_key:
        facts["key"] = True
    if table.autoincrement_column is column:
        facts["generated"] = True
    if isinstance(column.type, String) and column.type.length:
        facts["length"] = column.type.length
    for reference in column.foreign_keys:
        facts["references"] = reference.target_fullname
    return facts


if __name__ == "__main__":
    record = record_schema()
    path = RELEASES / f"{record['release']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{path}\n")
