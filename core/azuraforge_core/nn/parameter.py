"""Parameters and buffers: the arrays a module owns.

A parameter is a tensor whose values and gradient are views into the model's arenas; a buffer is an
array that training changes without a gradient, such as running statistics.
"""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.initializer import Initializer

__all__ = ["Buffer", "Parameter"]


class Parameter(Tensor):
    """A tensor that the optimizer updates; it has an array only after `place`."""

    __slots__ = ("initializer", "planned_shape")

    def __init__(self, shape: tuple[int, ...], initializer: Initializer) -> None:
        # `array` stays unset until the model is placed: a description costs no memory
        self.planned_shape = shape
        self.initializer = initializer
        self.requires_grad = True
        self.grad: Array | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the dimensions, known before the parameter is placed."""
        return self.planned_shape

    def accumulate(self, gradient: Array) -> None:
        """Add to the gradient in its arena, in place."""
        if self.grad is None:
            super().accumulate(gradient)
        else:
            self.grad += gradient


class Buffer:
    """An array that belongs to a model's state and is no parameter."""

    __slots__ = ("array", "initializer", "planned_shape")

    array: Array

    def __init__(self, shape: tuple[int, ...], initializer: Initializer) -> None:
        self.planned_shape = shape
        self.initializer = initializer
