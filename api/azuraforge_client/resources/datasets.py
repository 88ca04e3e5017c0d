"""Data sets: upload tables, look at them, fetch them, delete them."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

from azuraforge_client.calls import (
    API,
    Call,
    Download,
    Listing,
    Progress,
    Route,
    nothing,
    parsed_as,
)
from azuraforge_client.documents import Document
from azuraforge_client.operations import AsyncResource, Iteration, Operation, Resource, Transfer
from azuraforge_client.pages import in_camel_case, listing

__all__ = ["AsyncDatasets", "Dataset", "DatasetPreview", "DatasetVersion", "Datasets", "Reading"]

_DATASETS: Final = f"{API}/datasets"
_LIST: Final = Route("GET", _DATASETS)
_GET: Final = Route("GET", f"{_DATASETS}/{{dataset}}")
_DELETE: Final = Route("DELETE", f"{_DATASETS}/{{dataset}}")
_VERSIONS: Final = Route("GET", f"{_DATASETS}/{{dataset}}/versions")
_UPLOAD: Final = Route("POST", f"{_DATASETS}/{{dataset}}/versions", is_repeatable=True)
_VERSION: Final = Route("GET", f"{_DATASETS}/{{dataset}}/versions/{{version}}")
_DELETE_VERSION: Final = Route("DELETE", f"{_DATASETS}/{{dataset}}/versions/{{version}}")
_PREVIEW: Final = Route("GET", f"{_DATASETS}/{{dataset}}/versions/{{version}}/preview")
_CONTENT: Final = Route("GET", f"{_DATASETS}/{{dataset}}/versions/{{version}}/content")
_MEDIA_TYPES: Final = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".gz": "application/gzip",
}
LATEST: Final = "latest"


class Reading(TypedDict, total=False):
    """How a table is read where that shall not be detected."""

    time_column: str
    """The column that holds the time stamps."""
    delimiter: str
    """The character between cells."""
    decimal: str
    """The decimal mark of numbers."""
    encoding: str
    """The text encoding, such as latin-1."""
    day_first: bool
    """Whether 01/02/2013 is the first of February."""


class DatasetVersion(Document):
    """One content of a data set."""

    dataset: str
    version: int
    """From 1."""
    digest: str
    """SHA-256 of the bytes: the same bytes are the same version."""
    bytes: int
    file_name: str = ""
    form: str
    """csv or parquet."""
    rows: int
    """Without the header."""
    created_by: str
    created_at: datetime
    source: dict[str, Any]
    """`spec.config.dataset.source` of a job that trains on it."""


class Dataset(Document):
    """One data set."""

    name: str
    created_by: str
    created_at: datetime
    versions: int
    """How many there are."""
    latest: DatasetVersion


class PreviewColumn(Document):
    """One column."""

    name: str
    kind: str
    """What it holds: time, number, text, mixed or empty."""
    use: str
    """What it is taken for, a guess: time, series, target or none."""
    unit: str = ""
    missing: int
    """Cells without a value."""
    minimum: float | None = None
    maximum: float | None = None
    example: str = ""


class PreviewSpan(Document):
    """The time that a table covers."""

    step: str
    first_time: str
    last_time: str
    time_zone: str
    series: int


class PreviewQuality(Document):
    """What training will find and repair."""

    rows_sorted: int
    duplicates_dropped: int
    rows_missing: int
    gaps: list[dict[str, Any]]
    """The longest runs of missing rows."""
    warnings: list[str]


class PreviewRefusal(Document):
    """Why training would refuse the table as it is."""

    message: str
    remedy: str


class DatasetPreview(Document):
    """A table as training will see it."""

    form: str
    rows: int
    columns: list[PreviewColumn]
    time_column: str
    """Empty where none looks like one."""
    dataset: dict[str, Any]
    """What `spec.config.dataset` could say beside its source."""
    span: PreviewSpan | None
    quality: PreviewQuality | None
    refusal: PreviewRefusal | None
    first_rows: list[list[str | None]]
    notes: list[str]


def list_datasets(
    *, text: str | None = None, created_by: str | None = None, limit: int | None = None
) -> Listing[Dataset]:
    """Go through data sets by name; ``text`` is a part of it, ``limit`` the size of a page."""
    return listing(_LIST, Dataset, {"text": text, "created_by": created_by, "limit": limit})


def get_dataset(dataset: str) -> Call[Dataset]:
    """Return a data set with its newest version."""
    return Call(_GET, _GET.address(dataset=dataset), parsed_as(Dataset))


def delete_dataset(dataset: str) -> Call[None]:
    """Delete all versions; refused while a job that has not ended uses one."""
    return Call(_DELETE, _DELETE.address(dataset=dataset), nothing)


def list_versions(dataset: str, *, limit: int | None = None) -> Listing[DatasetVersion]:
    """Go through the versions of a data set, the newest first."""
    return listing(_VERSIONS, DatasetVersion, {"limit": limit}, dataset=dataset)


def get_version(dataset: str, version: int | str = LATEST) -> Call[DatasetVersion]:
    """Return one version, by number or ``latest``."""
    address = _VERSION.address(dataset=dataset, version=version)
    return Call(_VERSION, address, parsed_as(DatasetVersion))


def delete_version(dataset: str, version: int) -> Call[None]:
    """Delete one version; its number is never given again."""
    return Call(_DELETE_VERSION, _DELETE_VERSION.address(dataset=dataset, version=version), nothing)


def upload(
    dataset: str, file: Path, *, progress: Progress | None = None, **reading: Unpack[Reading]
) -> Call[DatasetVersion]:
    """Upload a table; the first one makes the data set, the same bytes are the same version.

    Args:
        dataset: its name.
        file: .csv, .csv.gz or .parquet; streamed.
        progress: told of its way.
        reading: how it is read where that shall not be detected.
    """
    return Call(
        _UPLOAD,
        _UPLOAD.address(dataset=dataset),
        parsed_as(DatasetVersion),
        query=in_camel_case({"file_name": file.name, **reading}),
        file=file,
        headers={"Content-Type": _MEDIA_TYPES.get(file.suffix.lower(), "application/octet-stream")},
        progress=progress,
    )


def preview(
    dataset: str, version: int | str = LATEST, **reading: Unpack[Reading]
) -> Call[DatasetPreview]:
    """Return a table as training will see it; read in another way where that is said."""
    address = _PREVIEW.address(dataset=dataset, version=version)
    return Call(_PREVIEW, address, parsed_as(DatasetPreview), query=in_camel_case(dict(reading)))


def download(
    dataset: str, to: Path, *, version: int | str = LATEST, progress: Progress | None = None
) -> Download:
    """Fetch a version's bytes into a file or folder; return where they lie."""
    address = _CONTENT.address(dataset=dataset, version=version)
    return Download(Call(_CONTENT, address, nothing), to, progress)


class _Datasets:
    list = Iteration(list_datasets)
    get = Operation(get_dataset)
    delete = Operation(delete_dataset)
    versions = Iteration(list_versions)
    version = Operation(get_version)
    delete_version = Operation(delete_version)
    upload = Operation(upload)
    preview = Operation(preview)
    download = Transfer(download)


class Datasets(_Datasets, Resource):
    """Data sets, for the blocking client."""


class AsyncDatasets(_Datasets, AsyncResource):
    """Data sets, for the asynchronous client."""
