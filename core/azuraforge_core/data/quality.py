"""What was found and repaired in a table, as counts that the report shows.

Every repair adds to a `QualityLog` while the table is built; the finished `QualityReport` is
stored with the cache entry, so that a job which finds the table in the cache reports the same.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from azuraforge_contract.validation import StrictModel

__all__ = ["ColumnQuality", "Gap", "GapCount", "QualityLog", "QualityReport"]

MAXIMUM_LISTED_GAPS = 50
MAXIMUM_WARNINGS = 100


class Gap(StrictModel):
    """A run of rows that the table lacks."""

    series: str
    """The series, empty where the table has only one."""
    start: str
    """The first missing time stamp, ISO 8601."""
    rows: int
    """How many rows are missing."""


class GapCount(StrictModel):
    """How many gaps of one length there are."""

    rows: int
    """The length of these gaps."""
    count: int
    """How many there are."""


class ColumnQuality(StrictModel):
    """Missing cells of one column, counted on the regular grid over all series."""

    name: str
    """The column."""
    missing: int
    """Cells that the table does not have, missing rows included."""
    interpolated: int
    """Of these, cells filled on a straight line."""
    sentinels: int
    """Of these, cells that held a mark such as -9999."""
    missing_by_stretch: tuple[int, ...] = ()
    """The missing cells in equal stretches of time; empty where none is missing."""
    interpolated_by_stretch: tuple[int, ...] = ()
    """Of these, the filled ones; empty where none was filled."""


class QualityReport(StrictModel):
    """What was found and repaired in one table."""

    rows_read: int
    """Rows that the source holds."""
    rows_of_other_series: int
    """Rows left out because their series was not chosen."""
    rows_sorted: int
    """Rows that stood out of order and were moved."""
    duplicates_dropped: int
    """Rows left out because an equal one is there."""
    rows_missing: int
    """Rows that the regular grid has and the table lacks."""
    gaps: tuple[Gap, ...]
    """The longest runs of missing rows, at most fifty, in order of time within a series."""
    gap_counts: tuple[GapCount, ...]
    """All runs of missing rows by length."""
    columns: tuple[ColumnQuality, ...]
    """Missing cells by column."""
    warnings: tuple[str, ...]
    """What a person should know, one sentence each."""
    rows_by_stretch: tuple[int, ...] = ()
    """Grid rows in equal stretches from the first to the last time, over all series."""

    @property
    def cells_interpolated(self) -> int:
        """Cells filled on a straight line, over all columns."""
        return sum(column.interpolated for column in self.columns)

    @property
    def cells_left_missing(self) -> int:
        """Cells that stay missing, over all columns; windows that touch one are left out."""
        return sum(column.missing - column.interpolated for column in self.columns)


@dataclass
class QualityLog:
    """Counts kept while a table is built."""

    rows_read: int = 0
    rows_of_other_series: int = 0
    rows_sorted: int = 0
    duplicates_dropped: int = 0
    rows_missing: int = 0
    gaps: list[Gap] = field(default_factory=list)
    columns: list[ColumnQuality] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    rows_by_stretch: tuple[int, ...] = ()
    _lengths: Counter[int] = field(default_factory=Counter)

    def note(self, sentence: str) -> None:
        """Add a sentence, once, and no more than a report can show."""
        if sentence not in self.warnings and len(self.warnings) < MAXIMUM_WARNINGS:
            self.warnings.append(sentence)

    def add_gap_lengths(self, lengths: Iterable[int]) -> None:
        """Count runs of missing rows by length."""
        counts = Counter(lengths)
        self._lengths.update(counts)
        self.rows_missing += sum(rows * count for rows, count in counts.items())

    def close(self) -> QualityReport:
        """Return the finished report."""
        longest = sorted(self.gaps, key=lambda gap: -gap.rows)[:MAXIMUM_LISTED_GAPS]
        return QualityReport(
            rows_read=self.rows_read,
            rows_of_other_series=self.rows_of_other_series,
            rows_sorted=self.rows_sorted,
            duplicates_dropped=self.duplicates_dropped,
            rows_missing=self.rows_missing,
            gaps=tuple(sorted(longest, key=lambda gap: (gap.series, gap.start))),
            gap_counts=tuple(
                GapCount(rows=rows, count=count) for rows, count in sorted(self._lengths.items())
            ),
            columns=tuple(self.columns),
            warnings=tuple(self.warnings),
            rows_by_stretch=self.rows_by_stretch,
        )
