"""The attempt's last word: the termination message, built up as the attempt goes on.

Kept apart from the reporter so that the watchdog's thread and a second signal can write it at any
moment.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from azuraforge_contract.status import (
    AcceleratorStatus,
    CheckpointStatus,
    DatasetStatus,
    Progress,
)
from azuraforge_contract.termination import TerminationMessage

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

    def write(self, reason: str, message: str) -> None:
        """Write the file; what cannot be written is no reason to end otherwise."""
        if self.path is None:
            return
        text = TerminationMessage(
            reason=reason,
            message=message,
            step=self.step,
            checkpoint=self.checkpoint,
            resumed_from_step=self.resumed_from_step,
            progress=self.progress,
            dataset=self.dataset,
            accelerator=self.accelerator,
        ).encode()
        with contextlib.suppress(OSError):  # the exit code alone still tells the executor enough
            self.path.write_text(text, encoding="utf-8")
