"""Dropout with counter-based masks: every element's fate is a function of seed, step and index.

Srivastava et al., "Dropout", JMLR 2014, in its inverted form. An element is dropped when its 16
random bits lie below rate·2¹⁶; kept elements are scaled by the exact inverse of the probability
that results, so the output's expectation is the input. The backward pass draws the mask again on a
GPU; on a CPU, where drawing costs more than a byte of memory per element, it is remembered.
"""

from dataclasses import dataclass

import numpy as np

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.chunks import chunks, each
from azuraforge_core.autograd.rng import Randomness
from azuraforge_core.autograd.tape import Operation, active_tape, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module

__all__ = ["DropoutMask", "draw_mask", "dropout", "remember"]

_LEVELS = 1 << 16
_LANES = 8
"""Elements served by one Philox block: 128 bits of 16."""


@dataclass(frozen=True)
class DropoutMask:
    """One mask of one step, as a rule for computing any part of it.

    Attributes:
        rate: probability of dropping an element.
        stream: the random stream of the layer that drops.
        randomness: seed and step of the run.
    """

    rate: float
    stream: int
    randomness: Randomness

    @property
    def threshold(self) -> int:
        """Elements whose 16 bits lie below it are dropped."""
        return round(self.rate * _LEVELS)

    @property
    def scale(self) -> float:
        """One over the probability of keeping an element."""
        return _LEVELS / (_LEVELS - self.threshold)

    def kept(self, first: int, shape: tuple[int, ...]) -> Array:
        """Return which elements are kept.

        Args:
            first: index of the part's first element within the whole array.
            shape: the part's shape.

        Returns:
            bool array of that shape.
        """
        count = 1
        for length in shape:
            count *= length
        block = first // _LANES
        last_block = (first + count - 1) // _LANES
        words = self.randomness.words(self.stream, block, last_block - block + 1)
        lanes = words.reshape(-1).view(array_module(words).uint16)
        offset = first - block * _LANES
        kept: Array = lanes[offset : offset + count] >= self.threshold
        return kept.reshape(shape)


def remember(kept: Array | None) -> Array | None:
    """Return what the backward pass is to remember of a mask: itself on a CPU, None on a GPU."""
    return kept if isinstance(kept, np.ndarray) else None


def draw_mask(rate: float, stream: int) -> DropoutMask:
    """Return the mask of a stream at the active tape's step.

    Raises:
        RuntimeError: no tape with random numbers is active: training must open one.
    """
    tape = active_tape()
    if tape is None or tape.randomness is None:
        raise RuntimeError(
            "Dropout in training needs a Tape with Randomness; use eval() otherwise."
        )
    return DropoutMask(rate, stream, tape.randomness)


def dropout(x: Tensor, mask: DropoutMask) -> Tensor:
    """Zero the dropped elements and scale the kept ones."""
    return apply(_DROPOUT, x, mask=mask)


def _forward(
    x: Array, *, mask: DropoutMask
) -> tuple[Array, tuple[DropoutMask, list[Array | None]]]:
    y, kept = _masked(x, mask, None)
    return y, (mask, [remember(part) for part in kept])


def _backward(
    saved: tuple[DropoutMask, list[Array | None]], needs: tuple[bool, ...], dy: Array
) -> tuple[Array | None, ...]:
    del needs  # the only input
    mask, remembered = saved
    return (_masked(dy, mask, remembered)[0],)


def _masked(
    x: Array, mask: DropoutMask, remembered: list[Array | None] | None
) -> tuple[Array, list[Array]]:
    xp = array_module(x)
    flat = xp.ascontiguousarray(x).reshape(-1)
    y = xp.empty_like(flat)
    parts = chunks(flat, 1, multiple=_LANES)
    known = dict(zip((part.start for part in parts), remembered or [], strict=False))

    def work(part: slice) -> Array:
        kept = known.get(part.start)
        if kept is None:
            kept = mask.kept(part.start, (part.stop - part.start,))
        xp.multiply(flat[part], kept, out=y[part])
        y[part] *= mask.scale
        return kept

    kept = each(parts, work)
    return y.reshape(x.shape), kept


_DROPOUT = Operation("dropout", _forward, _backward)
