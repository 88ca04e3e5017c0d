"""The way of one request: open the entry, or become its filler, or wait, or run without the cache.

Called by trainers and whoever else needs a data set. A request never fails for the cache alone.
"""

import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from azuraforge_contract.errors import SourceUnreachableError
from azuraforge_core.cache.entry import CacheEntry, CacheOutcome
from azuraforge_core.cache.fill_stage import FillStage, OnStage
from azuraforge_core.cache.key import CacheKey
from azuraforge_core.cache.layout import CacheLayout
from azuraforge_core.cache.lease import Lease, LeaseLost, LeaseTiming, LeaseWatch
from azuraforge_core.cache.publication import Damaged, look, publish, quarantine, repair
from azuraforge_core.cache.request import Request, Waiting
from azuraforge_core.cache.uncached import fill_privately
from azuraforge_core.cache.verification import Verifier
from azuraforge_core.cache.volume import VolumeTrouble, using_volume
from azuraforge_core.cache.writer import CacheWriter, Fill, create_entry_folder, run_fill

__all__ = ["SharedCache"]

_FIRST_POLL_SECONDS = 0.02


class SharedCache:
    """Data sets by key beneath one folder that processes, pods and nodes share.

    Args:
        root: the cache's folder; created when it is not there.
        fallback_folder: where a private copy goes when the cache cannot be used; by default the
            system's temporary folder.
        timing: how fast a dead filler is noticed.
        on_stage: told each stage of a fill of this process.
    """

    def __init__(
        self,
        root: Path,
        *,
        fallback_folder: Path | None = None,
        timing: LeaseTiming | None = None,
        on_stage: OnStage = lambda _: None,
    ) -> None:
        self._layout = CacheLayout(root)
        self._fallback_folder = fallback_folder
        self._timing = timing or LeaseTiming()
        self._on_stage = on_stage
        self._verifier = Verifier()

    def open_or_fill(
        self,
        key: CacheKey,
        fill: Fill,
        *,
        max_age_hours: float | None = None,
        wait_progress: Callable[[Waiting], None] = lambda _: None,
    ) -> CacheEntry:
        """Open the entry of ``key``; if there is none, one of all who ask now fills it.

        Args:
            key: what changes the entry's bytes.
            fill: writes the arrays. It may be called twice: again for a private copy, when the
                volume filled up under the first.
            max_age_hours: an older entry is fetched anew. If its source cannot be reached the old
                one is opened and says so. Who has the old one mapped keeps it.
            wait_progress: called at every poll while another process fills.

        Raises:
            StorageError: neither the cache nor the fallback folder has room.
            Exception: whatever ``fill`` raised, unchanged; nothing of that fill is left.
        """
        request = Request(key, fill, max_age_hours, wait_progress)
        try:
            return self._from_volume(request)
        except VolumeTrouble as trouble:
            return self._without_volume(request, trouble)

    def _from_volume(self, request: Request) -> CacheEntry:
        watch = LeaseWatch(self._layout.leases, request.key.digest, self._timing)
        began, pause = time.monotonic(), _FIRST_POLL_SECONDS
        while True:
            usable = request.usable(self._look(request, rejected=request.rejected))
            if usable is not None:
                return usable
            with using_volume():
                lease = watch.try_acquire()
            if lease is not None:
                with contextlib.suppress(LeaseLost), lease:
                    return self._fill_under(lease, request)
            request.wait_progress(Waiting(time.monotonic() - began, watch.holder_host))
            time.sleep(pause)
            pause = min(pause * 1.5, self._timing.poll_seconds)

    def _fill_under(self, lease: Lease, request: Request) -> CacheEntry:
        """Look again, now that nobody else may change the entry; fill it if it is still needed."""
        digest = request.key.digest
        self._on_stage(FillStage.LEASED)
        with using_volume():
            repair(self._layout, digest)
        found = self._look(request)
        usable = request.usable(found)
        if usable is not None:
            return usable
        if isinstance(found, Damaged):
            with using_volume(), contextlib.suppress(FileNotFoundError):  # pruned just now
                quarantine(self._layout, self._layout.entry(digest), lease.token, found.reason)
        try:
            self._fill(lease, request)
        except SourceUnreachableError as error:
            return request.stale_entry(error)
        self._on_stage(FillStage.PUBLISHED)
        made = self._look(request)
        if not isinstance(made, CacheEntry):
            raise VolumeTrouble("the cache volume lost an entry that was just written")
        made.outcome = CacheOutcome.MISS
        request.forget_stale()
        return made

    def _fill(self, lease: Lease, request: Request) -> None:
        folder = self._layout.filling / f"{request.key.digest}.{lease.token}"
        try:
            with using_volume():
                create_entry_folder(folder)
            self._on_stage(FillStage.STARTED)
            writer = CacheWriter(folder, check=lease.check)
            run_fill(request.fill, writer)
            self._on_stage(FillStage.WRITTEN)
            with using_volume():
                writer.finish(request.key, lease.token)
            self._on_stage(FillStage.FINISHED)
            self._publish(lease, folder, request.key.digest)
        except VolumeTrouble:
            self._unless_lost(lease)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _publish(self, lease: Lease, folder: Path, digest: str) -> None:
        with using_volume():
            if not lease.is_held():
                raise LeaseLost
            publish(self._layout, folder, digest, self._on_stage)

    @staticmethod
    def _unless_lost(lease: Lease) -> None:
        """Tell a failing volume from a folder that the next holder of the lease cleared away."""
        with using_volume():
            if not lease.is_held():
                raise LeaseLost

    def _look(self, request: Request, *, rejected: str = "") -> CacheEntry | Damaged | None:
        with using_volume():
            return look(self._layout, request.key.digest, self._verifier, rejected=rejected)

    def _without_volume(self, request: Request, trouble: VolumeTrouble) -> CacheEntry:
        reason = f"The cache at {self._layout.root} was not used: {trouble.reason}."
        try:
            return fill_privately(request.key, request.fill, self._fallback_folder, reason)
        except SourceUnreachableError as error:
            return request.stale_entry(error)
