"""Quantile (pinball) loss: its minimum is a quantile (Koenker and Bassett, 1978).

Called through the loss that a job's training names. The mean runs over every element; the result
keeps one dimension so that it stays on the device.
"""

from functools import lru_cache
from typing import Any

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["quantile"]


def quantile(prediction: Tensor, truth: Tensor, *, levels: tuple[float, ...]) -> Tensor:
    """Return the mean of max(q·e, (q - 1)·e) with e = truth - prediction, shape ``(1,)``.

    Args:
        prediction: of the truth's shape for one level, else with one more dimension, the level.
        truth: any shape.
        levels: the quantiles, each between 0 and 1.
    """
    return apply(_QUANTILE, prediction, truth, levels=levels)


def _forward(
    prediction: Array, truth: Array, *, levels: tuple[float, ...]
) -> tuple[Array, tuple[Array, bool]]:
    xp = array_module(prediction)
    has_levels = prediction.ndim > truth.ndim
    error = (truth[..., None] if has_levels else truth) - prediction
    wanted = _on_device(xp, levels, str(error.dtype))
    # d(loss)/d(e): q above the forecast, q - 1 below; a NaN error makes neither comparison true
    # but the product with it stays NaN
    slope = wanted - (error < 0)
    loss = slope * error
    return loss.mean(keepdims=True).reshape(1), (slope * (error != 0), has_levels)


@lru_cache(maxsize=16)
def _on_device(xp: Any, levels: tuple[float, ...], dtype: str) -> Array:
    """Move the levels once: a step copies nothing from the host."""
    moved: Array = xp.asarray(levels, dtype=dtype)
    return moved


def _backward(
    saved: tuple[Array, bool], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    slope, has_levels = saved
    slope = slope * (dy * (1.0 / slope.size))
    dtruth = slope.sum(axis=-1) if has_levels else slope
    return -slope, dtruth if needs[1] else None


_QUANTILE = Operation("quantile", _forward, _backward)
