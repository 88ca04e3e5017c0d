"""The parts that a report is made of: sections of tables, figures, notes and folded details.

Sections build these from facts; the templates draw each kind in one way. Text is plain here and
escaped when drawn.
"""

from dataclasses import dataclass
from typing import ClassVar

from azuraforge_core.report.chart import Chart
from azuraforge_core.report.table import Column, Table

__all__ = [
    "Block",
    "Choice",
    "Chooser",
    "Column",
    "Fold",
    "Gallery",
    "Notes",
    "Paragraph",
    "Section",
    "Share",
    "Shares",
    "Stretch",
    "Strip",
    "Table",
    "Timeline",
]


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
class Choice:
    """One chart of many that only differ in what they show."""

    chart: Chart
    keys: tuple[str, ...]
    """What it shows by each of the chooser's names, such as the window and the target."""


@dataclass(frozen=True)
class Chooser:
    """Charts of which a reader looks at one; without a script all are there."""

    kind: ClassVar[str] = "chooser"
    names: tuple[str, ...]
    """What is chosen, such as Window and Target."""
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Stretch:
    """One piece of a strip, of a width of its own."""

    state: str
    """CSS class: present, filled, missing, or partly missing in between."""
    share: float
    """Of the strip's length, 0 to 1."""


@dataclass(frozen=True)
class Strip:
    """One row of a timeline."""

    name: str
    text: str
    """What the strip shows, in words."""
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Timeline:
    """Rows over a common span of time, each divided into stretches of one state."""

    kind: ClassVar[str] = "timeline"
    title: str
    first: str
    """What stands beneath the left end."""
    last: str
    """What stands beneath the right end."""
    legend: tuple[tuple[str, str], ...]
    """State and what it means."""
    strips: tuple[Strip, ...]


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


Block = Table | Paragraph | Notes | Chart | Gallery | Chooser | Timeline | Shares | Fold
"""Anything that a section holds."""


@dataclass(frozen=True)
class Section:
    """One part of the page, reached from its contents."""

    identifier: str
    """Name of the anchor: letters and hyphens."""
    title: str
    blocks: tuple[Block, ...]
