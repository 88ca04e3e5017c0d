"""Counter-based random numbers: Philox4x32-10, the same bits on every device.

Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011. A draw
is a pure function of (seed, stream, step, element), so nothing has to be stored to resume, to
recompute a dropout mask in a backward pass, or to replay a recorded step: the step is read from a
counter on the device.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.chunks import chunks, each
from azuraforge_core.device import array_module

__all__ = ["Randomness", "philox4x32", "stream_of", "uniform"]

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_WORD = 0xFFFFFFFF
_ROUNDS = 10
_WORDS_PER_BLOCK = 8
"""Words of memory that drawing one block takes, which decides how many are drawn at a time."""


@dataclass(frozen=True)
class Randomness:
    """What random operations draw from during one step.

    Attributes:
        seed: the run's seed, 0 ≤ seed < 2⁶⁴.
        step: the step counter, shape ``(1,)``, uint64, on the device.
    """

    seed: int
    step: Array

    def words(self, stream: int, first_block: int, blocks: int) -> Array:
        """Draw random words of this step.

        Args:
            stream: which sequence, see `stream_of`.
            first_block: index of the first block of four words.
            blocks: how many blocks.

        Returns:
            uint32 array of shape (blocks, 4).
        """
        xp = array_module(self.step)
        words: Array = xp.empty((blocks, 4), dtype=xp.uint32)

        def draw(part: slice) -> None:
            first, last = first_block + part.start, first_block + part.stop
            even = xp.empty((2, last - first), dtype=xp.uint64)
            odd = xp.empty_like(even)
            even[0] = xp.arange(first, last, dtype=xp.uint64)
            odd[0] = self.step
            even[1] = stream & _WORD
            odd[1] = stream >> 32
            philox4x32(even, odd, self.seed)
            words[part, 0::2] = even.T
            words[part, 1::2] = odd.T

        each(chunks(words, _WORDS_PER_BLOCK), draw)
        return words


def stream_of(name: str) -> int:
    """Return the 64-bit stream number of a name: the same on every machine, for ever."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def philox4x32(even: Array, odd: Array, key: int) -> None:
    """Encrypt counters in place with ten rounds of Philox.

    Args:
        even: words 0 and 2 of the counters, uint64 ``(2, n)``, each below 2³²; then of the result.
        odd: words 1 and 3, likewise.
        key: 64 bits, low word first.
    """
    xp = array_module(even)
    multipliers, keys = _constants(xp, key)
    product = xp.empty_like(even)
    crossed = product[::-1]
    for round_keys in keys:
        xp.multiply(even, multipliers, out=product)
        xp.right_shift(crossed, 32, out=even)
        xp.bitwise_xor(even, odd, out=even)
        xp.bitwise_xor(even, round_keys, out=even)
        xp.bitwise_and(crossed, _WORD, out=odd)


@lru_cache(maxsize=8)
def _constants(xp: Any, key: int) -> tuple[Array, list[Array]]:
    """Return the multipliers ``(2, 1)`` and each round's keys ``(2, 1)``, on the device."""
    keys = [
        xp.array(
            [[(key + _WEYL[0] * index) & _WORD], [((key >> 32) + _WEYL[1] * index) & _WORD]],
            dtype=xp.uint64,
        )
        for index in range(_ROUNDS)
    ]
    return xp.array([[_MULTIPLIERS[0]], [_MULTIPLIERS[1]]], dtype=xp.uint64), keys


def uniform(seed: int, name: str, count: int) -> Array:
    """Draw ``count`` float64 numbers, uniform in (0, 1), from the stream of a name, on the host."""
    randomness = Randomness(seed, np.zeros(1, dtype=np.uint64))
    words = randomness.words(stream_of(name), 0, -(-count // 4)).reshape(-1)[:count]
    return (words + 0.5) * 2.0**-32
