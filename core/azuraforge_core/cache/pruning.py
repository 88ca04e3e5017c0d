"""What may leave a cache, and how. Called by ``azuraforge cache prune``, never by a trainer.

Nothing that was used within a day is removed: a job marks its entry every quarter of an hour, and a
page of a file that is removed under a job on a network volume ends the job with SIGBUS. That day is
all the protocol there is between jobs and pruning.
"""

import contextlib
import datetime as dt
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from azuraforge_contract.errors import StorageError
from azuraforge_core.cache.inventory import EntryState, EntrySummary, last_used_at, list_entries
from azuraforge_core.cache.layout import CacheLayout, make_folder

__all__ = ["PrunePolicy", "PruneReport", "PrunedEntry", "plan_pruning", "prune"]

_LEAST_PROTECTED_HOURS = 24.0
_ALWAYS_DUE = {EntryState.RETIRED, EntryState.FILLING}


@dataclass(frozen=True)
class PrunePolicy:
    """When an entry has to go. Without a limit only what nobody can open any more goes."""

    max_bytes: int | None = None
    """Room that the whole cache may take: the least recently used entries go until it does."""
    older_than_hours: float | None = None
    """Entries that nobody used for so long go."""
    protected_hours: float = _LEAST_PROTECTED_HOURS
    """Whatever was used within so many hours stays, whatever the limits say; 24 at least."""
    quarantine_hours: float = 7 * 24.0
    """Quarantined entries are kept so long for a person to look at, if the room suffices."""

    def __post_init__(self) -> None:
        if not self.protected_hours >= _LEAST_PROTECTED_HOURS:
            raise ValueError(
                f"What was used within {_LEAST_PROTECTED_HOURS:.0f} hours may be mapped by a "
                f"running job and is never pruned; got {self.protected_hours} hours."
            )


@dataclass(frozen=True)
class PrunedEntry:
    """One thing that was removed, or would be."""

    digest: str
    state: EntryState
    size_bytes: int
    last_used_at: dt.datetime


@dataclass(frozen=True)
class PruneReport:
    """What pruning did, or would do."""

    removed: tuple[PrunedEntry, ...]
    kept_bytes: int
    is_over_limit: bool
    """Whether more than ``max_bytes`` is left, because it was used too recently."""
    dry_run: bool

    @property
    def freed_bytes(self) -> int:
        """Room that was, or would be, made."""
        return sum(entry.size_bytes for entry in self.removed)


def prune(
    root: Path,
    policy: PrunePolicy,
    *,
    dry_run: bool = False,
    now: dt.datetime | None = None,
) -> PruneReport:
    """Remove what ``policy`` says, except what was used meanwhile.

    Raises:
        StorageError: the volume cannot be read or written.
    """
    now = now or dt.datetime.now(dt.UTC)
    layout = CacheLayout(root)
    try:
        entries = list_entries(root)
        due = plan_pruning(entries, policy, now)
        if not dry_run:
            due = [entry for entry in due if _remove(layout, entry)]
            _remove_dead_leases(layout, now)
    except OSError as error:
        raise StorageError(
            f"The cache {root} cannot be pruned: {error.strerror or error}.",
            remedy="Check the cache volume and the rights of this user.",
        ) from error
    kept_bytes = sum(entry.size_bytes for entry in entries) - sum(e.size_bytes for e in due)
    return PruneReport(
        removed=tuple(
            PrunedEntry(entry.digest, entry.state, entry.size_bytes, entry.last_used_at)
            for entry in due
        ),
        kept_bytes=kept_bytes,
        is_over_limit=policy.max_bytes is not None and kept_bytes > policy.max_bytes,
        dry_run=dry_run,
    )


def plan_pruning(
    entries: Sequence[EntrySummary], policy: PrunePolicy, now: dt.datetime
) -> list[EntrySummary]:
    """Choose what to remove, in order: what is no entry any more, then the least recently used."""
    oldest_first = sorted(entries, key=lambda entry: (entry.last_used_at, entry.digest))
    removable = [
        entry for entry in oldest_first if _unused_hours(entry, now) >= policy.protected_hours
    ]
    due = [entry for entry in removable if _is_due(entry, policy, now)]
    if policy.max_bytes is None:
        return due
    left_bytes = sum(entry.size_bytes for entry in entries) - sum(e.size_bytes for e in due)
    rest = [entry for entry in removable if entry not in due]
    for entry in sorted(rest, key=lambda entry: entry.state is EntryState.PUBLISHED):
        if left_bytes <= policy.max_bytes:
            break
        due.append(entry)
        left_bytes -= entry.size_bytes
    return due


def _is_due(entry: EntrySummary, policy: PrunePolicy, now: dt.datetime) -> bool:
    unused_hours = _unused_hours(entry, now)
    if entry.state in _ALWAYS_DUE:
        return True
    if entry.state is EntryState.QUARANTINED:
        return unused_hours >= policy.quarantine_hours
    return policy.older_than_hours is not None and unused_hours >= policy.older_than_hours


def _unused_hours(entry: EntrySummary, now: dt.datetime) -> float:
    return (now - entry.last_used_at).total_seconds() / 3600


def _remove(layout: CacheLayout, entry: EntrySummary) -> bool:
    """Remove one folder; return False if it was used or went since it was listed."""
    try:
        path = entry.path
        if entry.state is EntryState.PUBLISHED:
            path = _take_away(layout, entry)
            if last_used_at(path) > entry.last_used_at:
                _put_back(path, entry.path)
                return False
        shutil.rmtree(path)
    except FileNotFoundError:
        return False
    return True


def _take_away(layout: CacheLayout, entry: EntrySummary) -> Path:
    """Rename the entry, so that nobody opens half of it; who opened it before has marked it."""
    make_folder(layout.retired)
    return entry.path.rename(layout.retired / f"{entry.digest}.{secrets.token_hex(8)}")


def _put_back(path: Path, target: Path) -> None:
    with contextlib.suppress(OSError):  # a new one there: this one stays retired
        path.rename(target)


def _remove_dead_leases(layout: CacheLayout, now: dt.datetime) -> None:
    """Remove leases that were silent for a day: nobody came to take them over."""
    for lease in layout.children(layout.leases):
        if now.timestamp() - lease.stat().st_mtime >= _LEAST_PROTECTED_HOURS * 3600:
            lease.unlink(missing_ok=True)
