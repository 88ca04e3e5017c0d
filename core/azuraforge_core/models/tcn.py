"""TCN: causal convolutions that reach twice as far with every level.

Bai, Kolter and Koltun, "An Empirical Evaluation of Generic Convolutional and Recurrent Networks for
Sequence Modeling", 2018: residual blocks of two causal convolutions with ReLU and dropout, their
dilation doubled from block to block. The published code normalizes the weights; ours does not.
"""

from typing import Literal

from pydantic import Field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.models.last_state import LastStateForecaster
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.nn.convolution import Conv1d
from azuraforge_core.nn.dropout import Dropout
from azuraforge_core.nn.linear import Linear
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.revin import WindowNormalization
from azuraforge_core.ops.add import add
from azuraforge_core.ops.convolution import Strides
from azuraforge_core.ops.narrow import narrow
from azuraforge_core.ops.relu import relu
from azuraforge_core.ops.reshape import reshape

__all__ = ["TcnConfig", "TcnForecaster", "levels_that_reach"]


class TcnConfig(StrictModel):
    """A convolutional network over all columns."""

    kind: Literal["tcn"] = "tcn"
    features: int = Field(default=32, ge=1)
    """Columns within the network."""
    kernel_size: int = Field(default=3, ge=2, le=64)
    """Time steps that one convolution looks at."""
    levels: int | None = Field(default=None, ge=1, le=16)
    """Residual blocks, each looking twice as far apart as the one below; null: as many as it takes
    for the forecast to see the whole lookback."""
    dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Rate behind each convolution."""
    normalization: WindowNormalization = WindowNormalization.LAST_VALUE
    """What is taken off the targets of each window first and added to the forecast."""


class _Block(Module):
    """Two causal convolutions added to what came in.

    Args:
        inputs: columns that come in.
        config: the model's settings.
        dilation: time steps between the elements of a kernel.
    """

    def __init__(self, inputs: int, config: TcnConfig, *, dilation: int) -> None:
        super().__init__()
        reach = (config.kernel_size - 1) * dilation
        strides = Strides(dilation=dilation, pad_start=reach)
        features, kernel = config.features, config.kernel_size
        self.inner = Conv1d(inputs, features, kernel, strides=strides)
        self.outer = Conv1d(features, features, kernel, strides=strides)
        self.inner_dropout = Dropout(config.dropout)
        self.outer_dropout = Dropout(config.dropout)
        self.shortcut = Linear(inputs, features) if inputs != features else None

    def __call__(self, x: Tensor) -> Tensor:
        """Map ``(batch, time, inputs)`` to ``(batch, time, features)``."""
        state = self.inner_dropout(relu(self.inner(x)))
        state = self.outer_dropout(relu(self.outer(state)))
        return relu(add(state, x if self.shortcut is None else self.shortcut(x)))


class TcnForecaster(LastStateForecaster):
    """The model.

    Args:
        config: its settings.
        shape: the window's sizes.
    """

    def __init__(self, config: TcnConfig, shape: WindowShape) -> None:
        super().__init__(shape, features=config.features, normalization=config.normalization)
        levels = config.levels or levels_that_reach(shape.lookback, config.kernel_size)
        self.blocks = tuple(
            _Block(config.features if level else shape.channels, config, dilation=2**level)
            for level in range(levels)
        )

    def last_state(self, x: Tensor) -> Tensor:
        """Read windows ``(batch, lookback, channel)``: ``(batch, feature)``."""
        state = x
        for block in self.blocks:
            state = block(state)
        last = narrow(state, axis=1, start=x.shape[1] - 1, stop=x.shape[1])
        return reshape(last, (x.shape[0], state.shape[2]))


def levels_that_reach(lookback: int, kernel_size: int) -> int:
    """Return the fewest levels whose last output sees ``lookback`` time steps.

    Two convolutions a level reach back 1 + 2·(kernel_size - 1)·(2^levels - 1) steps in all.
    """
    levels = 1
    while 1 + 2 * (kernel_size - 1) * (2**levels - 1) < lookback:
        levels += 1
    return levels
