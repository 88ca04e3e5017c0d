"""Opens whatever source a job file names; called by the filler of a cache entry.

Clients of the network are imported by those who use one: they take longer to load than a small
table takes to read, and most jobs find their table in the cache.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from azuraforge_core.data.source_config import (
    ArchiveSource,
    DatasetSource,
    FileSource,
    SampleSource,
    SourceConfig,
    UrlSource,
)
from azuraforge_core.data.source_table import SourceTable
from azuraforge_core.data.sources.dataset import dataset_identity, open_dataset
from azuraforge_core.data.sources.file import file_identity, open_file
from azuraforge_core.data.sources.sample import open_sample, sample_identity

__all__ = ["open_source", "source_identity"]


def open_source(source: SourceConfig) -> AbstractContextManager[SourceTable]:
    """Open a source; what was fetched for it is removed when the context ends.

    Raises:
        DataError: it is not a table.
        JobFileError: a data set is named where there is no service.
        SourceUnreachableError: it did not answer.
    """
    match source:
        case SampleSource():
            return open_sample()
        case FileSource():
            return open_file(source)
        case DatasetSource():
            return open_dataset(source)
        case UrlSource():
            from azuraforge_core.data.sources.url import open_url  # noqa: PLC0415 - see above

            return open_url(source)
        case ArchiveSource():
            from azuraforge_core.data.sources.open_meteo import (  # noqa: PLC0415 - see above
                open_archive,
            )

            return open_archive(source)


def source_identity(source: SourceConfig) -> Mapping[str, Any]:
    """Return what the source's bytes depend on, JSON-able, without a path and without secrets.

    Raises:
        DataError: a file is not there.
        JobFileError: a data set is named where there is no service.
    """
    match source:
        case SampleSource():
            return sample_identity()
        case FileSource():
            return file_identity(source)
        case DatasetSource():
            return dataset_identity(source)
        case UrlSource():
            from azuraforge_core.data.sources.url import url_identity  # noqa: PLC0415 - see above

            return url_identity(source)
        case ArchiveSource():
            from azuraforge_core.data.sources.open_meteo import (  # noqa: PLC0415 - see above
                archive_identity,
            )

            return archive_identity(source)
