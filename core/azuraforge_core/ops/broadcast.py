"""The adjoint of broadcasting, shared by the element-wise operations of two tensors."""

from azuraforge_core.autograd.array import Array

__all__ = ["sum_to_shape"]


def sum_to_shape(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the dimensions along which an input of ``shape`` was repeated."""
    extra = gradient.ndim - len(shape)
    repeated = tuple(
        axis
        for axis in range(gradient.ndim)
        if axis < extra or (shape[axis - extra] == 1 and gradient.shape[axis] != 1)
    )
    return gradient.sum(axis=repeated).reshape(shape) if repeated else gradient
