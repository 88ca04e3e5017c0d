"""Counter-based random numbers: Philox4x32-10, the same bits on every device.

Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011. A draw
is a pure function of (seed, stream, step, element), so nothing has to be stored to resume, to
recompute a dropout mask in a backward pass, or to replay a recorded step: the step is read from a
counter on the device.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from azuraforge_core.autograd.array import Array
from azuraforge_core.device import array_module

__all__ = ["Randomness", "philox4x32", "stream_of", "uniform"]

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_WORD = 0xFFFFFFFF
_ROUNDS = 10


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
        counter = xp.empty((4, blocks), dtype=xp.uint64)
        counter[0] = xp.arange(first_block, first_block + blocks, dtype=xp.uint64)
        counter[1] = self.step
        counter[2] = stream & _WORD
        counter[3] = stream >> 32
        return philox4x32(counter, self.seed)


def stream_of(name: str) -> int:
    """Return the 64-bit stream number of a name: the same on every machine, for ever."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def philox4x32(counter: Array, key: int) -> Array:
    """Encrypt counters with ten rounds of Philox.

    Args:
        counter: uint64 array of shape (4, n), each value below 2³²; overwritten.
        key: 64 bits, low word first.

    Returns:
        uint32 array of shape (n, 4).
    """
    xp = array_module(counter)
    product = xp.empty_like(counter[0:2])
    for round_index in range(_ROUNDS):
        _round(xp, counter, product, _round_keys(key, round_index))
    words: Array = xp.ascontiguousarray(counter.T.astype(xp.uint32))
    return words


def _round(xp: Any, counter: Array, product: Array, keys: tuple[int, int]) -> None:
    for half in range(2):
        xp.multiply(counter[2 * half], _MULTIPLIERS[half], out=product[half])
    for half in range(2):
        other = product[1 - half]
        mixed = counter[2 * half]
        xp.right_shift(other, 32, out=mixed)
        xp.bitwise_xor(mixed, counter[2 * half + 1], out=mixed)
        xp.bitwise_xor(mixed, keys[half], out=mixed)
        xp.bitwise_and(other, _WORD, out=counter[2 * half + 1])


def _round_keys(key: int, round_index: int) -> tuple[int, int]:
    low, high = key & _WORD, key >> 32
    return (low + _WEYL[0] * round_index) & _WORD, (high + _WEYL[1] * round_index) & _WORD


def uniform(seed: int, name: str, count: int) -> Array:
    """Draw ``count`` float64 numbers, uniform in (0, 1), from the stream of a name, on the host."""
    randomness = Randomness(seed, np.zeros(1, dtype=np.uint64))
    words = randomness.words(stream_of(name), 0, -(-count // 4)).reshape(-1)[:count]
    return (words + 0.5) * 2.0**-32
