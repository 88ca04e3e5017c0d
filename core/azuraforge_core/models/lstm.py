"""LSTM: a recurrent network over all columns whose last state gives the whole horizon.

It forecasts the change from the window's last value (or in the window's own scale), so that it need
not learn the level. Columns known ahead correct every step of the horizon.
"""

from typing import Literal

from pydantic import Field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.models.target_columns import normalize_targets
from azuraforge_core.nn.dropout import Dropout
from azuraforge_core.nn.future import FutureCorrection
from azuraforge_core.nn.linear import Linear
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.recurrent import Lstm
from azuraforge_core.nn.revin import WindowNorm, WindowNormalization
from azuraforge_core.ops.add import add
from azuraforge_core.ops.reshape import reshape

__all__ = ["LstmConfig", "LstmForecaster"]


class LstmConfig(StrictModel):
    """A recurrent network over all columns."""

    kind: Literal["lstm"] = "lstm"
    hidden: int = Field(default=64, ge=1)
    """Size of the hidden state."""
    layers: int = Field(default=1, ge=1)
    """Recurrent layers on top of each other."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Rate between layers and before the head."""
    normalization: WindowNormalization = WindowNormalization.LAST_VALUE
    """What is taken off the targets of each window first and added to the forecast."""


class LstmForecaster(Module):
    """The model.

    Args:
        config: its settings.
        shape: the window's sizes.
    """

    def __init__(self, config: LstmConfig, shape: WindowShape) -> None:
        super().__init__()
        self.shape = shape
        self.norm = WindowNorm(shape.targets, config.normalization)
        self.layers = tuple(
            Lstm(
                config.hidden if index else shape.channels,
                config.hidden,
                last_only=index == config.layers - 1,
            )
            for index in range(config.layers)
        )
        self.dropouts = tuple(Dropout(config.dropout) for _ in range(config.layers))
        self.head = Linear(config.hidden, shape.horizon * shape.targets)
        self.future = (
            FutureCorrection(shape.future_channels, shape.targets, config.hidden)
            if shape.future_channels
            else None
        )

    def __call__(self, x: Tensor, future: Tensor | None = None) -> Tensor:
        """Forecast the targets.

        Args:
            x: ``(batch, lookback, channel)``.
            future: ``(batch, horizon, future_channel)``, or None where nothing is known ahead.

        Returns:
            ``(batch, horizon, target)``.
        """
        state, window = normalize_targets(x, self.norm, self.shape.targets)
        for layer, dropout in zip(self.layers, self.dropouts, strict=True):
            state = dropout(layer(state))
        y = reshape(self.head(state), (x.shape[0], self.shape.horizon, self.shape.targets))
        if self.future is not None and future is not None:
            y = add(y, self.future(future))
        return self.norm.restore(y, window)
