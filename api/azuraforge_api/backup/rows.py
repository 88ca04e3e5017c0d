"""Rows as JSON lines that mean the same for every database and release.

The first line of a file says which columns follow, and what kind each holds; each other line is one
row as an array. Times are ISO 8601 in UTC, bytes are base64, a number that JSON does not know is a
string, and a JSON value stands in an array of its own, so that null is the database's.
"""

import base64
import json
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO

from sqlalchemy import JSON, Connection, Table, TableClause, func, insert, null, select

from azuraforge_api.database.column_kinds import ColumnKind, kind_of, plain_table
from azuraforge_contract.errors import StorageError

__all__ = ["count_rows", "insert_rows", "read_rows", "write_rows"]

_LONGEST_LINE: Final = 512 * 1024 * 1024
_BATCH: Final = 500
Row = dict[str, Any]


def write_rows(connection: Connection, table: Table, file: TextIO) -> int:
    """Write all rows of a table in the order of their keys; return how many."""
    kinds = {column.name: kind_of(column) for column in table.columns}
    file.write(_line({"table": table.name, "columns": [[n, k.value] for n, k in kinds.items()]}))
    # A JSON column's own null and the database's read alike: each is asked for.
    nulls = [
        table.c[name].is_(null()).label(f"{name} is null")
        for name, kind in kinds.items()
        if kind is ColumnKind.JSON
    ]
    query = select(table, *nulls).order_by(*table.primary_key.columns)
    streamed = connection.execution_options(stream_results=True, yield_per=_BATCH)
    count = 0
    for row in streamed.execute(query).mappings():
        count += 1
        file.write(
            _line(
                [
                    None if row.get(f"{name} is null") else _encoded(kind, row[name])
                    for name, kind in kinds.items()
                ]
            )
        )
    return count


def read_rows(path: Path) -> tuple[TableClause, Iterator[list[Row]]]:
    """Return the table in a file, and its rows in batches.

    Raises:
        StorageError: it is no file of rows.
    """
    lines = _lines(path)
    try:
        head = next(lines)
        kinds = {str(name): ColumnKind(kind) for name, kind in head["columns"]}
        table = plain_table(str(head["table"]), kinds)
    except (StopIteration, TypeError, KeyError, ValueError) as error:
        raise _damaged(path, error) from error
    if head["table"] != path.stem:
        raise _damaged(path, f"it holds the table {head['table']}")
    return table, _batches(path, kinds, lines)


def count_rows(connection: Connection, table: TableClause) -> int:
    """Return how many rows a table has."""
    return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def insert_rows(connection: Connection, table: TableClause, rows: list[Row]) -> None:
    """Insert rows."""
    connection.execute(insert(table), rows)


def _batches(path: Path, kinds: dict[str, ColumnKind], lines: Iterator[Any]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for cells in lines:
        try:
            pairs = zip(kinds.items(), cells, strict=True)
            batch.append({name: _decoded(kind, value) for (name, kind), value in pairs})
        except (TypeError, ValueError) as error:
            raise _damaged(path, error) from error
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _lines(path: Path) -> Iterator[Any]:
    try:
        with path.open("rb") as file:
            while line := file.readline(_LONGEST_LINE):
                yield json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, error) from error


def _encoded(kind: ColumnKind, value: Any) -> Any:
    if kind is ColumnKind.JSON:
        return [value]
    if value is None:
        return None
    match kind:
        case ColumnKind.TIME:
            return value.isoformat()
        case ColumnKind.BYTES:
            return base64.b64encode(value).decode("ascii")
        case ColumnKind.NUMBER:
            return value if math.isfinite(value) else str(value)
        case _:
            return value


def _decoded(kind: ColumnKind, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case ColumnKind.JSON:
            (inner,) = value
            return JSON.NULL if inner is None else inner
        case ColumnKind.TIME:
            return datetime.fromisoformat(value)
        case ColumnKind.BYTES:
            return base64.b64decode(value, validate=True)
        case ColumnKind.NUMBER:
            return float(value)
        case _:
            return value


def _line(value: Any) -> str:
    return f"{json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(',', ':'))}\n"


def _damaged(path: Path, reason: object) -> StorageError:
    return StorageError(
        f"{path.parent.name}/{path.name} in the backup cannot be read: {reason}.",
        remedy="Use another backup; this one was not made by `azuraforge backup`.",
    )
