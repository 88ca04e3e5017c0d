"""Decides when a request that failed is sent again; called by the two clients."""

import email.utils
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx

__all__ = ["Patience", "RetryPolicy"]

_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

_NEVER_SENT: Final = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
"""The request itself cannot be sent."""


@dataclass(frozen=True)
class RetryPolicy:
    """How often and when.

    Attributes:
        tries: of a request in all; 1 tries once.
        first_delay_seconds: before the second; it doubles from try to try.
        longest_delay_seconds: what the service asks for beyond this is not waited for.
        patience_seconds: how long a stream that broke off is asked for again before it is given up,
            as while the service is restarted.
    """

    tries: int = 4
    first_delay_seconds: float = 0.5
    longest_delay_seconds: float = 30.0
    patience_seconds: float = 120.0

    def delay_seconds(
        self,
        failed: int,
        outcome: httpx.Response | httpx.TransportError,
        *,
        is_repeatable: bool,
    ) -> float | None:
        """Return after how long a request is sent again; None: not at all.

        Args:
            failed: tries so far, from 1.
            outcome: of the last one.
            is_repeatable: whether doing it twice is doing it once. What is not is sent again only
                where it surely was not done: no connection, or refused with 429.
        """
        if failed >= self.tries or not _may_pass(outcome, is_repeatable=is_repeatable):
            return None
        delay = self.pause_seconds(failed)
        asked = _asked_seconds(outcome)
        if asked is None:
            return delay
        return None if asked > self.longest_delay_seconds else max(asked, delay)

    def pause_seconds(self, failed: int) -> float:
        """Return the pause after so many failures in a row: about twice the one before."""
        pause = min(self.first_delay_seconds * 2.0 ** (failed - 1), self.longest_delay_seconds)
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads callers, keeps no secret


class Patience:
    """How long a stream that breaks off is still asked for.

    Args:
        policy: says how long, and the pauses.
    """

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self.renew()

    def renew(self) -> None:
        """Begin anew: something came."""
        self._failed = 0
        self._ends_at = time.monotonic() + self._policy.patience_seconds

    def next_pause_seconds(self) -> float | None:
        """Return the pause after another failure; None: it is time to give up."""
        self._failed += 1
        if time.monotonic() >= self._ends_at:
            return None
        return self._policy.pause_seconds(self._failed)


def _may_pass(outcome: httpx.Response | httpx.TransportError, *, is_repeatable: bool) -> bool:
    if isinstance(outcome, httpx.Response):
        known = {_TOO_MANY, _UNAVAILABLE} if is_repeatable else {_TOO_MANY}
        return outcome.status_code in known
    if isinstance(outcome, _NEVER_SENT):
        return False
    return is_repeatable or isinstance(outcome, _NOT_SENT)


def _asked_seconds(outcome: httpx.Response | httpx.TransportError) -> float | None:
    """Return what ``Retry-After`` says, in seconds from now."""
    told = outcome.headers.get("retry-after", "") if isinstance(outcome, httpx.Response) else ""
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        moment = email.utils.parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
