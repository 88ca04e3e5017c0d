"""Comparing hand-written gradients with central differences.

Called by the tests of every operation and model, and by whoever writes an operation of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Tape
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["GradientComparison", "compare_gradients", "gradients"]

_STEP = 1e-6
_EXHAUSTIVE = 64
"""Inputs of at most this many elements are checked element by element, larger ones along lines."""
_DIRECTIONS = 8

Function = Callable[..., Tensor | tuple[Tensor, ...]]


@dataclass(frozen=True)
class GradientComparison:
    """One input's gradient from both sources.

    Attributes:
        analytic: what the backward pass gave, along each direction.
        numeric: what differences of the value gave.
    """

    analytic: Array
    numeric: Array

    @property
    def relative_error(self) -> float:
        """‖analytic - numeric‖ / ‖numeric‖; the plain norm where the gradient is zero."""
        distance = float(np.linalg.norm(self.analytic - self.numeric))
        size = float(np.linalg.norm(self.numeric))
        return distance / size if size > _STEP else distance


def gradients(function: Function, inputs: list[Array], *, seed: int = 0) -> list[Array]:
    """Return the gradient of every input for a random weighting of the function's outputs.

    Args:
        function: of tensors, returning one or several.
        inputs: arrays on one device, where the gradients will be as well.
        seed: of the weighting, which is the same on every device.
    """
    tensors = [Tensor(array, requires_grad=True) for array in inputs]
    with Tape() as tape:
        outputs = _as_tuple(function(*tensors))
        for output, weights in zip(outputs[1:], _weightings(outputs, seed)[1:], strict=True):
            output.accumulate(weights)
        tape.backward(outputs[0], _weightings(outputs, seed)[0])
    return [
        array_module(tensor.array).zeros_like(tensor.array) if tensor.grad is None else tensor.grad
        for tensor in tensors
    ]


def compare_gradients(
    function: Function, inputs: list[Array], *, seed: int = 0
) -> list[GradientComparison]:
    """Compare every input's gradient with central differences in float64.

    Args:
        function: of tensors, returning one or several; smooth near ``inputs``.
        inputs: float64 host arrays.
        seed: of the outputs' weighting and of the directions.
    """
    analytic = gradients(function, inputs, seed=seed)
    comparisons = []
    for index, array in enumerate(inputs):
        directions = _directions(array, seed + index)
        along = np.array([np.vdot(analytic[index], direction) for direction in directions])
        numeric = np.array(
            [_difference(function, inputs, index, direction, seed) for direction in directions]
        )
        comparisons.append(GradientComparison(along, numeric))
    return comparisons


def _difference(
    function: Function, inputs: list[Array], index: int, direction: Array, seed: int
) -> float:
    step = _STEP * max(1.0, float(np.abs(inputs[index]).max()))
    values = []
    for sign in (1.0, -1.0):
        moved = list(inputs)
        moved[index] = inputs[index] + sign * step * direction
        outputs = _as_tuple(function(*(Tensor(array) for array in moved)))
        weightings = _weightings(outputs, seed)
        values.append(
            sum(
                float(np.vdot(output.array, weights))
                for output, weights in zip(outputs, weightings, strict=True)
            )
        )
    return (values[0] - values[1]) / (2.0 * step)


def _weightings(outputs: tuple[Tensor, ...], seed: int) -> list[Array]:
    generator = np.random.default_rng(seed)
    return [
        array_module(output.array).asarray(
            generator.standard_normal(output.shape).astype(output.dtype, copy=False)
        )
        for output in outputs
    ]


def _directions(array: Array, seed: int) -> list[Array]:
    if array.size <= _EXHAUSTIVE:
        return [unit.reshape(array.shape) for unit in np.eye(array.size)]
    generator = np.random.default_rng(seed)
    drawn = generator.standard_normal((_DIRECTIONS, *array.shape))
    return [direction / np.linalg.norm(direction) for direction in drawn]


def _as_tuple(outputs: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)
