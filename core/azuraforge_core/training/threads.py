"""How many cores this process may compute with; asked once by the trainer."""

import os
from pathlib import Path
from typing import Final

__all__ = ["available_cores"]

_QUOTA_FILE: Final = Path("/sys/fs/cgroup/cpu.max")


def available_cores(quota_file: Path = _QUOTA_FILE) -> int:
    """Return how many cores this process may use, at least 1: its affinity within its quota."""
    affinity = getattr(os, "sched_getaffinity", None)  # absent on macOS
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, min(cores, _quota(quota_file) or cores))


def _quota(file: Path) -> int | None:
    """Return the whole cores of a control group's quota (cgroup v2), None without one."""
    try:
        quota, period = file.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else max(1, int(quota) // int(period))
