"""The losses of the last steps, kept on the device so that no step waits for the host.

A step writes its loss; every few seconds, and wherever the host waits anyway, all are read at once
and the first one that is no finite number is found exactly.
"""

from dataclasses import dataclass

from azuraforge_core.autograd.array import Array
from azuraforge_core.device import Device, to_host

__all__ = ["LossRing", "StepLoss"]


@dataclass(frozen=True)
class StepLoss:
    """The loss of one step."""

    step: int
    loss: float


class LossRing:
    """Losses of steps not yet read.

    Args:
        device: where the losses are computed.
        capacity: steps between two reads at most.
    """

    def __init__(self, device: Device, *, capacity: int = 512) -> None:
        self._losses: Array = device.xp.zeros(capacity, dtype="float32")
        self._first_step = 0
        self._count = 0

    @property
    def is_full(self) -> bool:
        """Whether the next `record` has no room: read first."""
        return self._count == len(self._losses)

    def record(self, step: int, loss: Array) -> None:
        """Keep the loss of a step, an array with one element; steps come without a gap."""
        if self._count == 0:
            self._first_step = step
        self._losses[self._count] = loss.reshape(())
        self._count += 1

    def read(self) -> list[StepLoss]:
        """Return all losses since the last read, oldest first. Waits for the device."""
        values = to_host(self._losses[: self._count]).tolist()
        self._count = 0
        return [StepLoss(self._first_step + index, loss) for index, loss in enumerate(values)]
