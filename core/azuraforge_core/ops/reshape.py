"""Another shape for the same elements."""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor

__all__ = ["reshape"]


def reshape(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return x with another shape, elements in row-major order."""
    return apply(_RESHAPE, x, shape=shape)


def _forward(x: Array, *, shape: tuple[int, ...]) -> tuple[Array, tuple[int, ...]]:
    return x.reshape(shape), x.shape


def _backward(
    saved: tuple[int, ...], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    del needs  # the only input
    return (dy.reshape(saved),)


_RESHAPE = Operation("reshape", _forward, _backward)
