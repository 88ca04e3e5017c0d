"""Who fills an entry: one process among all nodes, by nothing but files on the cache's volume.

Called by ``shared_cache``. A lease is a file ``leases/<digest>.<generation>`` created exclusively
(``O_EXCL``, atomic on NFS 3 and later), whose text names the holder. The newest generation holds.

======================  =========================  =============================================
What an asker sees      What it does               Why nobody else can do the same
======================  =========================  =============================================
no lease file           creates generation 1       exclusive creation has one winner
generation n, beating   waits                      -
generation n, dead      creates generation n + 1   exclusive creation has one winner; nothing is
                                                   deleted or written to take over, so a slow
                                                   asker cannot remove the winner's lease
its claim is not the    withdraws its claim        the newest generation holds
newest
generation n vanished   withdraws its claim        n was released after it was seen: the entry
while n + 1 was made                               may be there now, so the asker looks again
======================  =========================  =============================================

*Beating*: the holder sets the file's times every ``heartbeat_seconds`` from a thread of its own.
*Dead*: the file did not change while an asker watched for ``lease_seconds`` of its own monotonic
clock (clocks of two machines are never compared; a pause of the asker itself counts as one beat at
most), or the holder was a process of this machine that is gone (``process_identity``).

A holder that was frozen and judged dead learns it at its next beat, and asks again right before it
publishes: somebody else's token in the newest lease means lost. Between that question and the
rename a takeover can still slip in, and a network file system may answer the question from its
attribute cache. Then two equal fills are published one after the other: work is wasted, but no
reader can see a mixed or half entry, because a fill becomes visible only by one rename.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from azuraforge_core.cache.layout import make_folder, share_with_group
from azuraforge_core.cache.lease_files import Holder, LeaseFiles, Sighting

__all__ = ["Lease", "LeaseLost", "LeaseTiming", "LeaseWatch"]

_FAREWELL_SECONDS = 5.0


class LeaseLost(Exception):  # noqa: N818 -- no error of the job: somebody else fills, so wait again
    """This fill was judged dead and another one is under way."""


@dataclass(frozen=True)
class LeaseTiming:
    """How long a silent holder is believed in, and how often it speaks."""

    lease_seconds: float = 60.0
    heartbeat_seconds: float = 10.0
    poll_seconds: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.heartbeat_seconds * 2 <= self.lease_seconds:
            raise ValueError(
                "A lease must last at least two heartbeats, "
                f"got {self.lease_seconds} s and {self.heartbeat_seconds} s."
            )


class Lease:
    """The right to fill one entry, kept alive by a thread until it is released or lost."""

    def __init__(
        self, leases: LeaseFiles, generation: int, holder: Holder, descriptor: int
    ) -> None:
        self._leases = leases
        self._generation = generation
        self._holder = holder
        self._descriptor = descriptor
        self._ended = threading.Event()
        self._lost = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    @property
    def token(self) -> str:
        """What tells this fill from every other."""
        return self._holder.token

    @property
    def is_lost(self) -> bool:
        """Whether a heartbeat has found another holder; asks nothing."""
        return self._lost.is_set()

    def check(self) -> None:
        """Stop a fill whose lease is known to be lost; asks nothing.

        Raises:
            LeaseLost: a heartbeat has found another holder.
        """
        if self.is_lost:
            raise LeaseLost

    def start_heartbeat(self, interval_seconds: float) -> None:
        """Beat every ``interval_seconds`` from a thread of its own."""
        self._thread = threading.Thread(
            target=self._beat, args=(interval_seconds,), name="cache-lease", daemon=True
        )
        self._thread.start()

    def is_held(self) -> bool:
        """Ask the volume whether the newest lease is this one."""
        newest = self._leases.newest()
        if newest is None or Holder.from_bytes(newest.content).token != self.token:
            self._lost.set()
        return not self.is_lost

    def release(self) -> None:
        """Let the next asker in at once. A lost lease is its new holder's to release."""
        self._ended.set()
        try:
            if self.is_held():
                self._leases.path(self._generation).unlink(missing_ok=True)
        except OSError:
            return  # the lease dies of its silence
        finally:
            if self._thread is not None:  # it closes the file; on a volume that hangs, whenever
                self._thread.join(_FAREWELL_SECONDS)

    def _beat(self, interval_seconds: float) -> None:
        """Beat until the end; the descriptor is this thread's, so nobody beats a reused number."""
        try:
            while not self._ended.wait(interval_seconds) and not self.is_lost:
                with contextlib.suppress(OSError):  # what fails at one beat may work at the next
                    os.utime(self._descriptor)
                    self.is_held()
        finally:
            os.close(self._descriptor)


@dataclass
class LeaseWatch:
    """One asker's view of the leases of one entry: call :meth:`try_acquire` until it gives one."""

    folder: Path
    digest: str
    timing: LeaseTiming
    clock: Callable[[], float] = time.monotonic
    _seen: Sighting | None = field(default=None, init=False)
    _looked_at: float = field(default=0.0, init=False)
    _silent_seconds: float = field(default=0.0, init=False)

    @property
    def holder_host(self) -> str:
        """Host of the holder seen last; empty when none was seen."""
        return Holder.from_bytes(self._seen.content).host if self._seen else ""

    def try_acquire(self) -> Lease | None:
        """Take the lease if nobody holds it or its holder is dead; None means: look again later.

        Raises:
            OSError: the volume cannot be written.
        """
        make_folder(self.folder)
        newest = self._leases.newest()
        if newest is None:
            return self._claim(1, predecessor=0)
        if self._is_dead(newest):
            return self._claim(newest.generation + 1, predecessor=newest.generation)
        return None

    @property
    def _leases(self) -> LeaseFiles:
        return LeaseFiles(self.folder, self.digest)

    def _is_dead(self, newest: Sighting) -> bool:
        now = self.clock()
        if newest != self._seen:
            self._seen, self._silent_seconds = newest, 0.0
        else:
            self._silent_seconds += min(now - self._looked_at, self.timing.heartbeat_seconds)
        self._looked_at = now
        identity = Holder.from_bytes(newest.content).identity
        if identity is not None and identity.is_certainly_dead():
            return True
        return self._silent_seconds >= self.timing.lease_seconds

    def _claim(self, generation: int, *, predecessor: int) -> Lease | None:
        leases, holder = self._leases, Holder.this_process()
        path = leases.path(generation)
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o664)
        except FileExistsError:
            return None
        lease = Lease(leases, generation, holder, descriptor)
        try:
            os.write(descriptor, holder.as_bytes())
            share_with_group(path)
            found = leases.generations()
        except BaseException:
            path.unlink(missing_ok=True)
            os.close(descriptor)
            raise
        if found[-1:] != [generation] or (predecessor and predecessor not in found):
            path.unlink(missing_ok=True)
            os.close(descriptor)
            return None
        for older in found[:-1]:
            leases.path(older).unlink(missing_ok=True)
        lease.start_heartbeat(self.timing.heartbeat_seconds)
        return lease
