"""Cutting a series into patches, the tokens of a patch transformer.

Nie et al., "A Time Series is Worth 64 Words", ICLR 2023. Patches may overlap; the end may be padded
by repeating the last time step.
"""

from typing import NamedTuple

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["patch_count", "patches"]


class _Saved(NamedTuple):
    shape: tuple[int, ...]
    length: int
    stride: int
    pad_end: int


def patches(x: Tensor, *, length: int, stride: int, pad_end: int = 0) -> Tensor:
    """Cut windows of ``length`` steps every ``stride`` steps.

    Args:
        x: ``(batch, time, channel)``.
        length: time steps of a patch.
        stride: time steps between starts.
        pad_end: how often the last time step is repeated behind the end first.

    Returns:
        ``(batch, patch, length·channel)``, time-major within a patch.
    """
    return apply(_PATCHES, x, length=length, stride=stride, pad_end=pad_end)


def patch_count(time: int, *, length: int, stride: int, pad_end: int = 0) -> int:
    """Return how many patches `patches` cuts."""
    return (time + pad_end - length) // stride + 1


def _forward(x: Array, *, length: int, stride: int, pad_end: int) -> tuple[Array, _Saved]:
    xp = array_module(x)
    batch, time, channels = x.shape
    padded = xp.empty((batch, time + pad_end, channels), dtype=x.dtype)
    padded[:, :time] = x
    padded[:, time:] = x[:, -1:]
    step, element = padded.strides[1], padded.strides[2]
    windows = xp.lib.stride_tricks.as_strided(
        padded,
        shape=(
            batch,
            patch_count(time, length=length, stride=stride, pad_end=pad_end),
            length * channels,
        ),
        strides=(padded.strides[0], stride * step, element),
    )
    return windows.copy(), _Saved(x.shape, length, stride, pad_end)


def _backward(saved: _Saved, needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    del needs  # the only input
    batch, time, channels = saved.shape
    xp = array_module(dy)
    dpadded = xp.zeros((batch, time + saved.pad_end, channels), dtype=dy.dtype)
    for index in range(dy.shape[1]):
        start = index * saved.stride
        dpadded[:, start : start + saved.length] += dy[:, index].reshape(
            batch, saved.length, channels
        )
    dx = dpadded[:, :time]
    dx[:, -1] += dpadded[:, time:].sum(axis=1)
    return (dx,)


_PATCHES = Operation("patches", _forward, _backward)
