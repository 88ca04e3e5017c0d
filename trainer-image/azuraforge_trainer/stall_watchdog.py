"""The stall watchdog: gives an attempt up that finishes nothing for too long.

Every step, batch of an evaluation and change of phase re-arms it. On expiry all stacks go to
standard error and the process ends. A hang inside native code that keeps the interpreter locked
stops the watchdog's own thread too; for that, faulthandler's timer, which needs no interpreter,
ends the process at twice the allowance.
"""

import faulthandler
import sys
import threading
import time
from collections.abc import Callable

__all__ = ["StallWatchdog"]


class StallWatchdog:
    """Watches that something is finished now and then.

    Args:
        allowance_seconds: longest time without; None: watch nothing.
        give_up: called on the watchdog's thread after the stacks were dumped; must end the process.
    """

    def __init__(self, allowance_seconds: float | None, give_up: Callable[[], None]) -> None:
        self._allowance = allowance_seconds
        self._give_up = give_up
        self._last_sign = time.monotonic()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Watch from now on."""
        self.rearm()
        if self._allowance is not None:
            threading.Thread(target=self._watch, name="stall-watchdog", daemon=True).start()

    def rearm(self) -> None:
        """Something was finished. Cheap enough for every step."""
        self._last_sign = time.monotonic()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()
        faulthandler.cancel_dump_traceback_later()

    def _watch(self) -> None:
        allowance = self._allowance or 0.0
        while True:
            quiet = time.monotonic() - self._last_sign
            if quiet >= allowance:
                faulthandler.dump_traceback(file=sys.__stderr__ or sys.stderr, all_threads=True)
                self._give_up()
                return
            faulthandler.dump_traceback_later(
                2 * allowance - quiet, exit=True, file=sys.__stderr__ or sys.stderr
            )
            if self._stopped.wait(allowance - quiet):
                faulthandler.cancel_dump_traceback_later()
                return
