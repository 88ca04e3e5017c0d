"""Data sets as the API sends and takes them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from azuraforge_api.http.api_model import ApiModel, ApiRequest
from azuraforge_api.http.paging import Limit, PageToken
from azuraforge_api.jobs.schemas import Owner

__all__ = [
    "Dataset",
    "DatasetPreview",
    "DatasetQuery",
    "DatasetVersion",
    "DatasetVersionQuery",
    "PageQuery",
    "ReadingOptions",
    "UploadQuery",
]


class PageQuery(ApiRequest):
    """Which page."""

    limit: Limit = 50
    """Items of a page at most."""
    page: PageToken = None
    """`next` of the page before; none: the first."""


class DatasetVersionQuery(PageQuery):
    """Which versions of a data set a list shows."""

    created_by: Owner = None
    """Of this owner."""


class DatasetQuery(PageQuery):
    """Which data sets a list shows."""

    text: Annotated[str, Field(max_length=63)] | None = None
    """A part of the name."""
    created_by: Owner = None
    """With a version of this owner."""


class ReadingOptions(ApiRequest):
    """How a file is read where that should not be detected."""

    time_column: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The column that holds the time stamps; none: guessed."""
    delimiter: Annotated[str, Field(pattern=r"^[\t !#-~]$")] | None = None
    """The character between cells; none: detected."""
    decimal: Literal[".", ","] = "."
    """The decimal mark of numbers."""
    encoding: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    """The text encoding, such as latin-1; none: detected."""
    day_first: bool | None = None
    """Whether 01/02/2013 is the first of February; none: found out from the whole column."""


class UploadQuery(ReadingOptions):
    """What is said of an uploaded file beside its bytes."""

    file_name: Annotated[str, Field(max_length=200)] = ""
    """What it was called; for people only."""


class DatasetVersion(ApiModel):
    """One content of a data set."""

    dataset: str
    """The data set's name."""
    version: int
    """From 1."""
    digest: str
    """SHA-256 of the bytes: the same bytes are the same version."""
    bytes: int
    """Size of the file."""
    file_name: str
    """What it was called when it was uploaded."""
    form: str
    """csv or parquet."""
    rows: int
    """Rows without the header."""
    created_by: str
    created_at: datetime
    source: dict[str, Any]
    """`spec.config.dataset.source` of a job that trains on it."""


class Dataset(ApiModel):
    """One data set."""

    name: str
    created_by: str
    created_at: datetime
    versions: int
    """How many versions there are."""
    latest: DatasetVersion
    """The newest of them."""


class PreviewColumn(ApiModel):
    """One column."""

    name: str
    """As in the header."""
    kind: Literal["time", "number", "text", "mixed", "empty"]
    """What it holds; mixed: mostly numbers, and some cells that are none."""
    use: Literal["time", "series", "target", "none"]
    """What it is taken for, a guess: none is left out."""
    unit: str
    """The unit where the name ends with one."""
    missing: int
    """Cells without a value."""
    minimum: float | None
    """The smallest number."""
    maximum: float | None
    """The largest number."""
    example: str
    """The first cell that is neither empty nor a number."""


class PreviewSpan(ApiModel):
    """The time that a table covers."""

    step: str
    """The time between two rows, such as 1 hour."""
    first_time: str
    last_time: str
    time_zone: Literal["UTC", "unknown"]
    """UTC where the table gives offsets, else unknown (as written)."""
    series: int
    """How many series there are."""


class PreviewGap(ApiModel):
    """A run of rows that the table lacks."""

    series: str
    """The series, empty where there is one only."""
    start: str
    """The first missing time stamp."""
    rows: int
    """How many rows are missing."""


class PreviewQuality(ApiModel):
    """What training will find and repair."""

    rows_sorted: int
    """Rows out of order, which are moved."""
    duplicates_dropped: int
    """Rows left out because an equal one is there."""
    rows_missing: int
    """Rows that the regular grid has and the table lacks."""
    gaps: list[PreviewGap]
    """The longest runs of missing rows."""
    warnings: list[str]
    """What a person should know, one sentence each."""


class PreviewRefusal(ApiModel):
    """Why training would refuse the table as it is."""

    message: str
    """What is wrong."""
    remedy: str
    """What to do about it."""


class DatasetPreview(ApiModel):
    """A table as training will see it."""

    form: Literal["csv", "parquet"]
    """What the file is."""
    rows: int
    """Rows without the header."""
    columns: list[PreviewColumn]
    """In the order of the header."""
    time_column: str
    """The column taken for the time stamps; empty where none looks like it."""
    dataset: dict[str, Any]
    """What `spec.config.dataset` could say beside its source."""
    span: PreviewSpan | None
    """The time covered; null where training would refuse the table."""
    quality: PreviewQuality | None
    """What training will find and repair; null where it would refuse the table."""
    refusal: PreviewRefusal | None
    """Why it would refuse it."""
    first_rows: list[list[str | None]]
    """The first rows as text."""
    notes: list[str]
    """What a person should know of this preview, one sentence each."""
