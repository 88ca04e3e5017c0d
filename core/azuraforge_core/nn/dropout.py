"""The dropout layer: owns a random stream named after its place in the model."""

from azuraforge_core.autograd.rng import stream_of
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.module import Module
from azuraforge_core.ops.dropout import DropoutMask, draw_mask, dropout

__all__ = ["Dropout"]


class Dropout(Module):
    """Drop elements while training.

    Args:
        rate: probability of dropping an element, 0 ≤ rate < 1.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        if not 0.0 <= rate < 1.0:
            raise ValueError(f"dropout rate must be at least 0 and below 1, got {rate}")
        self.rate = rate

    def mask(self) -> DropoutMask | None:
        """Return this step's mask for a fused operation, or None where nothing is dropped."""
        if not self.training or self.rate == 0.0:
            return None
        return draw_mask(self.rate, stream_of(f"dropout/{self.path}"))

    def __call__(self, x: Tensor) -> Tensor:
        """Return x of any shape with dropped elements zero and kept ones scaled."""
        mask = self.mask()
        return x if mask is None else dropout(x, mask)
