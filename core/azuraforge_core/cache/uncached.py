"""A private copy of a data set, for a job whose cache volume is full, read-only or failing.

Called by ``shared_cache`` when the volume failed. The copy's names are removed as soon as it is
mapped, so nothing of it is left when the job ends, however it ends.
"""

import shutil
import tempfile
from pathlib import Path

from azuraforge_contract.errors import StorageError
from azuraforge_core.cache.entry import CacheEntry, CacheOutcome, open_entry
from azuraforge_core.cache.key import CacheKey
from azuraforge_core.cache.volume import VolumeTrouble, using_volume
from azuraforge_core.cache.writer import CacheWriter, Fill, run_fill

__all__ = ["fill_privately"]


def fill_privately(
    key: CacheKey, fill: Fill, fallback_folder: Path | None, reason: str
) -> CacheEntry:
    """Fill into a temporary folder and open the result.

    Args:
        key: what changes the entry's bytes.
        fill: writes the arrays.
        fallback_folder: where the temporary folder goes; None: the system's.
        reason: why the cache is not used, a sentence.

    Raises:
        StorageError: there is no room for it either.
        Exception: whatever ``fill`` raised.
    """
    parent = fallback_folder or Path(tempfile.gettempdir())
    try:
        return _fill_in(parent, key, fill, reason)
    except VolumeTrouble as trouble:
        found = trouble.reason.replace("the cache volume", "its volume")
        raise StorageError(
            f"There is no room for the data set. {reason} A private copy in {parent} failed: "
            f"{found}.",
            remedy="Prune or enlarge the cache volume (azuraforge cache prune), "
            "or give the job more temporary storage.",
        ) from trouble


def _fill_in(parent: Path, key: CacheKey, fill: Fill, reason: str) -> CacheEntry:
    with using_volume():
        folder = Path(tempfile.mkdtemp(prefix="azuraforge-uncached-", dir=parent))
    try:
        writer = CacheWriter(folder)
        run_fill(fill, writer)
        with using_volume():
            manifest = writer.finish(key, publication="private")
            return open_entry(folder, manifest, CacheOutcome.UNCACHED, reason=reason)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
