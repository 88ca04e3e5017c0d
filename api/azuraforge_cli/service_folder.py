"""The folder that ``azuraforge up`` keeps everything in: writable, and of one service at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from azuraforge_contract.errors import JobFileError, StorageError

__all__ = ["hold_service_folder"]

_LOCK: Final = ".service.lock"


@contextmanager
def hold_service_folder(folder: Path) -> Iterator[None]:
    """Create the folder and keep other services out of it; the lock ends with this process.

    Two services on one folder would run twice as many jobs as either was told to.

    Raises:
        JobFileError: another service has it.
        StorageError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written: {error.strerror}.", remedy="Choose another --data."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
        yield
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        raise JobFileError(
            f"{folder} is served by another `azuraforge up` (process {holder}).",
            remedy="Use that one, stop it, or choose another --data.",
        ) from None
    finally:
        os.close(descriptor)
