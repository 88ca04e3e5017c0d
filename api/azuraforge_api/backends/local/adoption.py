"""Finds the trainers that an earlier process of the service has left running."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuraforge_local.attempt_files import list_attempts
from azuraforge_local.process_identity import is_running

__all__ = ["CUDA_DEVICES", "LivingTrainer", "find_trainer"]

CUDA_DEVICES: Final = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True)
class LivingTrainer:
    """A trainer that nobody looks after.

    Attributes:
        pid: its process number.
        gpu: number of the GPU that it was given, None for one on the CPU.
    """

    pid: int
    gpu: int | None


def find_trainer(run: Path) -> LivingTrainer | None:
    """Return the trainer of a run that runs now, or None."""
    for files in list_attempts(run):
        record = files.read_process()
        if record is not None and is_running(record.pid, record.start):
            return LivingTrainer(record.pid, _gpu_of(record.pid))
    return None


def _gpu_of(pid: int) -> int | None:
    import psutil  # noqa: PLC0415 - slow to import, and needed after a restart only

    try:
        named = psutil.Process(pid).environ().get(CUDA_DEVICES, "")
    except psutil.Error:
        return None
    return int(named) if named.isdigit() else None
