"""One number of linear-algebra threads for a whole run: the sums of a product depend on it."""

import contextlib
import os
from collections.abc import Iterator

import threadpoolctl  # type: ignore[import-untyped]  # the package has no types

__all__ = ["available_cores", "blas_threads"]


def available_cores() -> int:
    """Return how many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # absent on macOS
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


@contextlib.contextmanager
def blas_threads(count: int) -> Iterator[None]:
    """Let the linear algebra library use ``count`` threads inside the block."""
    with threadpoolctl.threadpool_limits(limits=count, user_api="blas"):
        yield
