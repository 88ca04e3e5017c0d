"""Huber's loss: squared near zero, absolute beyond delta (Huber, 1964).

Called through the loss that a job's training names. The mean runs over every element; the result
keeps one dimension so that it stays on the device.
"""

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["huber"]


def huber(prediction: Tensor, truth: Tensor, *, delta: float = 1.0) -> Tensor:
    """Return the mean of ½e² where |e| ≤ delta, else delta(|e| - ½delta), shape ``(1,)``.

    Args:
        prediction: any shape.
        truth: the same shape.
        delta: where the parabola meets its tangents, in the units of both.
    """
    return apply(_HUBER, prediction, truth, delta=delta)


def _forward(prediction: Array, truth: Array, *, delta: float) -> tuple[Array, Array]:
    error = prediction - truth
    clipped = array_module(error).clip(error, -delta, delta)
    # e·c - ½c² is ½e² inside and delta(|e| - ½delta) outside
    loss = clipped * (error - 0.5 * clipped)
    return loss.mean(keepdims=True).reshape(1), clipped


def _backward(saved: Array, needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    slope = saved * (dy * (1.0 / saved.size))
    return slope, -slope if needs[1] else None


_HUBER = Operation("huber", _forward, _backward)
