"""What is known of a finished table beside its numbers: columns, step, series, quality.

Written by the filler into the cache entry's manifest, read by `ForecastDataset` and the report.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from azuraforge_contract.validation import StrictModel
from azuraforge_core.data.quality import QualityReport
from azuraforge_core.data.steps import Step

__all__ = ["ColumnFact", "ColumnRole", "Segment", "TableFacts"]


class ColumnRole(StrEnum):
    """What a column is to a model."""

    TARGET = "target"
    """Forecast, and seen up to now."""
    PAST = "past"
    """Seen up to now."""
    FUTURE = "future"
    """Seen up to now and over the horizon."""
    CALENDAR = "calendar"
    """Made from the time stamps; seen as a future column is, never scaled."""

    @property
    def is_known_ahead(self) -> bool:
        """Whether the model also gets the horizon's values."""
        return self in {ColumnRole.FUTURE, ColumnRole.CALENDAR}


class ColumnFact(StrictModel):
    """One row of the array ``values``."""

    name: str
    """The column's name in the table, or the calendar feature's."""
    role: ColumnRole
    """What it is to a model."""
    unit: str = ""
    """The unit where the source names one."""


class Segment(StrictModel):
    """One series: a stretch of the time axis that no window leaves."""

    series: str
    """The series' name, empty where the table has only one."""
    start: int
    """Its first position on the time axis."""
    stop: int
    """The position after its last."""

    @property
    def rows(self) -> int:
        """How many grid rows the series has."""
        return self.stop - self.start


class TableFacts(StrictModel):
    """Everything about a table that its arrays do not say."""

    source: str
    """Where the table came from, in words, without credentials."""
    columns: tuple[ColumnFact, ...]
    """The channels of ``values`` in order: targets, past, future, calendar."""
    step: Step
    """The time between two rows."""
    time_zone: Literal["UTC", "unknown"]
    """UTC where the source gave offsets or says so, else unknown (as written)."""
    first_time: str
    """The earliest time stamp, ISO 8601."""
    last_time: str
    """The latest time stamp, ISO 8601."""
    segments: tuple[Segment, ...]
    """The series, in order along the time axis."""
    quality: QualityReport
    """What was found and repaired."""

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON-able values, for a manifest."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "TableFacts":
        """Read what `to_json` wrote."""
        return cls.model_validate(document)

    def channels(self, *roles: ColumnRole) -> tuple[int, ...]:
        """Return the positions of the columns that have one of the roles."""
        return tuple(i for i, column in enumerate(self.columns) if column.role in roles)

    @property
    def target_names(self) -> tuple[str, ...]:
        """The target columns in order."""
        return tuple(c.name for c in self.columns if c.role is ColumnRole.TARGET)
