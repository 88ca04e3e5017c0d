"""Reads a data set that was uploaded to the service.

Its bytes lie under their SHA-256 in the folder that the service names to its trainers; the same
digest stands in the stored job and in the cache key, so that a name moved to newer data changes
nothing of a job that is there.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from azuraforge_contract.dataset_folder import dataset_file
from azuraforge_contract.environment import DATASETS_DIR
from azuraforge_contract.errors import DataError, JobFileError
from azuraforge_core.data.source_config import DatasetSource
from azuraforge_core.data.source_table import SourceTable
from azuraforge_core.data.sources.file import open_table_file

__all__ = ["dataset_identity", "open_dataset"]

_WAY_OUT: Final = (
    "Submit the job to a service that has it (azuraforge up), or name the file itself: "
    "source: {kind: file, path: PATH, time_column: COLUMN}."
)


@contextmanager
def open_dataset(source: DatasetSource) -> Iterator[SourceTable]:
    """Open the version that the service wrote into the job.

    Raises:
        DataError: its file was deleted, or it is not a table.
        JobFileError: there is no service that has data sets.
    """
    digest = _digest(source)
    path = _locate(source, digest)
    if not path.is_file():
        raise DataError(
            f"The file of {_title(source)} is not there any more: it was deleted.",
            remedy="Upload it again and create the job anew.",
        )
    yield open_table_file(
        path, f"Data set {source.name}", f"data set with SHA-256 {digest[:12]}…", source
    )


def dataset_identity(source: DatasetSource) -> dict[str, Any]:
    """Return what the table depends on: the content, never the data set's name or place.

    Raises:
        JobFileError: the job was never given to a service.
    """
    options = source.model_dump(exclude={"kind", "name", "version", "digest"})
    return {"sha256": _digest(source), "kind": "file", **options}


def _digest(source: DatasetSource) -> str:
    if source.digest is None or not source.time_column:
        raise JobFileError(
            f"spec.config.dataset.source: {_title(source)} is a data set of a service, and no "
            "service has looked it up.",
            remedy=_WAY_OUT,
        )
    return source.digest


def _locate(source: DatasetSource, digest: str) -> Path:
    folder = os.environ.get(DATASETS_DIR)
    if not folder:
        raise JobFileError(
            f"spec.config.dataset.source: {_title(source)} is a data set of a service, and there "
            "is none here.",
            remedy=_WAY_OUT,
        )
    return dataset_file(Path(folder), digest)


def _title(source: DatasetSource) -> str:
    version = f" version {source.version}" if source.version else ""
    return f"data set {source.name!r}{version}"
