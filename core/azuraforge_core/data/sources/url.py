"""Fetches a table from a URL through fsspec, then reads it as a file."""

import errno
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import fsspec
import tenacity

from azuraforge_contract.errors import (
    AzuraForgeError,
    DataError,
    JobFileError,
    SourceUnreachableError,
    StorageError,
)
from azuraforge_core.data.source_config import UrlSource
from azuraforge_core.data.source_table import SourceTable
from azuraforge_core.data.sources.file import open_table_file

__all__ = ["RETRY_WAIT", "open_url", "url_identity", "without_secrets"]

ATTEMPTS: Final = 4
RETRY_WAIT: Final = tenacity.wait_random_exponential(multiplier=0.5, max=8)
_GONE: Final = frozenset({400, 401, 403, 404, 405, 410, 414, 451})
"""HTTP answers that another try does not change."""
_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def open_url(
    source: UrlSource, *, wait: tenacity.wait.wait_base = RETRY_WAIT
) -> Iterator[SourceTable]:
    """Fetch the file into a temporary folder and open it there.

    Args:
        source: the URL and how to read what it gives.
        wait: pauses between tries.

    Raises:
        DataError: there is no such file, or it is not a table.
        JobFileError: no file system of that kind is installed.
        SourceUnreachableError: it did not answer, however often asked.
    """
    name = without_secrets(source.url)
    with tempfile.TemporaryDirectory(prefix="azuraforge-url-") as folder:
        path = Path(folder) / "table"
        for attempt in tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=wait,
            retry=tenacity.retry_if_exception_type(SourceUnreachableError),
            reraise=True,
        ):
            with attempt:
                _download(source.url, name, path)
        yield open_table_file(path, name, name, source)


def url_identity(source: UrlSource) -> dict[str, Any]:
    """Return what the table depends on; the full URL goes in as a digest, for it may hold a key."""
    return {
        "url": without_secrets(source.url),
        "url_sha256": hashlib.sha256(source.url.encode()).hexdigest(),
        **source.model_dump(exclude={"url"}),
    }


def without_secrets(url: str) -> str:
    """Return the URL without user name, password, query and fragment, fit for a report."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return f"{url.partition('://')[0]}://…"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _download(url: str, name: str, path: Path) -> None:
    try:
        file_system, remote = fsspec.core.url_to_fs(url)
        file_system.get_file(remote, str(path))
    except (ImportError, ValueError) as error:
        if isinstance(error, OSError):  # a certificate that is not trusted is both
            raise _failure(error, url, name) from error
        raise JobFileError(
            f"{name} cannot be opened: {_said(error, url, name)}.",
            remedy="Check the part before ://, or install the fsspec package for it.",
        ) from error
    except Exception as error:  # every file system of fsspec raises its own kinds
        raise _failure(error, url, name) from error


def _failure(error: Exception, url: str, name: str) -> AzuraForgeError:
    if getattr(error, "errno", None) in _DISK_FULL:
        return StorageError(
            "The temporary folder is full.", remedy="Make room, or set TMPDIR to a larger disk."
        )
    gone = isinstance(error, FileNotFoundError | IsADirectoryError | PermissionError)
    if gone or getattr(error, "status", None) in _GONE:
        return DataError(
            f"{name} is not to be had: {_said(error, url, name)}.",
            remedy="Check the URL and who may read it.",
        )
    return SourceUnreachableError(
        f"{name} could not be fetched: {_said(error, url, name)}.",
        remedy="Check the network and the URL; the job tries again.",
    )


def _said(error: Exception, url: str, name: str) -> str:
    """Return the error's first line without the URL's secrets."""
    lines = str(error).replace(url, name).splitlines()
    query = urlsplit(url).query if "?" in url else ""
    text = lines[0] if lines else ""
    if query:
        text = text.replace(query, "…")
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
