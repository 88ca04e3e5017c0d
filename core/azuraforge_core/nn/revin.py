"""Removing each window's own level before a network and giving it back behind it."""

from enum import StrEnum

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.initializer import Constant
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.parameter import Parameter
from azuraforge_core.ops.revin import (
    WindowLevel,
    last_value_level,
    normalize,
    restore,
    window_level,
)

__all__ = ["WindowNorm", "WindowNormalization"]


class WindowNormalization(StrEnum):
    """What is taken off each window's target columns and added to the forecast."""

    REVIN = "revin"
    """Mean and standard deviation over the lookback (reversible instance normalization)."""
    LAST_VALUE = "last-value"
    """The last value; the scale stays."""
    NONE = "none"
    """Nothing."""


class WindowNorm(Module):
    """Normalize windows and restore forecasts.

    Args:
        channels: columns to normalize.
        kind: what is taken off.
        affine: whether a gain and bias per column are learned.
    """

    def __init__(self, channels: int, kind: WindowNormalization, *, affine: bool = False) -> None:
        super().__init__()
        self.kind = kind
        self.gain = Parameter((channels,), Constant(1.0)) if affine else None
        self.bias = Parameter((channels,), Constant(0.0)) if affine else None

    def level(self, x: Tensor) -> WindowLevel | None:
        """Measure windows ``(batch, lookback, channel)``; None where nothing is taken off."""
        if self.kind is WindowNormalization.NONE:
            return None
        if self.kind is WindowNormalization.LAST_VALUE:
            return last_value_level(x)
        return window_level(x)

    def normalize(self, x: Tensor, window: WindowLevel | None) -> Tensor:
        """Take the level off x ``(batch, time, channel)``."""
        return x if window is None else normalize(x, window, self.gain, self.bias)

    def restore(self, y: Tensor, window: WindowLevel | None) -> Tensor:
        """Give the level back to y ``(batch, time, channel)``."""
        return y if window is None else restore(y, window, self.gain, self.bias)
