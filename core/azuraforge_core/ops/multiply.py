"""Product of two tensors, element by element."""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.ops.broadcast import sum_to_shape

__all__ = ["multiply"]


def multiply(left: Tensor, right: Tensor) -> Tensor:
    """Return left · right; shapes broadcast."""
    return apply(_MULTIPLY, left, right)


def _forward(left: Array, right: Array) -> tuple[Array, tuple[Array, Array]]:
    return left * right, (left, right)


def _backward(
    saved: tuple[Array, Array], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    left, right = saved
    return (
        sum_to_shape(dy * right, left.shape) if needs[0] else None,
        sum_to_shape(dy * left, right.shape) if needs[1] else None,
    )


_MULTIPLY = Operation("multiply", _forward, _backward)
