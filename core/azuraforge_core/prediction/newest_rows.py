"""The newest rows of the source that a model was trained on.

Called by the command line and the API. The table is read, cleaned and checked as in training; the
scales are the stored ones, and nothing is fitted again.
"""

import datetime as dt
from pathlib import Path
from typing import Final

import numpy as np

from azuraforge_core.data.source_config import (
    ArchiveSource,
    FileSource,
    SampleSource,
    SourceConfig,
)
from azuraforge_core.data.sources.opening import open_source
from azuraforge_core.data.steps import iso
from azuraforge_core.prediction.known_rows import GivenRows, stored_rows
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.prediction.new_rows import read_rows
from azuraforge_core.prediction.row_source import dataset_config_of

__all__ = ["newest_rows"]

_ARCHIVE_LAG_DAYS: Final = 14
"""The archive is some days behind; so many more are asked for than the model looks back."""


def newest_rows(
    forecaster: Forecaster, *, base: Path, today: dt.date, at: int | None = None
) -> GivenRows:
    """Fetch the source of the training data again and return its latest rows.

    Args:
        forecaster: the model.
        base: folder to which a relative path of a file source is relative.
        today: the last day to ask an archive for, UTC.
        at: forecast as of this time; see `read_rows`.

    Raises:
        DataError: the source is gone, or its table is not one that the model can work on.
        SourceUnreachableError: it did not answer.
        StorageError: the manifest's own description of the source cannot be read.
    """
    trained_on = dataset_config_of(forecaster.manifest).source
    with open_source(_up_to(trained_on, forecaster, base, today)) as table:
        given = read_rows(table, forecaster, at=at, only_trained=True)
    note = _freshness(forecaster, given, trained_on) if at is None else ""
    return GivenRows(given.series, (*([note] if note else []), *given.notes), given.refused)


def _up_to(
    source: SourceConfig, forecaster: Forecaster, base: Path, today: dt.date
) -> SourceConfig:
    match source:
        case ArchiveSource():
            needed = forecaster.shape.lookback // 24 + _ARCHIVE_LAG_DAYS
            start = today - dt.timedelta(days=needed)
            return source.model_copy(update={"start": start, "end": max(today, start)})
        case FileSource():
            return source.model_copy(update={"path": str(base / source.path)})
        case _:
            return source


def _freshness(forecaster: Forecaster, given: GivenRows, source: SourceConfig) -> str:
    """Return whether the source has anything that training had not, one sentence."""
    stored = [rows.times[-1] for rows in stored_rows(forecaster) if len(rows.times)]
    newest = [rows.times[-1] for rows in given.series]
    if not stored or not newest:
        return ""
    before, now = int(np.max(stored)), int(np.max(newest))
    if now > before:
        return f"The source goes up to {iso(now)}; the training data ended at {iso(before)}."
    if now < before:
        return f"The source ends at {iso(now)}, before the training data did ({iso(before)})."
    why = (
        "the sample is shipped with AzuraForge and never grows"
        if isinstance(source, SampleSource)
        else "it still ends where the training data did"
    )
    return f"The source has nothing newer than {iso(now)}: {why}."
