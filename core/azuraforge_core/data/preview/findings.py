"""What is found in a file, as the service stores and shows it."""

from enum import StrEnum
from typing import Any, Literal

from azuraforge_contract.validation import StrictModel
from azuraforge_core.data.quality import QualityReport

__all__ = ["ColumnFinding", "ColumnKind", "ColumnUse", "Refusal", "TablePreview", "TableSpan"]


class ColumnKind(StrEnum):
    """What a column holds."""

    TIME = "time"
    """Time stamps."""
    NUMBER = "number"
    """Numbers, missing cells among them."""
    TEXT = "text"
    """Text."""
    MIXED = "mixed"
    """Mostly numbers, and some cells that are none: training refuses the column."""
    EMPTY = "empty"
    """No cell has anything."""


class ColumnUse(StrEnum):
    """What a column is to a job that says nothing of it; a guess."""

    TIME = "time"
    """It holds the time stamps."""
    SERIES = "series"
    """It tells several series of the table apart."""
    TARGET = "target"
    """It is forecast."""
    NONE = "none"
    """It is left out: text, without any number, or the same number in every row."""


class ColumnFinding(StrictModel):
    """One column."""

    name: str
    """As in the header."""
    kind: ColumnKind
    """What it holds."""
    use: ColumnUse
    """What it is taken for."""
    unit: str = ""
    """The unit where the name ends with one."""
    missing: int
    """Cells without a value."""
    minimum: float | None = None
    """The smallest number."""
    maximum: float | None = None
    """The largest number."""
    example: str = ""
    """The first cell that is neither empty nor a number."""


class TableSpan(StrictModel):
    """The time that a table covers."""

    step: str
    """The time between two rows, such as 1 hour."""
    first_time: str
    """The earliest time stamp, ISO 8601."""
    last_time: str
    """The latest time stamp, ISO 8601."""
    time_zone: Literal["UTC", "unknown"]
    """UTC where the table gives offsets, else unknown (as written)."""
    series: int
    """How many series there are."""


class Refusal(StrictModel):
    """Why training would refuse the table as it is."""

    message: str
    """What is wrong."""
    remedy: str
    """What to do about it."""


class TablePreview(StrictModel):
    """Everything that is known of a file."""

    form: Literal["csv", "parquet"]
    """What the file is."""
    unpacked_bytes: int | None
    """Size of the text in a compressed file; null where it is not compressed so."""
    rows: int
    """Rows without the header."""
    columns: tuple[ColumnFinding, ...]
    """In the order of the header."""
    time_column: str
    """The column taken for the time stamps; empty where none looks like it."""
    dataset: dict[str, Any]
    """What `spec.config.dataset` could say beside its source."""
    span: TableSpan | None
    """The time covered; null where training would refuse the table."""
    quality: QualityReport | None
    """What training would find and repair; null where it would refuse the table."""
    refusal: Refusal | None
    """Why training would refuse it."""
    first_rows: tuple[tuple[str | None, ...], ...]
    """The first rows as text."""
    notes: tuple[str, ...] = ()
    """What a person should know of this preview, one sentence each."""
