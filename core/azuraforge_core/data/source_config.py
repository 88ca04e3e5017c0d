"""What a job file may say about where its table comes from.

Part of `DatasetConfig`; the sources in `azuraforge_core.data.sources` carry these out.
"""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from azuraforge_contract.patterns import NAME_PATTERN
from azuraforge_contract.validation import StrictModel

__all__ = [
    "ArchiveSource",
    "DatasetSource",
    "DelimitedOptions",
    "FileSource",
    "SampleSource",
    "SourceConfig",
    "UrlSource",
]

ColumnName = Annotated[str, Field(min_length=1, max_length=200)]


class SampleSource(StrictModel):
    """Hourly weather of three New York airports in 2013, shipped with AzuraForge (CC0)."""

    kind: Literal["sample"] = "sample"
    """The built-in sample."""


class DelimitedOptions(StrictModel):
    """How to read a delimited text file where it should not be detected."""

    time_column: ColumnName
    """The column that holds the time stamps."""
    delimiter: str | None = Field(default=None, pattern=r"^[\t !#-~]$")
    """The character between cells; null: detected among comma, semicolon, tab and bar."""
    decimal: Literal[".", ","] = "."
    """The decimal mark of numbers."""
    encoding: str | None = Field(default=None, min_length=1, max_length=40)
    """The text encoding, such as utf-8 or latin-1; null: detected."""
    day_first: bool | None = None
    """Whether 01/02/2013 is the first of February; null: found out from the whole column."""


class FileSource(DelimitedOptions):
    """A table in a file that the trainer can open."""

    kind: Literal["file"]
    """A file."""
    path: str = Field(min_length=1, max_length=4096)
    """A .csv, .csv.gz or .parquet file; relative to the working directory."""


class UrlSource(DelimitedOptions):
    """A table behind a URL (https, s3, gs and whatever else fsspec opens)."""

    kind: Literal["url"]
    """A URL."""
    url: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://", max_length=4096)
    """Where the .csv, .csv.gz or .parquet file lies, such as https://example.com/load.csv."""


class DatasetSource(DelimitedOptions):
    """A data set that was uploaded to the service; only jobs of a service may name one."""

    kind: Literal["dataset"]
    """A data set of the service."""
    name: str = Field(pattern=NAME_PATTERN, max_length=63)
    """The data set's name."""
    version: int | None = Field(default=None, ge=1, le=1_000_000_000)
    """Which version; null: the newest when the job is created, which the stored job then names."""
    digest: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the version's bytes; the service writes it when the job is created."""
    time_column: str = Field(default="", max_length=200)
    """The column that holds the time stamps; empty: the one that was found at the upload."""


class ArchiveSource(StrictModel):
    """Hourly weather history of one place from the Open-Meteo archive."""

    kind: Literal["open-meteo"]
    """The Open-Meteo archive."""
    latitude: float = Field(ge=-90, le=90, title="Latitude (degrees north)")
    """Degrees north."""
    longitude: float = Field(ge=-180, le=180, title="Longitude (degrees east)")
    """Degrees east."""
    start: dt.date
    """The first day, UTC."""
    end: dt.date
    """The last day, UTC; the archive lags a few days behind today."""
    variables: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=80)], ...] = Field(
        min_length=1, max_length=60
    )
    """Hourly variables by Open-Meteo's names, such as temperature_2m; each becomes a column."""
    endpoint: str = Field(
        default="https://archive-api.open-meteo.com/v1/archive",
        pattern=r"^https?://",
        max_length=2000,
    )
    """The archive's address; change it for a server of your own."""
    timeout_seconds: float = Field(default=60.0, gt=0, le=3600, title="Timeout (seconds)")
    """How long one request may take."""

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"end {self.end} lies before start {self.start}.")
        if len(set(self.variables)) < len(self.variables):
            raise ValueError("variables lists a name twice.")
        return self


SourceConfig = Annotated[
    SampleSource | FileSource | UrlSource | DatasetSource | ArchiveSource,
    Field(discriminator="kind"),
]
