"""Dividing work and sharing it among threads."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.autograd.chunks import chunks, each
from azuraforge_core.autograd.host_memory import keep_freed_memory
from azuraforge_core.autograd.threads import compute_threads, helpers


@given(st.integers(0, 5000), st.integers(1, 200_000), st.sampled_from([1, 8, 64]))
def test_chunks_cover_the_rows_once_in_order(rows: int, width: int, multiple: int) -> None:
    """Chunks follow one another without gap or overlap; inner borders are multiples."""
    parts = chunks(np.empty((rows, 1)), width, multiple=multiple)
    assert [part.start for part in parts] == [0, *(part.stop for part in parts)][: len(parts)]
    assert sum(part.stop - part.start for part in parts) == rows
    assert all(part.stop % multiple == 0 for part in parts[:-1])


def test_results_come_in_the_order_of_the_parts() -> None:
    """However threads take turns, results are ordered as the parts are."""
    parts = [slice(index, index + 1) for index in range(200)]
    with compute_threads(4):
        assert each(parts, lambda part: part.start) == list(range(200))


def test_helpers_share_the_work() -> None:
    """With two threads, two parts run at the same time: each waits until the other has begun."""
    both = threading.Barrier(2, timeout=20)
    with compute_threads(2):
        each([slice(0, 1), slice(1, 2)], lambda _: both.wait())


def test_work_within_work_stays_on_its_thread() -> None:
    """A part that divides its own work does it alone, since the helpers are at work already."""
    parts = [slice(0, 1), slice(1, 2)]
    with compute_threads(2):
        inside = each(parts, lambda _: helpers() is None)
        assert inside == [True, True]
        assert helpers() is not None
    assert helpers() is None


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_in_any_part_reaches_the_caller(threads: int) -> None:
    """A failing part fails the whole, whichever thread ran it."""

    def work(part: slice) -> None:
        if part.start == 3:
            raise ZeroDivisionError

    with compute_threads(threads), pytest.raises(ZeroDivisionError):
        each([slice(index, index + 1) for index in range(8)], work)


def test_at_least_one_thread_computes() -> None:
    """No threads at all is a mistake of the caller."""
    with pytest.raises(ValueError, match="at least one thread"), compute_threads(0):
        pass


def test_freed_memory_can_be_kept_twice() -> None:
    """Asking the C library to keep freed memory may be repeated and always answers alike."""
    assert keep_freed_memory() == keep_freed_memory()
