"""What lies in a cache, and whether it is whole. Called by ``azuraforge cache ls`` and ``verify``.

Nothing here marks an entry as used.
"""

import contextlib
import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from azuraforge_contract.errors import StorageError
from azuraforge_core.cache.key import Json
from azuraforge_core.cache.layout import LAST_USED, QUARANTINE_REASON, CacheLayout, digest_of
from azuraforge_core.cache.lease import LeaseTiming, LeaseWatch
from azuraforge_core.cache.manifest import CorruptManifestError, Manifest, read_manifest
from azuraforge_core.cache.publication import quarantine
from azuraforge_core.cache.verification import find_damage

__all__ = ["EntryState", "EntrySummary", "Verification", "last_used_at", "list_entries", "verify"]


class EntryState(enum.StrEnum):
    """In which folder of the cache something lies."""

    PUBLISHED = "Published"
    FILLING = "Filling"
    """In the making, or left by a dead filler."""
    RETIRED = "Retired"
    """Replaced by fresher data, kept for those who have it mapped."""
    QUARANTINED = "Quarantined"


@dataclass(frozen=True)
class EntrySummary:
    """One folder of the cache, as far as it can be read."""

    digest: str
    state: EntryState
    path: Path
    size_bytes: int
    """Room that it takes on the volume."""
    last_used_at: dt.datetime
    manifest: Manifest | None
    problem: str
    """Why it was quarantined, or why its manifest cannot be read; else empty."""

    @property
    def parameters(self) -> dict[str, Json]:
        """What it was made from; empty where the manifest cannot be read."""
        return self.manifest.key.parameters if self.manifest else {}


@dataclass(frozen=True)
class Verification:
    """The result of reading all bytes of one published entry."""

    digest: str
    size_bytes: int
    problem: str
    """What is wrong; empty when the entry is whole."""
    quarantined: bool
    """Whether it was moved away: not if it is being filled again now, or cannot be moved."""


def list_entries(root: Path) -> list[EntrySummary]:
    """Return everything in the cache, last used first.

    Raises:
        StorageError: the volume cannot be read.
    """
    layout = CacheLayout(root)
    with _reading(root):
        found = [
            summary
            for state, path in _folders(layout)
            if (summary := _summarize(layout, path, state)) is not None
        ]
    return sorted(found, key=lambda summary: summary.last_used_at, reverse=True)


def verify(root: Path) -> Iterator[Verification]:
    """Read all bytes of every published entry, one entry a step; move damaged ones away.

    Raises:
        StorageError: the volume cannot be read.
    """
    layout = CacheLayout(root)
    with _reading(root):
        folders = list(layout.published())
    for folder in folders:
        with _reading(folder):
            found = _verify_entry(layout, folder)
        if found is not None:
            yield found


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The cache cannot be read at {path}: {error.strerror or error}.",
            remedy="Check the cache volume and the rights of this user.",
        ) from error


def _folders(layout: CacheLayout) -> Iterator[tuple[EntryState, Path]]:
    places = [
        (EntryState.PUBLISHED, layout.published()),
        (EntryState.FILLING, layout.children(layout.filling)),
        (EntryState.RETIRED, layout.children(layout.retired)),
        (EntryState.QUARANTINED, layout.children(layout.quarantine)),
    ]
    for state, paths in places:
        yield from ((state, path) for path in paths if digest_of(path))


def _verify_entry(layout: CacheLayout, folder: Path) -> Verification | None:
    """Verify one entry; None if it was pruned or replaced meanwhile."""
    try:
        problem, size_bytes = _problem(folder)
    except FileNotFoundError:
        return None
    except StorageError as error:  # a newer release's entry: not ours to judge
        return Verification(folder.name, _size_bytes(folder), error.message, quarantined=False)
    moved = bool(problem) and _quarantine(layout, folder)
    return Verification(folder.name, size_bytes, problem, moved)


def _problem(folder: Path) -> tuple[str, int]:
    try:
        manifest = read_manifest(folder)
        return find_damage(folder, manifest), manifest.size_bytes
    except CorruptManifestError as error:
        return str(error), _size_bytes(folder)
    except FileNotFoundError as error:
        if not folder.is_dir():
            raise
        return f"{Path(str(error.filename)).name} is missing", _size_bytes(folder)


def _quarantine(layout: CacheLayout, folder: Path) -> bool:
    """Move the entry away under its lease, if it is still damaged then and can be moved."""
    with contextlib.suppress(OSError, StorageError):
        lease = LeaseWatch(layout.leases, folder.name, LeaseTiming()).try_acquire()
        if lease is None:
            return False
        with lease:
            problem, _ = _problem(folder)
            if problem:
                quarantine(layout, folder, lease.token, problem)
            return bool(problem)
    return False


def _summarize(layout: CacheLayout, path: Path, state: EntryState) -> EntrySummary | None:
    manifest, problem = None, ""
    try:
        used_at = last_used_at(path)
        if state is EntryState.FILLING:
            used_at = max([used_at, *_beats(layout, digest_of(path))])
        size_bytes = _size_bytes(path)
    except FileNotFoundError:
        return None
    try:
        manifest = read_manifest(path)
    except (CorruptManifestError, StorageError, OSError) as error:
        problem = "" if state is EntryState.FILLING else str(error)
    if state is EntryState.QUARANTINED:
        problem = _reason(path) or problem
    return EntrySummary(digest_of(path), state, path, size_bytes, used_at, manifest, problem)


def last_used_at(path: Path) -> dt.datetime:
    """Return the mark's time, or where there is none the latest time of anything in the folder."""
    mark = path / LAST_USED
    paths = [mark] if mark.exists() else [path, *path.iterdir()]
    return max(_modified_at(each) for each in paths)


def _beats(layout: CacheLayout, digest: str) -> list[dt.datetime]:
    """Return when the fillers of an entry last gave a sign of life."""
    leases = layout.leases.glob(f"{digest}.*")
    return [_modified_at(lease) for lease in leases if lease.exists()]


def _modified_at(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)


def _size_bytes(path: Path) -> int:
    return sum(each.stat().st_blocks * 512 for each in path.iterdir())


def _reason(path: Path) -> str:
    try:
        return (path / QUARANTINE_REASON).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
