"""Logistic function: y = ½tanh(½x) + ½, which overflows nowhere."""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["sigmoid", "sigmoid_forward"]


def sigmoid(x: Tensor) -> Tensor:
    """Apply the function element by element."""
    return apply(_SIGMOID, x)


def sigmoid_forward(x: Array) -> tuple[Array, tuple[Array]]:
    """Return y, and y again: the backward needs nothing else."""
    y = array_module(x).tanh(x * 0.5)
    y *= 0.5
    y += 0.5
    return y, (y,)


def _backward(saved: tuple[Array], needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    del needs  # the only input
    (y,) = saved
    return (dy * (y * (1.0 - y)),)


_SIGMOID = Operation("sigmoid", sigmoid_forward, _backward)
