"""The version that every stored file carries, and what a reader says of one it does not know."""

from typing import Final

from azuraforge_contract.errors import StorageError

__all__ = ["FORMAT_VERSION", "check_format_version"]

FORMAT_VERSION: Final = 1
"""``formatVersion`` in job.json, events, model.json, cache manifests and status files."""


def check_format_version(found: object, *, file: str) -> None:
    """Refuse a file written by a newer release.

    Raises:
        StorageError: ``found`` is no version that this release reads.
    """
    if isinstance(found, int) and not isinstance(found, bool) and 1 <= found <= FORMAT_VERSION:
        return
    raise StorageError(
        f"{file} has formatVersion {found!r}; this release reads 1 to {FORMAT_VERSION}.",
        remedy="Upgrade AzuraForge, or restore the file from a backup.",
    )
