"""Mean absolute error.

Called through the loss that a job's training names. The mean runs over every element; the result
keeps one dimension so that it stays on the device.
"""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["mae"]


def mae(prediction: Tensor, truth: Tensor) -> Tensor:
    """Return the mean of |prediction - truth|, shape ``(1,)``; its slope at 0 is 0."""
    return apply(_MAE, prediction, truth)


def _forward(prediction: Array, truth: Array) -> tuple[Array, Array]:
    error = prediction - truth
    return array_module(error).abs(error).mean(keepdims=True).reshape(1), error


def _backward(saved: Array, needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    slope = array_module(saved).sign(saved) * (dy * (1.0 / saved.size))
    return slope, -slope if needs[1] else None


_MAE = Operation("mae", _forward, _backward)
