"""SIGTERM and SIGINT: the first asks for a checkpoint, the second ends the process at once.

While training runs, the fit loop looks at `StopRequest.is_requested` after each step. Elsewhere
(opening data, evaluating, publishing) nothing is lost by stopping in the middle: inside
`interruptible` the request is raised on the spot.
"""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from types import FrameType

from azuraforge_contract.exit_codes import ExitCode

__all__ = ["StopNow", "StopRequest"]


class StopNow(BaseException):
    """Somebody asked to stop, and nothing has to be finished first.

    No ``Exception`` on purpose: code that handles failures of a source must not take it for one.
    """


class StopRequest:
    """Whether somebody asked the process to stop.

    Attributes:
        is_requested: true from the first request on.
        end_now: ends the process; called by the second request.
    """

    def __init__(self) -> None:
        self.is_requested = False
        self.end_now: Callable[[], None] = _exit_preempted
        self._is_interruptible = False

    def install(self) -> None:
        """Take SIGTERM and SIGINT from now on; only on the main thread."""
        signal.signal(signal.SIGTERM, self._receive)
        signal.signal(signal.SIGINT, self._receive)

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Raise `StopNow` inside this block once a request is there, at its end at the latest.

        Python swallows what is raised while it happens to run a finalizer; the end makes up for it.

        Raises:
            StopNow: a request is there.
        """
        self._is_interruptible = True
        try:
            self._raise_if_requested()
            yield
            self._raise_if_requested()
        finally:
            self._is_interruptible = False

    def _raise_if_requested(self) -> None:
        if self.is_requested:
            raise StopNow

    def _receive(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal's signature
        if self.is_requested:
            self.end_now()
        self.is_requested = True
        if self._is_interruptible:
            raise StopNow


def _exit_preempted() -> None:
    os._exit(ExitCode.PREEMPTED)
