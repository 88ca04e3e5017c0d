"""The rows of a person's file. Called by the command line."""

from pathlib import Path

from azuraforge_core.data.source_config import FileSource
from azuraforge_core.data.sources.conventions import conventions_of
from azuraforge_core.data.sources.file import open_file
from azuraforge_core.prediction.known_rows import GivenRows
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.prediction.new_rows import read_rows
from azuraforge_core.prediction.row_source import dataset_config_of

__all__ = ["read_file_rows"]


def read_file_rows(path: Path, forecaster: Forecaster, *, at: int | None = None) -> GivenRows:
    """Read the rows in a .csv, .csv.gz or .parquet file, written as the training data were.

    Args:
        path: the file; delimiter and encoding are detected.
        forecaster: the model.
        at: forecast as of this time; see `read_rows`.

    Raises:
        DataError: there is no such file, or it is not a table that the model can work on.
        StorageError: the file changed while it was read, or the manifest's own description of the
            data cannot be read.
    """
    conventions = conventions_of(dataset_config_of(forecaster.manifest).source)
    source = FileSource(
        kind="file",
        path=str(path),
        time_column=conventions.time_column,
        decimal="," if conventions.decimal == "," else ".",
        day_first=conventions.day_first,
    )
    with open_file(source) as table:
        return read_rows(table, forecaster, at=at)
