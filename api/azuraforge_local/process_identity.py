"""Whether the trainer that an attempt was is still running.

Called by ``trainer_process`` for trainers that another ``azuraforge run`` had started.
"""

from typing import Final

from azuraforge_core.process_identity import is_same_process

__all__ = ["is_running"]

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
    return is_same_process(pid, start)


def _is_a_trainer(pid: int) -> bool:
    import psutil  # noqa: PLC0415 - slow to import, and not needed on Linux

    try:
        return _TRAINER_MODULE in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
