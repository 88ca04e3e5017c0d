"""Divides every series into training, validation and test rows, in order of time.

Used by `ForecastDataset`. The rule is the one of the published benchmarks: training and test take
the whole part of their fraction, validation the rest.
"""

from dataclasses import dataclass
from enum import StrEnum

from azuraforge_contract.errors import DataError
from azuraforge_core.data.config import SplitConfig
from azuraforge_core.data.facts import Segment

__all__ = ["Part", "PartRows", "split_rows"]


class Part(StrEnum):
    """A part of the data by its use."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True)
class PartRows:
    """The rows of one part within one series.

    Attributes:
        series_start: the series' first position on the time axis; no window begins before it.
        start: the part's first position: where its first forecast row may lie.
        stop: the position after its last.
    """

    series_start: int
    start: int
    stop: int


def split_rows(segment: Segment, split: SplitConfig) -> dict[Part, PartRows]:
    """Return the rows of each part of one series.

    Raises:
        DataError: the boundaries reach beyond the series.
    """
    if split.boundaries is not None:
        train_end, validation_end, test_end = split.boundaries
        if test_end > segment.rows:
            where = f"series {segment.series!r}" if segment.series else "the table"
            raise DataError(
                f"split.boundaries ends at row {test_end}, but {where} has {segment.rows} rows.",
                remedy="Lower the boundaries, or split by fractions.",
            )
    else:
        train_end = int(split.train * segment.rows)
        validation_end = segment.rows - int(split.test * segment.rows)
        test_end = segment.rows
    ends = (0, train_end, validation_end, test_end)
    return {
        part: PartRows(segment.start, segment.start + ends[i], segment.start + ends[i + 1])
        for i, part in enumerate(Part)
    }
