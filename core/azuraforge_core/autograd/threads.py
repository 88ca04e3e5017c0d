"""How many cores the engine computes with on the CPU: one pool, ours.

The matrix library's own threads are switched off meanwhile: two pools on the same cores slow each
other down many times over, and the small products here gain nothing from them. The fit loop and
evaluation run within `compute_threads`; outside of it the engine uses the calling thread alone.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

__all__ = ["Helpers", "alone", "compute_threads", "helpers"]


@dataclass(frozen=True)
class Helpers:
    """Threads that help the calling one.

    Attributes:
        executor: runs their work.
        count: how many they are; the calling thread is one more.
    """

    executor: ThreadPoolExecutor
    count: int


@contextmanager
def compute_threads(count: int) -> Iterator[None]:
    """Compute with ``count`` threads until the block ends.

    Args:
        count: threads in all, the calling one included; at least 1. It changes no result.
    """
    if count < 1:
        raise ValueError(f"at least one thread computes, got {count}")
    with threadpool_limits(limits=1), ThreadPoolExecutor(max(count - 1, 1), "compute") as executor:
        token = _HELPERS.set(Helpers(executor, count - 1) if count > 1 else None)
        try:
            yield
        finally:
            _HELPERS.reset(token)


def helpers() -> Helpers | None:
    """Return the helping threads, or None where the caller computes alone."""
    return _HELPERS.get()


@contextmanager
def alone() -> Iterator[None]:
    """Compute on the calling thread alone until the block ends: the helpers are at work already."""
    token = _HELPERS.set(None)
    try:
        yield
    finally:
        _HELPERS.reset(token)


_HELPERS: ContextVar[Helpers | None] = ContextVar("helpers", default=None)
