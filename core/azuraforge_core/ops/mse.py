"""Mean squared error.

Called through the loss that a job's training names. The mean runs over every element; the result
keeps one dimension so that it stays on the device.
"""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor

__all__ = ["mse"]


def mse(prediction: Tensor, truth: Tensor) -> Tensor:
    """Return the mean of (prediction - truth)², shape ``(1,)``."""
    return apply(_MSE, prediction, truth)


def _forward(prediction: Array, truth: Array) -> tuple[Array, Array]:
    error = prediction - truth
    return (error * error).mean(keepdims=True).reshape(1), error


def _backward(saved: Array, needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    slope = saved * (dy * (2.0 / saved.size))
    return slope, -slope if needs[1] else None


_MSE = Operation("mse", _forward, _backward)
