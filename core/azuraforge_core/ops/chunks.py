"""Dividing a batch so that an operation's temporaries stay in the processor's cache.

Called by operations whose intermediate arrays are much larger than their inputs. The division
depends on sizes alone, never on the number of threads, so results are the same everywhere. A GPU
takes the whole batch at once.
"""

import numpy as np

from azuraforge_core.autograd.array import Array

__all__ = ["chunks"]

_ELEMENTS = 1 << 17
"""Elements of the largest temporary per chunk: half a megabyte of float32."""


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
