"""What one caller of the cache asks for, and what was found for it so far.

Made and kept by ``shared_cache`` for the time of one request.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from azuraforge_contract.errors import SourceUnreachableError
from azuraforge_core.cache.entry import CacheEntry, CacheOutcome
from azuraforge_core.cache.key import CacheKey
from azuraforge_core.cache.publication import Damaged
from azuraforge_core.cache.writer import Fill

__all__ = ["Request", "Waiting"]


@dataclass(frozen=True)
class Waiting:
    """Told to a waiter's callback at every poll: it may show it, or raise to give up."""

    waited_seconds: float
    holder_host: str


@dataclass
class Request:
    """One call of ``open_or_fill``."""

    key: CacheKey
    fill: Fill
    max_age_hours: float | None
    wait_progress: Callable[[Waiting], None]
    began: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    rejected: str = ""
    """Publication that was found damaged or too old: not worth another look while waiting."""
    _stale: CacheEntry | None = None

    def usable(self, found: CacheEntry | Damaged | None) -> CacheEntry | None:
        """Return ``found`` if it answers the request; remember it if it is too old or damaged."""
        if isinstance(found, Damaged):
            self.rejected = found.publication
        if not isinstance(found, CacheEntry):
            return None
        if self._is_fresh(found):
            self.forget_stale()
            return found
        self.forget_stale()
        self._stale, self.rejected = found, found.manifest.publication
        return None

    def stale_entry(self, error: SourceUnreachableError) -> CacheEntry:
        """Return the entry that is too old, with the reason why it is used after all.

        Raises:
            SourceUnreachableError: there is none; ``error``, unchanged.
        """
        if self._stale is None:
            raise error
        hours = self._stale.manifest.age_hours(dt.datetime.now(dt.UTC))
        self._stale.outcome = CacheOutcome.STALE
        self._stale.reason = (
            f"The source could not be reached, so data of {hours:.1f} hours ago are used: "
            f"{error.message}"
        )
        return self._stale

    def forget_stale(self) -> None:
        """Stop keeping an entry that is too old for the case that its source fails."""
        if self._stale is not None:
            self._stale.close()
            self._stale = None

    def _is_fresh(self, found: CacheEntry) -> bool:
        """Whether it is young enough, or was fetched by somebody since this request began."""
        if self.max_age_hours is None:
            return True
        now = dt.datetime.now(dt.UTC)
        since_began = (now - self.began).total_seconds() / 3600
        return found.manifest.age_hours(now) <= max(self.max_age_hours, since_began)
