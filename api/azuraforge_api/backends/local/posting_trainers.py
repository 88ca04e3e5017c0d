"""What a trainer on this machine needs to post its events, besides writing them into its folder.

The service reads the folder anyway; posts take the same road as in a cluster, and reach whoever
follows a job without waiting for the next look.
"""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from azuraforge_api.tokens.trainer_tokens import TrainerTokens
from azuraforge_contract.environment import TRACKING_TOKEN_FILE, TRACKING_URL

__all__ = ["PostingTrainers"]

_logger: Final = logging.getLogger("azuraforge.api.local")


@dataclass(frozen=True)
class PostingTrainers:
    """Lets trainers post.

    Attributes:
        url: the address at which they reach this service.
        tokens: prove that they are theirs.
    """

    url: str
    tokens: TrainerTokens

    def environment(self, uid: str) -> dict[str, str]:
        """Return the variables of a run's trainers."""
        return {TRACKING_URL: self.url, TRACKING_TOKEN_FILE: str(self.tokens.path(uid))}

    async def begin(self, uid: str) -> None:
        """Give a run a token; one that goes on since before takes it from the same file."""
        try:
            await self.tokens.issue(uid)
        except Exception as error:  # noqa: BLE001 - a run goes on without, whatever is wrong
            self._note(uid, error)

    async def end(self, uid: str) -> None:
        """End a run's token."""
        try:
            await self.tokens.revoke(uid)
        except Exception as error:  # noqa: BLE001 - it is worth nothing once the job has ended
            self._note(uid, error)

    async def tidy(self, going_on: Collection[str]) -> None:
        """End the tokens that a service left behind which was killed, but those of some runs."""
        for uid in await asyncio.to_thread(self.tokens.issued):
            if uid not in going_on:
                await self.end(uid)

    def _note(self, uid: str, error: Exception) -> None:
        facts = {"event": "trainer_token_trouble", "job": uid}
        _logger.warning("token of run %s: %s", uid, error, extra=facts)
