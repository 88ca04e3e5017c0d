"""Whether the process that an attempt was is still running, though its number may be used again.

Called by ``trainer_process`` for trainers that another ``azuraforge run`` had started.
"""

from pathlib import Path
from typing import Final

__all__ = ["is_running"]

_PROC: Final = Path("/proc")
_START_FIELD: Final = 19
"""Field 22 of ``/proc/<pid>/stat``, counted from the state, which is field 3."""
_GONE_STATES: Final = "ZXx"
_TRAINER_MODULE: Final = "azuraforge_trainer"


def is_running(pid: int, start: str | None) -> bool:
    """Return whether the process with this number and this start runs, zombies excepted.

    Args:
        pid: process number.
        start: clock ticks from boot to the process's start, as Linux tells them; None elsewhere,
            where the process's command line is asked instead.
    """
    if start is None:
        return _is_a_trainer(pid)
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    fields = text.rpartition(")")[2].split()
    return fields[0] not in _GONE_STATES and fields[_START_FIELD] == start


def _is_a_trainer(pid: int) -> bool:
    import psutil  # noqa: PLC0415 - slow to import, and not needed on Linux

    try:
        return _TRAINER_MODULE in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
