"""``job.json``: the object as it is run, which every attempt and every resume reads.

Called when a run is created or opened again. The folder that relative paths are relative to is
kept as an annotation, so that the object can be resumed from anywhere without being changed.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from azuraforge_contract.errors import JobFileError, StorageError
from azuraforge_contract.format_version import FORMAT_VERSION, check_format_version
from azuraforge_contract.run_folder import RunFolder
from azuraforge_contract.training_job import TrainingJob, parse_training_job
from azuraforge_core.store.atomic import write_file

__all__ = ["WORKING_DIRECTORY", "StoredJob", "identified", "read_job", "write_job"]

WORKING_DIRECTORY: Final = "azuraforge.io/working-directory"
"""Annotation: absolute folder to which relative paths in the config are relative."""


@dataclass(frozen=True)
class StoredJob:
    """A job in its run's folder.

    Attributes:
        job: the object, with its uid.
        working_directory: absolute folder to which relative paths in it are relative.
    """

    job: TrainingJob
    working_directory: Path


def identified(job: TrainingJob, working_directory: Path) -> TrainingJob:
    """Return the job as a new object: with a uid, a creation time and its working directory."""
    metadata = job.metadata.model_copy(
        update={
            "uid": str(uuid.uuid4()),
            "generation": 1,
            "creation_timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "annotations": {
                **job.metadata.annotations,
                WORKING_DIRECTORY: str(working_directory),
            },
        }
    )
    return job.model_copy(update={"metadata": metadata, "status": None})


def write_job(run: Path, job: TrainingJob) -> None:
    """Write ``job.json``.

    Raises:
        StorageError: the folder cannot be written.
    """
    document = {"formatVersion": FORMAT_VERSION, **job.to_document()}
    content = json.dumps(document, indent=2, ensure_ascii=False)
    write_file(RunFolder(run).job_file, content.encode())


def read_job(run: Path) -> StoredJob:
    """Return the job of a run's folder.

    Raises:
        JobFileError: the folder is no run's.
        StorageError: its ``job.json`` is damaged, or of a newer release.
    """
    path = RunFolder(run).job_file
    try:
        document = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise JobFileError(
            f"{run} is no run's folder: it has no {path.name}.",
            remedy="Name the folder that `azuraforge run` printed, such as runs/NAME-1.",
        ) from None
    except (OSError, ValueError) as error:
        raise StorageError(f"{path} cannot be read: {error}.") from error
    check_format_version(document.pop("formatVersion", None), file=str(path))
    job = parse_training_job(document, source=str(path))
    directory = job.metadata.annotations.get(WORKING_DIRECTORY)
    return StoredJob(job, Path(directory) if directory else run)
