"""Reading the job that an attempt carries out, and keeping it in the run's folder."""

import json
from pathlib import Path

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.format_version import FORMAT_VERSION, check_format_version
from azuraforge_contract.run_folder import RunFolder
from azuraforge_contract.training_job import TrainingJob, parse_training_job
from azuraforge_contract.yaml_loader import load_object
from azuraforge_core.store.atomic import write_file

__all__ = ["keep_job", "read_job"]


def read_job(path: Path) -> TrainingJob:
    """Return the job in a file: a person's YAML, or a run folder's ``job.json``.

    Raises:
        JobFileError: the file cannot be read or holds no TrainingJob with a uid.
        StorageError: it was written by a newer release.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise JobFileError(f"The job file {path} cannot be read: {error.strerror}.") from error
    document = load_object(content, source=str(path))
    if "formatVersion" in document:
        check_format_version(document.pop("formatVersion"), file=str(path))
    job = parse_training_job(document, source=str(path))
    if job.metadata.uid is None:
        raise JobFileError(
            f"{path}: metadata.uid is missing; whoever stores a job gives it one.",
            remedy="Start the job by `azuraforge run -f` or `kubectl apply -f`.",
        )
    return job


def keep_job(job: TrainingJob, run: RunFolder) -> None:
    """Write ``job.json`` unless it is there: the job is the same for all its attempts.

    Raises:
        StorageError: the run's volume is full, read-only or failing.
    """
    if run.job_file.exists():
        return
    document = {"formatVersion": FORMAT_VERSION, **job.to_document()}
    content = json.dumps(document, indent=2, ensure_ascii=False)
    write_file(run.job_file, content.encode())
