"""Dimensions in another order."""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor

__all__ = ["transpose"]


def transpose(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Return x with dimension ``axes[i]`` in place i; the elements are not copied."""
    return apply(_TRANSPOSE, x, axes=axes)


def _forward(x: Array, *, axes: tuple[int, ...]) -> tuple[Array, tuple[int, ...]]:
    return x.transpose(axes), axes


def _backward(
    saved: tuple[int, ...], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    del needs  # the only input
    return (dy.transpose(sorted(range(len(saved)), key=saved.__getitem__)),)


_TRANSPOSE = Operation("transpose", _forward, _backward)
