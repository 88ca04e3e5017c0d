"""Dividing a batch so that temporaries stay in a processor's cache and cores can share the work.

Called by operations whose intermediate arrays are much larger than their inputs, and by optimizers.
The division depends on sizes alone, never on the number of threads, and partial results are
combined in order, so results are the same bits everywhere. A GPU takes the whole batch at once.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.threads import alone, helpers

__all__ = ["chunks", "each"]

_ELEMENTS = 1 << 16
"""Elements of the largest temporary per chunk: a quarter of a megabyte of float32."""

_Result = TypeVar("_Result")


def chunks(array: Array, elements_per_row: int, *, multiple: int = 1) -> list[slice]:
    """Divide the first dimension of ``array``.

    Args:
        array: whose first dimension is divided and whose device decides.
        elements_per_row: elements of the largest temporary for one index of that dimension.
        multiple: every chunk but the last is a multiple of this long.
    """
    total = array.shape[0]
    if not isinstance(array, np.ndarray):
        return [slice(0, total)]
    length = max(_ELEMENTS // max(elements_per_row, 1) // multiple, 1) * multiple
    return [slice(start, min(start + length, total)) for start in range(0, total, length)]


def each(parts: Sequence[slice], work: Callable[[slice], _Result]) -> list[_Result]:
    """Do the work for every part, on as many threads as `compute_threads` allows.

    Args:
        parts: from `chunks`.
        work: writes to its own part of arrays only; its results are returned.

    Returns:
        The results in the order of the parts.
    """
    pool = helpers()
    if pool is None or len(parts) == 1:
        return [work(part) for part in parts]
    waiting = deque(enumerate(parts))
    results: dict[int, _Result] = {}

    def drain() -> None:
        while waiting:
            try:
                index, part = waiting.popleft()
            except IndexError:  # another thread took the last one between the two lines
                return
            results[index] = work(part)

    others = [pool.executor.submit(drain) for _ in range(min(pool.count, len(parts) - 1))]
    with alone():
        drain()
    for other in others:
        other.result()
    return [results[index] for index in range(len(parts))]
