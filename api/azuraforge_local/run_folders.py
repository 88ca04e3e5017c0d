"""Which folder a run gets, and which folder ``--resume`` means.

Called by ``run``. A folder of a person is never written into unless that person named it with
``--resume``.
"""

import itertools
from pathlib import Path

from azuraforge_contract.errors import AzuraForgeError, JobFileError, StorageError
from azuraforge_contract.run_folder import RUNS, RunFolder
from azuraforge_local.job_file import read_job
from azuraforge_local.status_file import read_status

__all__ = ["RUNS", "create_folder", "create_numbered_folder", "find_latest_unfinished", "find_run"]


def create_folder(path: Path) -> Path:
    """Create the folder that a person named, and return it.

    An empty folder will do: it may be a mounted volume.

    Raises:
        JobFileError: it holds something already.
        StorageError: it cannot be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        is_empty = not any(path.iterdir())
    except (FileExistsError, NotADirectoryError):
        raise JobFileError(
            f"{path} is a file.", remedy="Name a folder that does not exist yet."
        ) from None
    except OSError as error:
        raise _cannot_create(path, error) from error
    if is_empty:
        return path
    if RunFolder(path).job_file.exists():
        raise JobFileError(
            f"{path} holds a run already.",
            remedy=f"Go on with it: azuraforge run --resume --out {path}. Or name another folder.",
        )
    raise JobFileError(f"{path} is not empty.", remedy="Name a folder that does not exist yet.")


def create_numbered_folder(name: str) -> Path:
    """Create ``runs/<name>-<n>`` with the first number that is free, and return it.

    Raises:
        StorageError: it cannot be created.
    """
    for number in itertools.count(1):
        path = RUNS / f"{name}-{number}"
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise _cannot_create(path, error) from error
        return path
    raise AssertionError  # unreachable: the numbers do not end


def find_latest_unfinished(name: str) -> Path:
    """Return the folder of the job's latest run under ``runs`` that is not at its end.

    Raises:
        JobFileError: there is none.
    """
    candidates = [path for path in RUNS.glob(f"{name}-*") if _is_unfinished_run_of(path, name)]
    if not candidates:
        raise JobFileError(
            f"No unfinished run of {name} lies in {RUNS.absolute()}.",
            remedy="Name its folder with --out, or leave --resume out to start a new run.",
        )
    return max(candidates, key=lambda path: RunFolder(path).job_file.stat().st_mtime)


def find_run(uid: str, beside: Path) -> Path | None:
    """Return the folder of the run with this uid among those in a folder, or None."""
    for path in sorted(beside.glob("*")):
        try:
            if read_job(path).job.metadata.uid == uid:
                return path
        except AzuraForgeError:
            continue  # no run's folder
    return None


def _is_unfinished_run_of(path: Path, name: str) -> bool:
    try:
        if read_job(path).job.metadata.name != name:
            return False
        status = read_status(path)
    except AzuraForgeError:
        return False  # no run's folder, or of a newer release; naming it with --out says which
    return status is None or not status.phase.is_terminal


def _cannot_create(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path} cannot be created: {error.strerror}.",
        remedy="Check the permissions and the disk, or name another folder with --out.",
    )
