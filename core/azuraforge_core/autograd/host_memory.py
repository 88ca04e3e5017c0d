"""Keeping freed host memory for the next step.

By default the C library hands large freed blocks back to the system at the end of every step and
gets them again, page by page, in the next one; that costs up to ten times as long as the arithmetic
on them. A training step frees and allocates the same blocks for ever, so they are kept.
"""

import ctypes

__all__ = ["keep_freed_memory"]

_MMAP_THRESHOLD = -3
_TRIM_THRESHOLD = -1
_LARGEST_HEAP_BLOCK = 32 << 20
"""The most that glibc accepts for a block taken from its heap."""
_KEPT = 1 << 30


def keep_freed_memory() -> bool:
    """Ask the C library to keep up to a gigabyte of freed memory in this process.

    Returns:
        Whether it does; False on a C library without glibc's ``mallopt``.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST_HEAP_BLOCK) and mallopt(_TRIM_THRESHOLD, _KEPT))
