"""A tensor: an array that a tape may differentiate.

Operations take and return tensors; `nn.Parameter` is the tensor that an optimizer updates.
"""

from typing import Any

from azuraforge_core.autograd.array import Array

__all__ = ["Tensor"]


class Tensor:
    """An array with the gradient that the tape's backward pass gives it.

    Attributes:
        array: the values, on the CPU or on a GPU.
        requires_grad: whether a loss is differentiated with respect to it.
        grad: the gradient while a backward pass needs it, of the array's shape.
    """

    __slots__ = ("array", "grad", "requires_grad")

    def __init__(self, array: Array, *, requires_grad: bool = False) -> None:
        self.array = array
        self.requires_grad = requires_grad
        self.grad: Array | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the dimensions."""
        return self.array.shape

    @property
    def dtype(self) -> Any:
        """Element type."""
        return self.array.dtype

    def accumulate(self, gradient: Array) -> None:
        """Add one path's gradient; a given array may be shared, so it is never written to."""
        self.grad = gradient if self.grad is None else self.grad + gradient

    def __repr__(self) -> str:
        kind = type(self).__name__
        return f"{kind}(shape={self.shape}, dtype={self.dtype}, requires_grad={self.requires_grad})"
