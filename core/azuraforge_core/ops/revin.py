"""Reversible instance normalization: each window leaves its own level and scale, and gets it back.

Kim et al., "Reversible Instance Normalization for Accurate Time-Series Forecasting against
Distribution Shift", ICLR 2022. Level and scale are constants of the backward pass, as published.
The variance is taken in a second pass: E[x²] - E[x]² cancels where the level is large.
"""

from typing import NamedTuple

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["WindowLevel", "last_value_level", "normalize", "restore", "window_level"]


class WindowLevel(NamedTuple):
    """Level and scale of each window's columns, both ``(batch, 1, channel)``."""

    level: Array
    scale: Array


def window_level(x: Array, *, epsilon: float = 1e-5) -> WindowLevel:
    """Return mean and standard deviation over time of x ``(batch, time, channel)``."""
    level = x.mean(axis=1, keepdims=True)
    centered = x - level
    centered *= centered
    return WindowLevel(level, array_module(x).sqrt(centered.mean(axis=1, keepdims=True) + epsilon))


def last_value_level(x: Array) -> WindowLevel:
    """Return the last value as level and 1 as scale, of x ``(batch, time, channel)``."""
    level = x[:, -1:, :]
    return WindowLevel(level, array_module(x).ones_like(level))


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
    return apply(_NORMALIZE, x, gain, bias, window=window)


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
    return apply(_RESTORE, y, gain, bias, window=window)


def _normalize_forward(
    x: Array, gain: Array | None, bias: Array | None, *, window: WindowLevel
) -> tuple[Array, tuple[Array | None, ...]]:
    normal = x - window.level
    normal /= window.scale
    y = normal if gain is None or bias is None else normal * gain + bias
    return y, (normal, window.scale, gain)


def _normalize_backward(
    saved: tuple[Array, Array, Array | None], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    normal, scale, gain = saved
    dgain = (dy * normal).sum(axis=(0, 1)) if needs[1] else None
    dbias = dy.sum(axis=(0, 1)) if needs[2] else None
    if not needs[0]:
        return None, dgain, dbias
    return (dy if gain is None else dy * gain) / scale, dgain, dbias


def _restore_forward(
    y: Array, gain: Array | None, bias: Array | None, *, window: WindowLevel
) -> tuple[Array, tuple[Array | None, ...]]:
    normal = y if gain is None or bias is None else (y - bias) / gain
    restored = normal * window.scale
    restored += window.level
    return restored, (normal, window.scale, gain)


def _restore_backward(
    saved: tuple[Array, Array, Array | None], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    normal, scale, gain = saved
    dnormal = dy * scale
    if gain is None:
        return dnormal, None, None
    dgain = -(dnormal * normal).sum(axis=(0, 1)) / gain if needs[1] else None
    dbias = -dnormal.sum(axis=(0, 1)) / gain if needs[2] else None
    return dnormal / gain, dgain, dbias


_NORMALIZE = Operation("normalize", _normalize_forward, _normalize_backward)
_RESTORE = Operation("restore", _restore_forward, _restore_backward)
