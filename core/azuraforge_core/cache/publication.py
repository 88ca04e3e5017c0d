"""How an entry appears, is replaced, is found damaged, and leaves: by renames only.

Called by ``shared_cache``, whose caller holds the entry's lease for everything here but
:func:`look`. Readers that have files mapped are never harmed: files are renamed or, when nobody can
be using them, removed, but never written again.

=====================  ==================================================================
Killed after           The next holder of the lease finds, and does
=====================  ==================================================================
taking the lease       a dead lease: takes over
writing arrays         ``filling/<digest>.<token>``: removes it, fills again
writing the manifest   the same
moving the old entry   ``filling/<digest>.<token>.old`` and no entry: puts the old one back
away (a refresh)
moving the new one in  ``filling/<digest>.<token>.old`` and an entry: retires the old one
=====================  ==================================================================
"""

import contextlib
import errno
import shutil
from dataclasses import dataclass
from pathlib import Path

from azuraforge_contract.errors import StorageError
from azuraforge_core.cache.entry import CacheEntry, CacheOutcome, UsageMark, open_entry
from azuraforge_core.cache.fill_stage import FillStage, OnStage
from azuraforge_core.cache.layout import QUARANTINE_REASON, CacheLayout, digest_of, make_folder
from azuraforge_core.cache.manifest import CorruptManifestError, Manifest, read_manifest
from azuraforge_core.cache.verification import Verifier
from azuraforge_core.cache.volume import VolumeTrouble
from azuraforge_core.store.atomic import sync_folder, write_file

__all__ = ["Damaged", "look", "publish", "quarantine", "repair"]

_OLD = ".old"


@dataclass(frozen=True)
class Damaged:
    """An entry is there and cannot be used."""

    reason: str
    publication: str = ""
    """Its publication, where the manifest could be read."""


def look(
    layout: CacheLayout, digest: str, verifier: Verifier, *, rejected: str = ""
) -> CacheEntry | Damaged | None:
    """Open the published entry, mark it as used and check it.

    None when there is none, or when it is the ``rejected`` publication, which is not checked again.

    Raises:
        OSError: the volume fails.
        VolumeTrouble: a newer release wrote the entry.
    """
    folder = layout.entry(digest)
    try:
        manifest = read_manifest(folder)
    except FileNotFoundError:
        return Damaged("its manifest is missing") if folder.is_dir() else None
    except CorruptManifestError as error:
        return Damaged(str(error))
    except StorageError as error:
        raise VolumeTrouble(f"a newer release wrote the entry ({error.message})") from error
    if manifest.publication == rejected:
        return None
    try:
        return _open_checked(folder, manifest, verifier)
    except FileNotFoundError as error:
        return _missing_file(folder, manifest, error)


def _open_checked(folder: Path, manifest: Manifest, verifier: Verifier) -> CacheEntry | Damaged:
    """Mark first: a pruner that moved the folder away looks at the mark before it deletes."""
    mark = UsageMark(folder)
    try:
        damage = verifier.damage(folder, manifest)
        if not damage:
            return open_entry(folder, manifest, CacheOutcome.HIT, mark=mark)
    except BaseException:
        mark.end()
        raise
    mark.end()
    return Damaged(damage, manifest.publication)


def publish(layout: CacheLayout, filled: Path, digest: str, on_stage: OnStage) -> None:
    """Make a finished folder the entry; keep a replaced one for those who have it mapped.

    Raises:
        OSError: the volume fails, or the folder is gone with its lease.
    """
    target = layout.entry(digest)
    make_folder(target.parent)
    old = filled.with_name(filled.name + _OLD)
    with contextlib.suppress(FileNotFoundError):
        target.rename(old)
        on_stage(FillStage.MOVED_AWAY)
    try:
        filled.rename(target)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            _put_back(old, target)
            raise
        shutil.rmtree(filled, ignore_errors=True)  # an equal fill was published at the same moment
    sync_folder(target.parent)
    on_stage(FillStage.MOVED_IN)
    _retire(layout, old)


def quarantine(layout: CacheLayout, folder: Path, token: str, reason: str) -> Path:
    """Move a damaged entry away for a person to look at.

    Raises:
        OSError: the volume fails.
        StorageError: the volume fails.
    """
    make_folder(layout.quarantine)
    target = layout.quarantine / f"{folder.name}.{token}"
    folder.rename(target)
    write_file(target / QUARANTINE_REASON, f"{reason}\n".encode())
    return target


def repair(layout: CacheLayout, digest: str) -> None:
    """Clear what dead fillers of this entry left; only for the holder of its lease.

    Raises:
        OSError: the volume fails.
    """
    target = layout.entry(digest)
    for left in layout.children(layout.filling):
        if digest_of(left) != digest:
            continue
        if left.suffix != _OLD:
            shutil.rmtree(left, ignore_errors=True)
        elif target.exists():
            _retire(layout, left)
        else:
            _put_back(left, target)


def _put_back(old: Path, target: Path) -> None:
    if old.exists() and not target.exists():
        old.rename(target)


def _retire(layout: CacheLayout, old: Path) -> None:
    if old.exists():
        make_folder(layout.retired)
        old.rename(layout.retired / old.name.removesuffix(_OLD))


def _missing_file(folder: Path, manifest: Manifest, error: FileNotFoundError) -> Damaged | None:
    """Tell a damaged entry from one that was moved away while it was being opened."""
    with contextlib.suppress(OSError, CorruptManifestError, StorageError):
        if read_manifest(folder).publication == manifest.publication:
            name = Path(str(error.filename)).name
            return Damaged(f"{name} is missing", manifest.publication)
    return None
