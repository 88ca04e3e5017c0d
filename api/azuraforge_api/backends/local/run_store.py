"""The runs of the local backend as folders: created, listed, changed, marked as deleted."""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from azuraforge_contract.errors import AzuraForgeError
from azuraforge_contract.training_job import TrainingJob
from azuraforge_local.job_file import identified, read_job, write_job
from azuraforge_local.status_file import read_status

__all__ = ["RunStore"]

_logger: Final = logging.getLogger("azuraforge.api.local")


@dataclass(frozen=True)
class RunStore:
    """Runs below a folder, each in a folder of its uid.

    Attributes:
        root: absolute.
    """

    root: Path

    def folder(self, uid: str) -> Path:
        """Return the folder of a run."""
        return self.root / uid

    def create(self, job: TrainingJob) -> TrainingJob:
        """Create the folder of a new job and return the job with its identity.

        Raises:
            StorageError: the folder cannot be written.
        """
        found = identified(job, self.root)
        folder = self.folder(found.uid)
        folder.mkdir(parents=True)
        write_job(folder, found)
        return found

    def discard(self, uid: str) -> None:
        """Remove the folder of a job that could not be created after all."""
        shutil.rmtree(self.folder(uid), ignore_errors=True)

    def read(self, uid: str) -> TrainingJob:
        """Return a job with its status.

        Raises:
            AzuraForgeError: it is not there or cannot be read.
        """
        folder = self.folder(uid)
        job, status = read_job(folder).job, read_status(folder)
        return job.model_copy(update={"status": status.to_document() if status else None})

    def change(self, uid: str, **fields: object) -> TrainingJob:
        """Change fields of a job's spec and return the job with its status.

        Raises:
            AzuraForgeError: it is not there, or cannot be written.
        """
        job = self.read(uid)
        metadata = job.metadata.model_copy(update={"generation": job.metadata.generation + 1})
        changed = job.model_copy(
            update={"spec": job.spec.model_copy(update=fields), "metadata": metadata}
        )
        write_job(self.folder(uid), changed)
        return changed

    def mark_deleted(self, uid: str) -> TrainingJob:
        """Note that a job's object is gone; the folder stays for its history and its model.

        Raises:
            AzuraForgeError: it is not there, or cannot be written.
        """
        job = self.read(uid)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        metadata = job.metadata.model_copy(update={"deletion_timestamp": now})
        deleted = job.model_copy(update={"metadata": metadata})
        write_job(self.folder(uid), deleted)
        return deleted

    def all(self) -> Iterator[TrainingJob]:
        """Return every job that can be read, oldest first; what cannot is logged and left."""
        found = []
        for path in self.root.glob("[!.]*"):  # what is hidden is not in place (yet, or any more)
            try:
                job = self.read(path.name)
            except AzuraForgeError as error:
                _logger.warning("%s", error, extra={"event": "unreadable_run"})
                continue
            if job.metadata.uid == path.name:  # identity is the folder's, never a file's word
                found.append(job)
        return iter(sorted(found, key=lambda job: job.metadata.creation_timestamp or ""))
