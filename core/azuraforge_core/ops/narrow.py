"""A range of one dimension, such as the target columns of a window."""

from typing import NamedTuple

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["narrow"]


class _Saved(NamedTuple):
    shape: tuple[int, ...]
    where: tuple[slice, ...]


def narrow(x: Tensor, *, axis: int, start: int, stop: int) -> Tensor:
    """Return ``x[..., start:stop, ...]`` along ``axis``."""
    return apply(_NARROW, x, axis=axis % len(x.shape), start=start, stop=stop)


def _forward(x: Array, *, axis: int, start: int, stop: int) -> tuple[Array, _Saved]:
    index = (*(slice(None),) * axis, slice(start, stop))
    return x[index], _Saved(x.shape, index)


def _backward(saved: _Saved, needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    del needs  # the only input
    dx = array_module(dy).zeros(saved.shape, dtype=dy.dtype)
    dx[saved.where] = dy
    return (dx,)


_NARROW = Operation("narrow", _forward, _backward)
