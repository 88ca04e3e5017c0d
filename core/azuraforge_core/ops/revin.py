"""Reversible instance normalization: each window leaves its own level and scale, and gets it back.

Kim et al., "Reversible Instance Normalization for Accurate Time-Series Forecasting against
Distribution Shift", ICLR 2022. Level and scale are constants of the backward pass, as published;
they are measured by operations all the same, so that whoever records a forward pass sees them.
The variance is taken in a second pass: E[x²] - E[x]² cancels where the level is large.
"""

from typing import NamedTuple

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply, apply_to_many
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["WindowLevel", "last_value_level", "normalize", "restore", "window_level"]


class WindowLevel(NamedTuple):
    """Level and scale of each window's columns, both ``(batch, 1, channel)``."""

    level: Tensor
    scale: Tensor


def window_level(x: Tensor, *, epsilon: float = 1e-5) -> WindowLevel:
    """Return mean and standard deviation over time of x ``(batch, time, channel)``."""
    return WindowLevel(*apply_to_many(_WINDOW_LEVEL, x, epsilon=epsilon))


def last_value_level(x: Tensor) -> WindowLevel:
    """Return the last value as level and 1 as scale, of x ``(batch, time, channel)``."""
    return WindowLevel(*apply_to_many(_LAST_VALUE_LEVEL, x))


def normalize(
    x: Tensor, window: WindowLevel, gain: Tensor | None = None, bias: Tensor | None = None
) -> Tensor:
    """Return (x - level)/scale · gain + bias.

    Args:
        x: ``(batch, time, channel)``.
        window: level and scale per window and channel.
        gain: ``(channel,)`` or None.
        bias: ``(channel,)``, given together with ``gain``.
    """
    return apply(_NORMALIZE, x, gain, bias, *window)


def restore(
    y: Tensor, window: WindowLevel, gain: Tensor | None = None, bias: Tensor | None = None
) -> Tensor:
    """Return (y - bias)/gain · scale + level, the inverse of `normalize`.

    Args:
        y: ``(batch, time, channel)``, any number of time steps.
        window: level and scale per window and channel.
        gain: ``(channel,)`` or None.
        bias: ``(channel,)``, given together with ``gain``.
    """
    return apply(_RESTORE, y, gain, bias, *window)


def _window_level_forward(x: Array, *, epsilon: float) -> tuple[tuple[Array, Array], None]:
    level = x.mean(axis=1, keepdims=True)
    centered = x - level
    centered *= centered
    variance = centered.mean(axis=1, keepdims=True)
    return (level, array_module(x).sqrt(variance + epsilon)), None


def _last_value_level_forward(x: Array) -> tuple[tuple[Array, Array], None]:
    level = x[:, -1:, :]
    return (level, array_module(x).ones_like(level)), None


def _constant_backward(
    saved: None, needs: tuple[bool, ...], dlevel: Array | None, dscale: Array | None
) -> tuple[Array | None, ...]:
    del saved, needs, dlevel, dscale  # a level is a constant
    return (None,)


def _normalize_forward(
    x: Array, gain: Array | None, bias: Array | None, level: Array, scale: Array
) -> tuple[Array, tuple[Array | None, ...]]:
    normal = x - level
    normal /= scale
    y = normal if gain is None or bias is None else normal * gain + bias
    return y, (normal, scale, gain)


def _normalize_backward(
    saved: tuple[Array, Array, Array | None], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    normal, scale, gain = saved
    dgain = (dy * normal).sum(axis=(0, 1)) if needs[1] else None
    dbias = dy.sum(axis=(0, 1)) if needs[2] else None
    if not needs[0]:
        return None, dgain, dbias, None, None
    return (dy if gain is None else dy * gain) / scale, dgain, dbias, None, None


def _restore_forward(
    y: Array, gain: Array | None, bias: Array | None, level: Array, scale: Array
) -> tuple[Array, tuple[Array | None, ...]]:
    normal = y if gain is None or bias is None else (y - bias) / gain
    restored = normal * scale
    restored += level
    return restored, (normal, scale, gain)


def _restore_backward(
    saved: tuple[Array, Array, Array | None], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    normal, scale, gain = saved
    dnormal = dy * scale
    if gain is None:
        return dnormal, None, None, None, None
    dgain = -(dnormal * normal).sum(axis=(0, 1)) / gain if needs[1] else None
    dbias = -dnormal.sum(axis=(0, 1)) / gain if needs[2] else None
    return dnormal / gain, dgain, dbias, None, None


_WINDOW_LEVEL = Operation("window_level", _window_level_forward, _constant_backward)
_LAST_VALUE_LEVEL = Operation("last_value_level", _last_value_level_forward, _constant_backward)
_NORMALIZE = Operation("normalize", _normalize_forward, _normalize_backward)
_RESTORE = Operation("restore", _restore_forward, _restore_backward)
