"""Waiting for a condition with a deadline, and saying what was seen when it does not come."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

__all__ = ["wait_for"]

T = TypeVar("T")
_LOOK_SECONDS: Final = 0.25


def wait_for(
    what: str,
    look: Callable[[], T | None],
    *,
    seconds: float = 120.0,
    explain: Callable[[], str] = lambda: "",
) -> T:
    """Return the first thing seen that is neither None nor False.

    Args:
        what: what is waited for, for the message.
        look: asks once.
        seconds: generous; machines that run tests are busy.
        explain: tells the state of things when it did not come.

    Raises:
        AssertionError: it did not come.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come within {seconds:.0f} s.\n{explain()}")
        time.sleep(_LOOK_SECONDS)
