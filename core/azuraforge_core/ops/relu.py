"""Rectified linear unit: y = max(x, 0); its slope at 0 is 0."""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["relu", "relu_forward"]


def relu(x: Tensor) -> Tensor:
    """Apply the function element by element."""
    return apply(_RELU, x)


def relu_forward(x: Array) -> tuple[Array, tuple[Array]]:
    """Return y, and y again: the backward needs nothing else."""
    y = array_module(x).maximum(x, 0.0)
    return y, (y,)


def _backward(saved: tuple[Array], needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    del needs  # the only input
    (y,) = saved
    return (dy * (y > 0),)


_RELU = Operation("relu", relu_forward, _backward)
