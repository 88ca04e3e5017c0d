"""Hyperbolic tangent."""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["tanh", "tanh_forward"]


def tanh(x: Tensor) -> Tensor:
    """Apply the function element by element."""
    return apply(_TANH, x)


def tanh_forward(x: Array) -> tuple[Array, tuple[Array]]:
    """Return y, and y again: the backward needs nothing else."""
    y = array_module(x).tanh(x)
    return y, (y,)


def _backward(saved: tuple[Array], needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    del needs  # the only input
    (y,) = saved
    return (dy * (1.0 - y * y),)


_TANH = Operation("tanh", tanh_forward, _backward)
