"""Row-wise arithmetic on matrices ``(row, feature)``, fast also where rows are short.

Called by the operations that add, scale or sum per feature. NumPy spends as long on starting a row
as on sixteen of its elements, so narrow rows are folded into long ones; column sums are one
matrix-vector product.
"""

from math import gcd

from azuraforge_core.autograd.array import Array
from azuraforge_core.device import array_module

__all__ = ["as_rows", "column_sums", "fold", "row_sums"]

_LONG_ENOUGH = 512


def as_rows(x: Array) -> Array:
    """Return x as a contiguous matrix ``(everything else, last dimension)``."""
    contiguous: Array = array_module(x).ascontiguousarray(x)
    return contiguous.reshape(-1, x.shape[-1])


def column_sums(rows: Array) -> Array:
    """Sum a contiguous matrix ``(row, feature)`` over its rows: ``(feature,)``."""
    ones: Array = array_module(rows).ones(rows.shape[0], dtype=rows.dtype)
    return ones @ rows


def row_sums(rows: Array) -> Array:
    """Sum a contiguous matrix ``(row, feature)`` over its features: ``(row, 1)``."""
    ones: Array = array_module(rows).ones((rows.shape[1], 1), dtype=rows.dtype)
    return rows @ ones


def fold(rows: Array, *vectors: Array) -> tuple[Array, ...]:
    """View a contiguous matrix with longer rows and repeat per-feature vectors to match.

    Args:
        rows: ``(row, feature)``, contiguous; the returned view shares its memory.
        vectors: each ``(feature,)``.

    Returns:
        The folded view, then each vector repeated, so that they broadcast as before.
    """
    count, width = rows.shape
    times = gcd(count, 64) if width < _LONG_ENOUGH else 1
    xp = array_module(rows)
    return (
        rows.reshape(count // times, times * width),
        *(xp.tile(vector, times) for vector in vectors),
    )
