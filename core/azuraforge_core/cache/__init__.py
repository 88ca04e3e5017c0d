"""The shared cache: data that many jobs train on, prepared once and mapped by all.

Belongs here: naming an entry by what changes its bytes, filling it once however many processes and
nodes ask, mapping it read-only, finding and replacing corrupt ones, listing and pruning.

Never here: what the arrays mean (``azuraforge_core.data``), training, a lock of the file system.

In reading order: ``shared_cache`` (the way of one request), ``lease`` (who fills), ``publication``
(how an entry appears, is replaced and leaves), ``verification`` (how damage is found),
``pruning`` (what may be removed). The folder's names are in ``layout``.
"""

from azuraforge_core.cache.entry import CacheEntry, CacheOutcome
from azuraforge_core.cache.fill_stage import FillStage
from azuraforge_core.cache.inventory import (
    EntryState,
    EntrySummary,
    Verification,
    list_entries,
    verify,
)
from azuraforge_core.cache.key import CacheKey
from azuraforge_core.cache.lease import LeaseTiming
from azuraforge_core.cache.pruning import PrunedEntry, PrunePolicy, PruneReport, prune
from azuraforge_core.cache.request import Waiting
from azuraforge_core.cache.shared_cache import SharedCache
from azuraforge_core.cache.writer import CacheWriter

__all__ = [
    "CacheEntry",
    "CacheKey",
    "CacheOutcome",
    "CacheWriter",
    "EntryState",
    "EntrySummary",
    "FillStage",
    "LeaseTiming",
    "PrunePolicy",
    "PruneReport",
    "PrunedEntry",
    "SharedCache",
    "Verification",
    "Waiting",
    "list_entries",
    "prune",
    "verify",
]
