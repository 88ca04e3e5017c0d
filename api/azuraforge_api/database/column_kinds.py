"""What a column holds, in words that mean the same for both databases and for every release.

Used by backups, whose rows go from one kind of database to the other, and by the record of released
schemas.
"""

from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    String,
    TableClause,
    column,
    table,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from azuraforge_api.database.base import UtcTime

__all__ = ["ColumnKind", "kind_of", "plain_table"]


class ColumnKind(StrEnum):
    """Kinds of columns."""

    TIME = "time"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    JSON = "json"
    BYTES = "bytes"


_BY_TYPE: Final[tuple[tuple[type[Any], ColumnKind], ...]] = (
    (UtcTime, ColumnKind.TIME),
    (Boolean, ColumnKind.BOOLEAN),
    (Integer, ColumnKind.INTEGER),
    (Float, ColumnKind.NUMBER),
    (JSON, ColumnKind.JSON),
    (LargeBinary, ColumnKind.BYTES),
    (String, ColumnKind.TEXT),
)
_TYPES: Final[dict[ColumnKind, TypeEngine[Any]]] = {
    ColumnKind.TIME: UtcTime(),
    ColumnKind.BOOLEAN: Boolean(),
    ColumnKind.INTEGER: BigInteger(),
    ColumnKind.NUMBER: Float(),
    ColumnKind.JSON: JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
    ColumnKind.BYTES: LargeBinary(),
    ColumnKind.TEXT: String(),
}


def kind_of(of: Column[Any]) -> ColumnKind:
    """Return what a column of our tables holds.

    Raises:
        TypeError: nobody has said it of its type yet.
    """
    for known, kind in _BY_TYPE:
        if isinstance(of.type, known):
            return kind
    raise TypeError(f"{of.table.name}.{of.name} is of {of.type!r}, which has no ColumnKind")


def plain_table(name: str, columns: dict[str, ColumnKind]) -> TableClause:
    """Return a table as whoever knows only names and kinds sees it.

    None is SQL's NULL in each of its columns; JSON's own null is ``JSON.NULL``.
    """
    return table(name, *(column(each, _TYPES[kind]) for each, kind in columns.items()))
