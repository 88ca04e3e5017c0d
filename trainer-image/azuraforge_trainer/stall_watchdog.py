"""The stall watchdog: gives an attempt up that finishes nothing for too long.

Every step, batch of an evaluation and change of phase re-arms it. The job's allowance holds while
training; opening data, compiling and publishing, which tell less often, have a longer one. On
expiry all stacks go to standard error and the process ends. A hang inside native code that keeps
the interpreter locked stops the watchdog's own thread too; for that, faulthandler's timer, which
needs no interpreter, ends the process at twice the allowance.
"""

import contextlib
import faulthandler
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, TextIO

__all__ = ["StallWatchdog"]

_OTHER_PHASES_SECONDS: Final = 900.0
"""Least allowance outside of training: reading a large source is no stall."""


class StallWatchdog:
    """Watches that something is finished now and then.

    Args:
        allowance_seconds: longest time without while training; None: watch nothing.
        give_up: called on the watchdog's thread after the stacks were dumped; must end the process.
    """

    def __init__(self, allowance_seconds: float | None, give_up: Callable[[], None]) -> None:
        self._training_allowance = allowance_seconds
        self._other_allowance = max(allowance_seconds or 0.0, _OTHER_PHASES_SECONDS)
        self._allowance = self._other_allowance
        self._give_up = give_up
        self._last_sign = time.monotonic()
        self._is_stopped = False
        self._changed = threading.Event()

    def start(self) -> None:
        """Watch from now on."""
        self.rearm()
        if self._training_allowance is not None:
            threading.Thread(target=self._watch, name="stall-watchdog", daemon=True).start()

    def rearm(self) -> None:
        """Something was finished. Cheap enough for every step."""
        self._last_sign = time.monotonic()

    @contextlib.contextmanager
    def training(self) -> Iterator[None]:
        """Hold the job's own allowance inside this block."""
        self._allow(self._training_allowance or self._other_allowance)
        try:
            yield
        finally:
            self._allow(self._other_allowance)

    def stop(self) -> None:
        """Watch no longer."""
        self._is_stopped = True
        self._changed.set()
        faulthandler.cancel_dump_traceback_later()

    def _allow(self, seconds: float) -> None:
        self.rearm()
        self._allowance = seconds
        if self._training_allowance is not None:
            _arm_backstop(2 * seconds)  # here, for the next line may lock the interpreter for good
        self._changed.set()

    def _watch(self) -> None:
        while not self._is_stopped:
            self._changed.clear()
            allowance = self._allowance
            quiet = time.monotonic() - self._last_sign
            if quiet >= allowance:
                faulthandler.dump_traceback(file=_stream(), all_threads=True)
                self._give_up()
                return
            _arm_backstop(2 * allowance - quiet)
            self._changed.wait(allowance - quiet)
        faulthandler.cancel_dump_traceback_later()


def _arm_backstop(seconds: float) -> None:
    """End the process so many seconds from now, stacks shown, unless armed again before."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=_stream())


def _stream() -> TextIO:
    return sys.__stderr__ or sys.stderr
