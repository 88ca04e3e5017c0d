"""GRU: a recurrent network with two gates, a quarter smaller than an LSTM of its size."""

from typing import Literal

from pydantic import Field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.models.last_state import LastStateForecaster
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.nn.dropout import Dropout
from azuraforge_core.nn.recurrent import Gru
from azuraforge_core.nn.revin import WindowNormalization

__all__ = ["GruConfig", "GruForecaster"]


class GruConfig(StrictModel):
    """A recurrent network over all columns, simpler than the LSTM."""

    kind: Literal["gru"] = "gru"
    hidden: int = Field(default=64, ge=1)
    """Size of the hidden state."""
    layers: int = Field(default=1, ge=1)
    """Recurrent layers on top of each other."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Rate between layers and before the head."""
    normalization: WindowNormalization = WindowNormalization.LAST_VALUE
    """What is taken off the targets of each window first and added to the forecast."""


class GruForecaster(LastStateForecaster):
    """The model.

    Args:
        config: its settings.
        shape: the window's sizes.
    """

    def __init__(self, config: GruConfig, shape: WindowShape) -> None:
        super().__init__(shape, features=config.hidden, normalization=config.normalization)
        self.layers = tuple(
            Gru(
                config.hidden if index else shape.channels,
                config.hidden,
                last_only=index == config.layers - 1,
            )
            for index in range(config.layers)
        )
        self.dropouts = tuple(Dropout(config.dropout) for _ in range(config.layers))

    def last_state(self, x: Tensor) -> Tensor:
        """Read windows ``(batch, lookback, channel)``: ``(batch, hidden)``."""
        state = x
        for layer, dropout in zip(self.layers, self.dropouts, strict=True):
            state = dropout(layer(state))
        return state
