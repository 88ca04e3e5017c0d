"""The recurrent networks as layers."""

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.initializer import fan_in_uniform
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.parameter import Parameter
from azuraforge_core.ops.gru import gru
from azuraforge_core.ops.lstm import lstm

__all__ = ["Gru", "Lstm"]


class Lstm(Module):
    """One layer of long short-term memory; starts from U(±1/√hidden), as PyTorch's.

    Args:
        features: input columns.
        hidden: size of the hidden state.
        last_only: return the last hidden state alone.
    """

    def __init__(self, features: int, hidden: int, *, last_only: bool = False) -> None:
        super().__init__()
        self.last_only = last_only
        self.weight = Parameter((4 * hidden, hidden + features + 1), fan_in_uniform(hidden))

    def __call__(self, x: Tensor) -> Tensor:
        """Map ``(batch, time, feature)`` to hidden states ``(batch, [time,] hidden)``."""
        return lstm(x, self.weight, last_only=self.last_only)


class Gru(Module):
    """One layer of gated recurrent units; starts from U(±1/√hidden), as PyTorch's.

    Args:
        features: input columns.
        hidden: size of the hidden state.
        last_only: return the last hidden state alone.
    """

    def __init__(self, features: int, hidden: int, *, last_only: bool = False) -> None:
        super().__init__()
        self.last_only = last_only
        start = fan_in_uniform(hidden)
        self.input_weight = Parameter((3 * hidden, features + 1), start)
        self.hidden_weight = Parameter((3 * hidden, hidden), start)
        self.hidden_bias = Parameter((hidden,), start)

    def __call__(self, x: Tensor) -> Tensor:
        """Map ``(batch, time, feature)`` to hidden states ``(batch, [time,] hidden)``."""
        return gru(
            x, self.input_weight, self.hidden_weight, self.hidden_bias, last_only=self.last_only
        )
