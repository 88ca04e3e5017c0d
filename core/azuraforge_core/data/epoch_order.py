"""The order in which an epoch visits its windows: a function of (seed, epoch) and nothing else.

Used by the pipelines' batches. A Feistel network permutes the window numbers: any position is
computed on its own, so that no permutation is kept in memory and a resumed run needs no state.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["EpochOrder"]

UInt64Array = npt.NDArray[np.uint64]

_ROUNDS = 8
_MIX_1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX_2 = np.uint64(0xC4CEB9FE1A85EC53)
"""The finalizer of MurmurHash3, 64 bit (A. Appleby, public domain)."""


class EpochOrder:
    """A permutation of ``0 … items-1``.

    The round keys come from NumPy's Philox counter generator, keyed by seed and epoch. Numbers
    beyond ``items`` are permuted again until they fall inside (cycle walking), which keeps it a
    permutation; the domain is less than four times ``items``.

    Args:
        items: how many numbers are permuted.
        seed: the run's seed, 0 ≤ seed < 2⁶⁴.
        epoch: the epoch, 0 ≤ epoch < 2⁶⁴.
    """

    def __init__(self, items: int, *, seed: int, epoch: int) -> None:
        self._items = items
        bits = max(2, (max(items, 1) - 1).bit_length())
        self._half = np.uint64((bits + 1) // 2)
        self._mask = np.uint64((1 << int(self._half)) - 1)
        philox = np.random.Philox(key=np.array([seed, epoch], dtype=np.uint64))
        self._keys = np.asarray(philox.random_raw(_ROUNDS), dtype=np.uint64)

    def __len__(self) -> int:
        """Return how many numbers are permuted."""
        return self._items

    def take(self, positions: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the window numbers at some positions of the epoch.

        Args:
            positions: integers ``(batch,)`` from 0 to ``items-1``.

        Returns:
            int64 ``(batch,)``, each in ``0 … items-1``.

        Raises:
            IndexError: a position lies outside the epoch.
        """
        wanted = np.asarray(positions, dtype=np.int64)
        if wanted.size and not 0 <= int(wanted.min()) <= int(wanted.max()) < self._items:
            raise IndexError(f"positions of this epoch are 0 to {self._items - 1}")
        numbers = self._permute(wanted.astype(np.uint64))
        outside = numbers >= self._items
        while outside.any():
            numbers[outside] = self._permute(numbers[outside])
            outside = numbers >= self._items
        return numbers.astype(np.int64)

    def _permute(self, numbers: UInt64Array) -> UInt64Array:
        left, right = numbers >> self._half, numbers & self._mask
        for key in self._keys:
            left, right = right, left ^ (_mixed(right ^ key) & self._mask)
        return np.asarray(left << self._half | right, dtype=np.uint64)


def _mixed(numbers: UInt64Array) -> UInt64Array:
    numbers = (numbers ^ numbers >> np.uint64(33)) * _MIX_1
    numbers = (numbers ^ numbers >> np.uint64(33)) * _MIX_2
    return np.asarray(numbers ^ numbers >> np.uint64(33), dtype=np.uint64)
