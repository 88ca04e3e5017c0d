"""Tensors one behind the other along a dimension."""

from typing import NamedTuple

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["concatenate"]


class _Saved(NamedTuple):
    axis: int
    lengths: tuple[int, ...]


def concatenate(*parts: Tensor, axis: int) -> Tensor:
    """Join tensors along ``axis``; all other dimensions agree."""
    return apply(_CONCATENATE, *parts, axis=axis % len(parts[0].shape))


def _forward(*parts: Array, axis: int) -> tuple[Array, _Saved]:
    joined = array_module(parts[0]).concatenate(parts, axis=axis)
    return joined, _Saved(axis, tuple(part.shape[axis] for part in parts))


def _backward(saved: _Saved, needs: tuple[bool, ...], dy: Array) -> tuple[Array | None, ...]:
    gradients: list[Array | None] = []
    start = 0
    for length, needed in zip(saved.lengths, needs, strict=True):
        index = (*(slice(None),) * saved.axis, slice(start, start + length))
        gradients.append(dy[index] if needed else None)
        start += length
    return tuple(gradients)


_CONCATENATE = Operation("concatenate", _forward, _backward)
