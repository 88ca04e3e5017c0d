"""Sum of two tensors, element by element."""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.ops.broadcast import sum_to_shape

__all__ = ["add"]


def add(left: Tensor, right: Tensor) -> Tensor:
    """Return left + right; shapes broadcast."""
    return apply(_ADD, left, right)


def _forward(left: Array, right: Array) -> tuple[Array, tuple[tuple[int, ...], tuple[int, ...]]]:
    return left + right, (left.shape, right.shape)


def _backward(
    saved: tuple[tuple[int, ...], tuple[int, ...]], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    left, right = saved
    return (
        sum_to_shape(dy, left) if needs[0] else None,
        sum_to_shape(dy, right) if needs[1] else None,
    )


_ADD = Operation("add", _forward, _backward)
