"""Becomes one trainer process: started as a script by ``trainer_process``, ends in ``exec``.

Written down before the trainer exists: its process number and start, so that whoever takes over
from a killed ``azuraforge run`` never starts a second trainer beside a living one. On Linux the
kernel is asked to send SIGTERM when ``azuraforge run`` dies, on which a trainer saves a checkpoint
and ends; elsewhere it goes on and is taken over.

Standard library only, and few modules of it: Python starts it with ``-I -S`` in milliseconds.
"""

import json
import os
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_STORAGE_ERROR = 74


def main() -> None:
    """Note this process down in a file, tie it to its parent and become the command.

    Arguments: path of the record, attempt, process number of the parent that it shall end with
    (0: none), then the command.
    """
    record, attempt, parent, *command = sys.argv[1:]
    if sys.platform == "linux" and int(parent):
        _end_with_parent(int(parent))
    try:
        _write(record, int(attempt))
    except OSError as error:
        sys.stderr.write(f"cannot write {record}: {error}\n")
        sys.exit(_STORAGE_ERROR)
    os.execv(command[0], command)  # noqa: S606 - the command is our own, without a shell


def _end_with_parent(parent: int) -> None:
    import ctypes  # noqa: PLC0415 - not needed, and slow to import, on other systems

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        sys.exit(128 + signal.SIGTERM)


def _write(record: str, attempt: int) -> None:
    """Write the record whole: a temporary name, flushed, renamed."""
    document = {
        "formatVersion": 1,
        "attempt": attempt,
        "pid": os.getpid(),
        "start": _start(),
        "created": _now(),
    }
    temporary = f"{record}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib doubles the start
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, record)  # noqa: PTH104 - pathlib doubles the time to start


def _now() -> str:
    """Return the time as RFC 3339 in UTC, to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{seconds}.{milliseconds % 1000:03d}Z"


def _start() -> str | None:
    """Return what tells this process from others that had its number; ``exec`` keeps it."""
    try:
        with open("/proc/self/stat", encoding="utf-8") as file:  # noqa: PTH123 - as above
            return file.read().rpartition(")")[2].split()[19]
    except OSError:
        return None


if __name__ == "__main__":
    main()
