"""Convolution along time as a layer."""

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.initializer import fan_in_uniform
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.parameter import Parameter
from azuraforge_core.ops.convolution import Strides, convolution

__all__ = ["Conv1d"]


class Conv1d(Module):
    """A convolution along time; starts from U(±1/√(kernel·inputs)), as PyTorch's.

    Args:
        inputs: columns of x.
        outputs: columns of y.
        kernel: time steps that one output looks at.
        strides: how the kernel lies over the time steps.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, *, strides: Strides) -> None:
        super().__init__()
        self.strides = strides
        start = fan_in_uniform(kernel * inputs)
        self.weight = Parameter((outputs, kernel, inputs), start)
        self.bias = Parameter((outputs,), start)

    def __call__(self, x: Tensor) -> Tensor:
        """Map ``(batch, time, inputs)`` to ``(batch, output time, outputs)``."""
        return convolution(x, self.weight, self.bias, strides=self.strides)
