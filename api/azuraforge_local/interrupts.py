"""What the terminal and the system ask of ``azuraforge run`` while it waits.

Called by ``run_executor``. The first SIGINT, SIGTERM or SIGHUP asks to stop at a checkpoint, the
second SIGINT to stop at once. Handlers only note what was asked; the executor's loop acts.
"""

import contextlib
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

__all__ = ["Interrupts", "listen_for_interrupts"]

_REQUESTS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Requests to stop, and a wait that they and the end of a child cut short."""

    def __init__(self, reader: socket.socket) -> None:
        self._requests = 0
        self._reader = reader

    @property
    def wants_stop(self) -> bool:
        """Whether somebody asked to stop at a checkpoint."""
        return self._requests > 0

    @property
    def wants_kill(self) -> bool:
        """Whether somebody asked again."""
        return self._requests > 1

    def wait(self, seconds: float) -> None:
        """Return after ``seconds``, or sooner when a signal arrives or a child ends."""
        select.select([self._reader], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            while self._reader.recv(1024):
                pass

    def note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's signature
        """Count a request; installed as a signal handler."""
        self._requests += 1


@contextmanager
def listen_for_interrupts() -> Iterator[Interrupts]:
    """Take the signals over for the duration of a block.

    A signal that this process was started to ignore (``nohup``) stays ignored.
    """
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    interrupts = Interrupts(reader)
    taken = [number for number in _REQUESTS if signal.getsignal(number) != signal.SIG_IGN]
    previous = {number: signal.signal(number, interrupts.note) for number in taken}
    previous[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _wake)
    wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    try:
        yield interrupts
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in previous.items():
            signal.signal(number, handler)
        reader.close()
        writer.close()


def _wake(number: int, frame: FrameType | None) -> None:
    """Exist, so that the end of a child writes to the wake-up descriptor."""
