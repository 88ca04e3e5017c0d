"""Remedies for rows instead of remedies for a job file.

The checks of training data point at settings of the job file; whoever brings rows to a finished
model can only change the rows.
"""

from typing import Final

from azuraforge_contract.errors import DataError

__all__ = ["for_rows"]

_REMEDIES: Final = (
    ("missing.sentinels", "Leave the cell empty where the value is missing."),
    ("source.day_first", "Write dates as 2013-07-04."),
    ("source.decimal", "Write numbers with a decimal point, and leave missing cells empty."),
    ("series_column", "Keep one row for each time stamp."),
    ("target, past and future columns", "Give the columns that the model was trained on."),
    ("source.", "Write the table as the training data were: UTF-8, commas, a header."),
)
"""What a remedy speaks of → what to say instead."""


def for_rows(error: DataError) -> DataError:
    """Return the same error with a remedy that somebody with rows can follow."""
    for spoken_of, remedy in _REMEDIES:
        if spoken_of in error.remedy:
            return DataError(error.message, remedy=remedy)
    return error
