"""The watch over the loss: reads it now and then, and finds the first bad step exactly.

The training step keeps the latest losses and gradient norms on the device, so that no step waits
for the host. The fit loop calls `read` every few seconds, before each checkpoint and when an epoch
ends.
"""

import math
from dataclasses import dataclass

from azuraforge_core.optim.train_step import TrainStep

__all__ = ["BadStep", "LossWatch"]


@dataclass(frozen=True)
class BadStep:
    """The first step whose loss or gradient was no finite number.

    Attributes:
        step: counts from 1 over the whole run.
        what: ``loss`` or ``gradient``.
        value: what it was.
    """

    step: int
    what: str
    value: float


class LossWatch:
    """Losses since the last look.

    Args:
        step: the training step, restored if need be.
    """

    def __init__(self, step: TrainStep) -> None:
        self._step = step
        self._read = step.count

    def must_read(self, done: int) -> bool:
        """Whether the next step would overwrite a loss that nobody has read.

        Args:
            done: finished steps of the whole run.
        """
        return done - self._read >= self._step.settings.history

    def read(self, done: int) -> tuple[list[float], BadStep | None]:
        """Return the losses since the last look, oldest first, and the first bad step if any.

        Waits for the device.

        Args:
            done: finished steps of the whole run.
        """
        losses, norms = self._step.recent(done - self._read)
        first, self._read = self._read + 1, done
        bad = next(
            (
                BadStep(step, what, value)
                for step, pair in enumerate(
                    zip(losses.tolist(), norms.tolist(), strict=True), first
                )
                for what, value in zip(("loss", "gradient"), pair, strict=True)
                if not math.isfinite(value)
            ),
            None,
        )
        return losses.tolist(), bad
