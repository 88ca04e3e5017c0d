"""Opens the run that a person asked for: a new folder, or one to go on with.

Called by ``run``. Nothing is created before the job is known to be valid.
"""

from dataclasses import dataclass
from pathlib import Path

from azuraforge_cli.job_source import JobSource, checked_job, read_source
from azuraforge_cli.overrides import apply_settings, choose_device
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.rules import UPDATE_RULES
from azuraforge_contract.run_folder import RunFolder
from azuraforge_contract.training_job import TrainingJob
from azuraforge_local.job_file import StoredJob, identified, read_job, write_job
from azuraforge_local.run_folders import (
    RUNS,
    create_folder,
    create_numbered_folder,
    find_latest_unfinished,
    find_run,
)

__all__ = ["OpenedRun", "RunRequest", "open_run"]


@dataclass(frozen=True)
class RunRequest:
    """What was typed after ``azuraforge run``."""

    file: Path | None
    settings: tuple[str, ...]
    out: Path | None
    resume: bool
    device: str | None


@dataclass(frozen=True)
class OpenedRun:
    """A run whose folder holds its job.

    Attributes:
        folder: as a person would type it.
        stored: the job in it.
        is_resumed: whether the run was there before.
    """

    folder: Path
    stored: StoredJob
    is_resumed: bool


def open_run(request: RunRequest) -> OpenedRun:
    """Return the run of a request.

    Raises:
        JobFileError: the job is wrong, or the folder is not what the request says.
        StorageError: the folder cannot be written.
    """
    return _resumed(request) if request.resume else _created(request)


def _created(request: RunRequest) -> OpenedRun:
    if request.file is None:
        raise JobFileError(
            "Which job?", remedy="Name its file, as in: azuraforge run -f examples/weather.yaml"
        )
    source = read_source(request.file, request.settings, request.device)
    job = identified(checked_job(source), source.folder)
    name = job.metadata.name
    _check_inheritance(job, request.out.parent if request.out else RUNS)
    folder = create_folder(request.out) if request.out else create_numbered_folder(name)
    write_job(folder, job)
    return OpenedRun(folder, StoredJob(job, source.folder), is_resumed=False)


def _resumed(request: RunRequest) -> OpenedRun:
    source = None
    if request.file is not None:
        source = read_source(request.file, request.settings, request.device)
    folder = request.out or _latest_run_of(source)
    stored = read_job(folder)
    wanted = _wanted(stored, source, request)
    if wanted != stored.job:
        _refuse_changes(stored.job, wanted, folder)
        write_job(folder, wanted)
    return OpenedRun(folder, StoredJob(wanted, stored.working_directory), is_resumed=True)


def _latest_run_of(source: JobSource | None) -> Path:
    if source is None:
        raise JobFileError(
            "Which run?",
            remedy="Name its folder: azuraforge run --resume --out runs/NAME-1. "
            "Or its job file: azuraforge run --resume -f job.yaml",
        )
    return find_latest_unfinished(checked_job(source).metadata.name)


def _wanted(stored: StoredJob, source: JobSource | None, request: RunRequest) -> TrainingJob:
    """Return the stored object with the spec that the request asks for."""
    if source is None:
        document = apply_settings(stored.job.to_document(), request.settings)
        if request.device is not None:
            document = choose_device(document, request.device)
        source = JobSource("the changed job", stored.working_directory, document)
    spec = checked_job(source).spec
    if spec == stored.job.spec:
        return stored.job
    metadata = stored.job.metadata.model_copy(
        update={"generation": stored.job.metadata.generation + 1}
    )
    return stored.job.model_copy(update={"spec": spec, "metadata": metadata})


def _check_inheritance(job: TrainingJob, beside: Path) -> None:
    """Refuse a run to start from that no trainer would find: it looks for a folder of that name."""
    wanted = job.spec.resume_from
    if wanted is None or RunFolder(beside / wanted).checkpoints.is_dir():
        return
    found = find_run(wanted, beside)
    raise JobFileError(
        f"spec.resumeFrom: no run lies in {beside / wanted}.",
        remedy=f"On this machine, name the folder instead of the uid: resumeFrom: {found.name}"
        if found is not None
        else "Name a folder beside the new run's, such as NAME-1.",
    )


def _refuse_changes(old: TrainingJob, new: TrainingJob, folder: Path) -> None:
    before = old.spec.model_dump(mode="json", by_alias=True)
    after = new.spec.model_dump(mode="json", by_alias=True)
    broken = [rule.message for rule in UPDATE_RULES if not rule.holds(before, after)]
    if broken:
        raise JobFileError(
            f"{folder} was started with another job: {' '.join(broken)}",
            remedy="To go on unchanged, leave -f, --set and --device out; "
            "to train the changed job, leave --resume out.",
        )
