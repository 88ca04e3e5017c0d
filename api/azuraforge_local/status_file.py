"""``status.json``: the status that a local executor keeps, as a cluster keeps it in the object."""

import json
from pathlib import Path

from pydantic import ValidationError

from azuraforge_contract.errors import StorageError
from azuraforge_contract.format_version import FORMAT_VERSION, check_format_version
from azuraforge_contract.run_folder import RunFolder
from azuraforge_contract.status import JobStatus
from azuraforge_core.store.atomic import write_file

__all__ = ["read_status", "write_status"]


def write_status(run: Path, status: JobStatus) -> None:
    """Write the status, whole or not at all.

    Raises:
        StorageError: the folder cannot be written.
    """
    document = {"formatVersion": FORMAT_VERSION, **status.to_document()}
    content = json.dumps(document, indent=2, ensure_ascii=False)
    write_file(RunFolder(run).status_file, content.encode())


def read_status(run: Path) -> JobStatus | None:
    """Return the status last written, or None before the first.

    Raises:
        StorageError: the file is damaged, or of a newer release.
    """
    path = RunFolder(run).status_file
    try:
        document = json.loads(path.read_bytes())
        check_format_version(document.get("formatVersion"), file=str(path))
        return JobStatus.model_validate(document)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as error:
        raise StorageError(
            f"{path} cannot be read: {error}.",
            remedy="Restore it from a backup, or start a new run.",
        ) from error
