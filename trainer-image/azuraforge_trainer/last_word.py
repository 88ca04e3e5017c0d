"""The attempt's last word: the termination message, built up as the attempt goes on.

Kept apart from the reporter so that the watchdog's thread and a second signal can write it at any
moment. An interim message stands in the file all along, so that an attempt that is killed has told
its last checkpoint and how much memory it held.
"""

import contextlib
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from azuraforge_contract.status import (
    AcceleratorStatus,
    CheckpointStatus,
    DatasetStatus,
    Progress,
)
from azuraforge_contract.termination import UNFINISHED, TerminationMessage
from azuraforge_trainer.memory_use import memory_in_use

__all__ = ["LastWord"]


@dataclass
class LastWord:
    """What is known so far.

    Attributes:
        path: the file that the executor reads; None where nobody does.
        step: last finished training step.
        checkpoint: the latest checkpoint saved or taken up.
        resumed_from_step: step that this attempt started from.
        progress: the latest progress.
        dataset: the data.
        accelerator: the device.
    """

    path: Path | None
    step: int | None = None
    checkpoint: CheckpointStatus | None = None
    resumed_from_step: int | None = None
    progress: Progress | None = None
    dataset: DatasetStatus | None = None
    accelerator: AcceleratorStatus | None = None

    _is_said: bool = field(default=False, init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)

    def keep(self) -> None:
        """Write what is known so far, unless the last word is said."""
        with self._lock:
            if not self._is_said:
                self._write(UNFINISHED, "")

    def write(self, reason: str, message: str) -> None:
        """Say the last word; what cannot be written is no reason to end otherwise."""
        with self._lock:
            self._is_said = True
            self._write(reason, message)

    def _write(self, reason: str, message: str) -> None:
        if self.path is None:
            return
        told = TerminationMessage(
            reason=reason,
            message=message,
            step=self.step,
            checkpoint=self.checkpoint,
            resumed_from_step=self.resumed_from_step,
            progress=self.progress,
            dataset=self.dataset,
            accelerator=self.accelerator,
            memory_bytes=memory_in_use(),
        )
        with contextlib.suppress(OSError):  # the exit code alone still tells the executor enough
            _replace_content(self.path, told.encode().encode())


def _replace_content(path: Path, content: bytes) -> None:
    """Write a file that cannot be replaced by renaming, since the kubelet mounts it by itself.

    One write covers what was there before, by spaces where need be: whoever reads after a kill at
    any moment finds the old content or the new.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.pwrite(descriptor, content.ljust(os.fstat(descriptor).st_size), 0)
        os.ftruncate(descriptor, len(content))
    finally:
        os.close(descriptor)
