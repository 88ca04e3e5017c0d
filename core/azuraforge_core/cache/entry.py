"""An entry that is open: arrays mapped read-only, facts, and how it was come by.

Made by the cache, used by pipelines and trainers.
"""

import contextlib
import enum
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from azuraforge_core.cache.key import Json
from azuraforge_core.cache.layout import LAST_USED
from azuraforge_core.cache.manifest import Manifest
from azuraforge_core.cache.page_aligned import MappedArray, open_mapped

__all__ = ["CacheEntry", "CacheOutcome", "UsageMark", "open_entry"]

_USE_INTERVAL_SECONDS = 900.0


class CacheOutcome(enum.StrEnum):
    """How a request for an entry ended."""

    HIT = "Hit"
    """It was there, or another process made it meanwhile."""
    MISS = "Miss"
    """This process made it."""
    STALE = "Stale"
    """It is older than asked for, and its source cannot be reached."""
    UNCACHED = "Uncached"
    """The cache volume cannot be used: this process made a private copy."""


class UsageMark:
    """Says that an entry is in use, at once and every quarter of an hour until it is ended.

    The mark is the modification time of an open file: it goes on working after the entry was
    replaced and moved away. A volume that is mounted read-only is not marked.
    """

    def __init__(self, folder: Path, interval_seconds: float = _USE_INTERVAL_SECONDS) -> None:
        self._descriptor = os.open(folder / LAST_USED, os.O_RDONLY | os.O_CREAT, 0o664)
        self._ended = threading.Event()
        self._interval_seconds = interval_seconds
        self._mark()
        threading.Thread(target=self._keep, name="cache-usage", daemon=True).start()

    def end(self) -> None:
        """Stop saying so; the entry may be pruned a day later."""
        self._ended.set()

    def _keep(self) -> None:
        try:
            while not self._ended.wait(self._interval_seconds):
                self._mark()
        finally:
            os.close(self._descriptor)

    def _mark(self) -> None:
        with contextlib.suppress(OSError):
            os.utime(self._descriptor)


class CacheEntry:
    """Arrays that all processes of a machine share, and facts about them.

    It counts as in use until :meth:`close` or the end of the process, because arrays may outlive
    this object. Leaving a ``with`` block closes it. Arrays stay mapped after closing; what ends is
    the promise that nobody prunes their files.
    """

    def __init__(
        self,
        manifest: Manifest,
        arrays: Mapping[str, MappedArray],
        *,
        outcome: CacheOutcome,
        reason: str = "",
        mark: UsageMark | None = None,
    ) -> None:
        self._manifest = manifest
        self._arrays = dict(arrays)
        self._mark = mark
        self.outcome = outcome
        self.reason = reason
        """Why it is stale or uncached, a sentence for people; empty otherwise."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"CacheEntry({self.digest[:12]}, {self.outcome}, {sorted(self._arrays)})"

    @property
    def manifest(self) -> Manifest:
        """What the entry was made from and holds."""
        return self._manifest

    @property
    def digest(self) -> str:
        """The key's digest, which names the entry."""
        return self._manifest.key.digest

    @property
    def content_digest(self) -> str:
        """Digest of facts and arrays: equal for equal data. A model's lineage records it."""
        return self._manifest.content_digest

    @property
    def facts(self) -> dict[str, Json]:
        """What the fill function said about the arrays."""
        return dict(self._manifest.facts)

    def array(self, name: str) -> MappedArray:
        """Return an array, mapped read-only; nothing is read before it is indexed.

        Raises:
            KeyError: the entry has no such array.
        """
        if name not in self._arrays:
            raise KeyError(f"No array {name!r} in this entry; it has {sorted(self._arrays)}.")
        return self._arrays[name]

    def close(self) -> None:
        """Stop counting as in use."""
        if self._mark is not None:
            self._mark.end()


def open_entry(
    folder: Path,
    manifest: Manifest,
    outcome: CacheOutcome,
    *,
    reason: str = "",
    mark: UsageMark | None = None,
) -> CacheEntry:
    """Map all arrays of the entry in ``folder`` now, so that its names may go afterwards.

    Raises:
        OSError: a file is not there or the volume fails.
        ValueError: a file is shorter than the manifest says.
    """
    arrays = {
        name: open_mapped(folder / array.file, array.shape, array.dtype)
        for name, array in manifest.arrays.items()
    }
    return CacheEntry(manifest, arrays, outcome=outcome, reason=reason, mark=mark)
