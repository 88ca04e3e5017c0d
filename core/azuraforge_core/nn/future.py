"""What is known ahead, such as the calendar, turned into a correction of every forecast step."""

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.linear import Linear
from azuraforge_core.nn.module import Module
from azuraforge_core.ops.gelu import gelu

__all__ = ["FutureCorrection"]


class FutureCorrection(Module):
    """A small network applied to each step of the horizon alike.

    Args:
        future_channels: columns known ahead.
        targets: columns that are forecast.
        hidden: size of the hidden layer.
    """

    def __init__(self, future_channels: int, targets: int, hidden: int) -> None:
        super().__init__()
        self.inner = Linear(future_channels, hidden)
        self.outer = Linear(hidden, targets)

    def __call__(self, future: Tensor) -> Tensor:
        """Map ``(batch, horizon, future_channel)`` to ``(batch, horizon, target)``."""
        return self.outer(gelu(self.inner(future)))
