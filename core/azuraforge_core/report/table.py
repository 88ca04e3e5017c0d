"""A table as sections and charts make it; the templates draw it in one way."""

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Column", "Table"]


@dataclass(frozen=True)
class Column:
    """The head of a table's column."""

    title: str
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row is its head."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    row_notes: tuple[str, ...] = ()
    """What stands small beneath each row's head; empty where there is nothing to say."""
    highlighted_row: int | None = None
    bar_column: int | None = None
    """The column whose cells carry a bar."""
    bars: tuple[float, ...] = ()
    """Lengths of the bars, 0 to 1, a row each."""
