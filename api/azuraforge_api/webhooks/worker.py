"""Carries deliveries out; one task in each process of the service, opened by ``app``.

Each attempt is claimed in a short transaction that says until when it may take, and ends in
another one, so that no transaction stays open while a receiver thinks. A process that dies in
between leaves a claim that runs out: the delivery is tried again under its old identity. One
attempt at a time goes to a receiver, so that one which hangs keeps nobody else waiting.
"""

import asyncio
import contextlib
import logging
import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from azuraforge_api.database.database import Database
from azuraforge_api.settings import Settings
from azuraforge_api.webhooks.addresses import AddressPolicy
from azuraforge_api.webhooks.repository import forget_deliveries, list_due
from azuraforge_api.webhooks.schemas import DeliveryState
from azuraforge_api.webhooks.sender import Message, Outcome, WebhookSender
from azuraforge_api.webhooks.tables import DeliveryRow

__all__ = ["DeliveryWorker", "wait_before"]

_LOOK_SECONDS: Final = 2.0
"""How often is looked without a call: for what is due again, and what other processes wrote."""
_AT_ONCE: Final = 8
_LOST_SECONDS: Final = 30.0
"""So long after its time limit an attempt counts as lost with its process."""
_LONGEST_WAIT: Final = timedelta(hours=1)
_FACTOR: Final = 3
_DRAIN_SECONDS: Final = 2.0
_KEPT: Final = timedelta(days=30)
_SWEEP: Final = timedelta(hours=1)
_ERROR_LENGTH: Final = 300
_logger: Final = logging.getLogger("azuraforge.api.webhooks")


@dataclass(frozen=True)
class _Claim:
    """An attempt that is this process's."""

    delivery_id: int
    webhook_id: int
    attempt: int
    message: Message


def wait_before(attempt: int, first_seconds: float) -> timedelta:
    """Return how long to wait before an attempt, counted from 1; the second one is the first wait.

    Each wait is three times the one before, an hour at most, of which a random share up to a half
    is left out: receivers that come back are not met by all their senders in one moment.
    """
    longest = _LONGEST_WAIT.total_seconds()
    whole = min(longest, first_seconds * _FACTOR ** min(attempt - 2, 20))
    return timedelta(seconds=whole * random.uniform(0.5, 1.0))  # noqa: S311 - no secret


class DeliveryWorker:
    """Delivers in the background for as long as the service runs.

    Args:
        settings: the service's.
        database: the service's.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self.outcomes: Counter[str] = Counter()
        """Ended attempts of this process: delivered, failed (tried again later), dead."""
        self._settings = settings
        self._database = database
        policy = AddressPolicy(settings.webhook_allowed_hosts)
        self._sender = WebhookSender(policy, settings.webhook_timeout_seconds)
        self._called = asyncio.Event()
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._swept = datetime.min.replace(tzinfo=UTC)

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._work(), name="webhooks")

    def wake(self) -> None:
        """Look at once: something was written."""
        self._called.set()

    async def close(self) -> None:
        """End; attempts that are under way have a moment, and are otherwise made again later."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=_DRAIN_SECONDS)
        for attempt in tuple(self._busy.values()):
            attempt.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)
        await self._sender.close()

    async def _work(self) -> None:
        while True:
            self._called.clear()
            try:
                await self._begin_due()
                await self._sweep()
            except (SQLAlchemyError, OSError) as error:
                _logger.warning("webhooks: %s", error, extra={"event": "webhooks_trouble"})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._called.wait()

    async def _begin_due(self) -> None:
        for claim in await self._claim():
            attempt = asyncio.create_task(self._attempt(claim))
            self._busy[claim.webhook_id] = attempt
            attempt.add_done_callback(lambda _, key=claim.webhook_id: self._free(key))  # type: ignore[misc]  # mypy cannot infer a lambda with a default

    def _free(self, webhook_id: int) -> None:
        self._busy.pop(webhook_id, None)
        self.wake()  # there may be more for this receiver

    async def _claim(self) -> list[_Claim]:
        """Take what is due, at most one delivery of each webhook."""
        room = _AT_ONCE - len(self._busy)
        if room <= 0:
            return []
        now = datetime.now(UTC)
        lost = timedelta(seconds=self._settings.webhook_timeout_seconds + _LOST_SECONDS)
        claims: dict[int, _Claim] = {}
        async with self._database.write() as session:
            due = await list_due(session, now, list(self._busy), limit=4 * _AT_ONCE)
            for row, webhook in due:
                if webhook.id in claims or len(claims) >= room:
                    continue
                row.attempts += 1
                row.next_attempt_at = now + lost
                message = Message(
                    webhook.url, webhook.secret, row.uid, row.event, row.body.encode()
                )
                claims[webhook.id] = _Claim(row.id, webhook.id, row.attempts, message)
        return list(claims.values())

    async def _attempt(self, claim: _Claim) -> None:
        outcome = await self._sender.send(claim.message)
        changes = self._changes(claim, outcome)
        state = str(changes["state"])
        word = "failed" if state == DeliveryState.PENDING.value else state
        facts = {
            "event": f"webhook_{word}", "webhook": claim.webhook_id, "attempt": claim.attempt,
            "delivery": claim.message.delivery, "status": outcome.status, "error": outcome.error,
        }  # fmt: skip
        _logger.info("webhook %s: %s", claim.webhook_id, word, extra=facts)
        self.outcomes[word] += 1
        statement = update(DeliveryRow).where(
            DeliveryRow.id == claim.delivery_id,
            DeliveryRow.state == DeliveryState.PENDING.value,
            DeliveryRow.attempts == claim.attempt,  # else the claim ran out and another one acts
        )
        try:
            async with self._database.write() as session:
                await session.execute(statement.values(**changes))
        except (SQLAlchemyError, OSError) as error:  # it is made again when the claim runs out
            _logger.warning("webhooks: %s", error, extra={"event": "webhooks_trouble"})

    def _changes(self, claim: _Claim, outcome: Outcome) -> dict[str, object]:
        now = datetime.now(UTC)
        error = outcome.error[:_ERROR_LENGTH].replace("\0", "") if outcome.error else None
        told = {"answer_status": outcome.status, "error": error}
        if outcome.error is None:
            ended = DeliveryState.DELIVERED.value
        elif outcome.is_final or claim.attempt >= self._settings.webhook_attempts:
            ended = DeliveryState.DEAD.value
        else:
            wait = wait_before(claim.attempt + 1, self._settings.webhook_retry_seconds)
            return {**told, "state": DeliveryState.PENDING.value, "next_attempt_at": now + wait}
        return {**told, "state": ended, "next_attempt_at": None, "ended_at": now}

    async def _sweep(self) -> None:
        """Forget old deliveries, now and then."""
        now = datetime.now(UTC)
        if now - self._swept < _SWEEP:
            return
        self._swept = now
        async with self._database.write() as session:
            await forget_deliveries(session, now - _KEPT)
