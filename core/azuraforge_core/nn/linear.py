"""The affine layer."""

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.initializer import Initializer, fan_in_uniform
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.parameter import Parameter
from azuraforge_core.ops.linear import linear

__all__ = ["Linear"]


class Linear(Module):
    """y = x wᵀ + b over the last dimension; starts as PyTorch's.

    Args:
        inputs: size of the last dimension of x ``(..., inputs)``.
        outputs: size of the last dimension of y ``(..., outputs)``.
        initializer: of weight and bias; U(±1/√inputs) by default.
    """

    def __init__(
        self, inputs: int, outputs: int, *, initializer: Initializer | None = None
    ) -> None:
        super().__init__()
        start = initializer or fan_in_uniform(inputs)
        self.weight = Parameter((outputs, inputs), start)
        self.bias = Parameter((outputs,), start)

    def __call__(self, x: Tensor) -> Tensor:
        """Map ``(..., inputs)`` to ``(..., outputs)``."""
        return linear(x, self.weight, self.bias)
