"""At most one ``azuraforge run`` carries out a run at a time.

Called when a run is opened. The lock is the kernel's: it ends with the process that holds it,
however that process ends.
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from azuraforge_contract.errors import JobFileError, StorageError

__all__ = ["hold_executor_lock", "is_executor_alive"]

_NAME: Final = ".executor.lock"
_WITHOUT_LOCKS: Final = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}
"""How file systems without locks answer; there, nobody keeps two commands apart."""
_TRIES: Final = 5
_PAUSE_SECONDS: Final = 0.05
"""`azuraforge status` holds the lock for an instant while it asks who else does."""


@contextmanager
def hold_executor_lock(run: Path) -> Iterator[None]:
    """Hold the lock of a run's folder.

    Raises:
        JobFileError: another process holds it.
        StorageError: the folder cannot be written.
    """
    try:
        descriptor = os.open(run / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageError(
            f"{run} cannot be written: {error.strerror}.",
            remedy="Check the folder's permissions, or choose another one with --out.",
        ) from error
    try:
        if not _try_lock_again(descriptor):
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            raise JobFileError(
                f"{run} is being carried out by another `azuraforge run` (process {holder}).",
                remedy=f"Wait for it or stop it; `azuraforge status {run}` shows how it stands.",
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


def is_executor_alive(run: Path) -> bool:
    """Return whether some ``azuraforge run`` carries the run out now."""
    try:
        descriptor = os.open(run / _NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _try_lock(descriptor)
    finally:
        os.close(descriptor)


def _try_lock_again(descriptor: int) -> bool:
    for _ in range(_TRIES):
        if _try_lock(descriptor):
            return True
        time.sleep(_PAUSE_SECONDS)
    return False


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise
    return True
