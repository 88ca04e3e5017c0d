"""The position-wise network of a transformer as a layer."""

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.dropout import Dropout
from azuraforge_core.nn.linear import Linear
from azuraforge_core.nn.module import Module
from azuraforge_core.ops.feed_forward import FeedForwardWeights, feed_forward

__all__ = ["FeedForward"]


class FeedForward(Module):
    """Linear, GELU, dropout, linear.

    Args:
        features: size of a token.
        hidden: size of the hidden layer.
        dropout: rate for the hidden layer.
    """

    def __init__(self, features: int, hidden: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.inner = Linear(features, hidden)
        self.outer = Linear(hidden, features)
        self.hidden_dropout = Dropout(dropout)

    def __call__(self, x: Tensor) -> Tensor:
        """Map tokens ``(..., feature)`` to the same shape."""
        weights = FeedForwardWeights(
            self.inner.weight, self.inner.bias, self.outer.weight, self.outer.bias
        )
        return feed_forward(x, weights, mask=self.hidden_dropout.mask())
