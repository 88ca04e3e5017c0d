"""The parts that a report is made of: sections of tables, figures, notes and folded details.

Sections build these from facts; the templates draw each kind in one way. Text is plain here and
escaped when drawn.
"""

from dataclasses import dataclass
from typing import ClassVar

from azuraforge_core.report.chart import Chart

__all__ = [
    "Block",
    "Column",
    "Fold",
    "Gallery",
    "Notes",
    "Paragraph",
    "Section",
    "Share",
    "Shares",
    "Table",
]


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


@dataclass(frozen=True)
class Paragraph:
    """Text."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Notes:
    """Sentences that a reader should not miss."""

    kind: ClassVar[str] = "notes"
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Gallery:
    """Charts side by side where there is room."""

    kind: ClassVar[str] = "gallery"
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class Share:
    """One stretch of a bar."""

    name: str
    size: float
    """In any unit that all stretches share."""
    text: str


@dataclass(frozen=True)
class Shares:
    """One bar divided into named stretches."""

    kind: ClassVar[str] = "shares"
    title: str
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Fold:
    """Details that open on request, and print when they are open."""

    kind: ClassVar[str] = "fold"
    summary: str
    blocks: tuple["Block", ...]


Block = Table | Paragraph | Notes | Chart | Gallery | Shares | Fold
"""Anything that a section holds."""


@dataclass(frozen=True)
class Section:
    """One part of the page, reached from its contents."""

    identifier: str
    """Name of the anchor: letters and hyphens."""
    title: str
    blocks: tuple[Block, ...]
