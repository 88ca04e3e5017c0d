"""One number of linear-algebra threads for a whole run: the sums of a product depend on it.

The trainer asks how many cores there are, the pipelines how many of them training shall use.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import threadpoolctl  # type: ignore[import-untyped]  # it ships no types

__all__ = ["available_cores", "blas_threads", "training_threads"]

_QUOTA_FILE: Final = Path("/sys/fs/cgroup/cpu.max")
_PARAMETERS_WORTH_THREADS: Final = 1_000_000
"""Products of smaller models take microseconds: waking a second thread costs more than it saves
(PatchTST of 25,000 parameters on two cores: 32 ms a step on one thread, 47 ms and more on two)."""


def available_cores(quota_file: Path = _QUOTA_FILE) -> int:
    """Return how many cores this process may use, at least 1: its affinity within its quota."""
    affinity = getattr(os, "sched_getaffinity", None)  # absent on macOS
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, min(cores, _quota(quota_file) or cores))


def training_threads(cores: int, parameters: int) -> int:
    """Return the threads for training a model step by step.

    Args:
        cores: cores that the job may use.
        parameters: trainable numbers of the model.
    """
    return cores if parameters >= _PARAMETERS_WORTH_THREADS else 1


@contextlib.contextmanager
def blas_threads(count: int) -> Iterator[None]:
    """Let the linear algebra library use ``count`` threads inside the block."""
    with threadpoolctl.threadpool_limits(limits=count, user_api="blas"):
        yield


def _quota(file: Path) -> int | None:
    """Return the whole cores of a control group's quota (cgroup v2), None without one."""
    try:
        quota, period = file.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else max(1, int(quota) // int(period))
