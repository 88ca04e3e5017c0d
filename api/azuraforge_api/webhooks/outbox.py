"""Writes deliveries down, in the transaction of what they tell; called by `jobs.mirror`.

Once for each job and webhook: a job's end has one identity, and a webhook knows which it was told.
What ended before a webhook was made is not told to it, so that a service which sees a cluster for
the first time does not report its history.
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.jobs.service import resource_of
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.webhooks.repository import list_webhooks_untold
from azuraforge_api.webhooks.schemas import DeliveryState, WebhookEvent, WebhookMessage
from azuraforge_api.webhooks.tables import DeliveryRow, WebhookRow
from azuraforge_contract.status import Phase

__all__ = ["Outbox"]

_EVENTS: Final = {
    Phase.SUCCEEDED.value: WebhookEvent.FINISHED,
    Phase.FAILED.value: WebhookEvent.FAILED,
    Phase.CANCELLED.value: WebhookEvent.CANCELLED,
}


class Outbox:
    """Where deliveries wait.

    Args:
        wake: called when a transaction that wrote some is committed.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    async def note_end(self, session: AsyncSession, job: JobRow) -> None:
        """Write what is to be told of a job that has ended.

        Args:
            session: the transaction that stores the end.
            job: in its last phase.
        """
        told = _EVENTS[job.phase]
        event_id = f"{job.uid}.{told.value}"
        ended = job.finished_at or datetime.now(UTC)
        webhooks = [
            webhook
            for webhook in await list_webhooks_untold(session, event_id)
            if _wants(webhook, job, told) and webhook.created_at <= ended
        ]
        if webhooks:
            message = WebhookMessage(
                id=event_id, event=told, created_at=datetime.now(UTC), job=resource_of(job)
            )
            for webhook in webhooks:
                self.add(session, webhook, message)

    def add(
        self, session: AsyncSession, webhook: WebhookRow, message: WebhookMessage
    ) -> DeliveryRow:
        """Write one delivery; it is due at once."""
        row = DeliveryRow(
            uid=uuid.uuid4().hex,
            webhook_id=webhook.id,
            event_id=message.id,
            event=message.event.value,
            body=message.model_dump_json(by_alias=True),
            state=DeliveryState.PENDING.value,
            attempts=0,
            next_attempt_at=message.created_at,
            created_at=message.created_at,
        )
        session.add(row)
        self.wake_after(session)
        return row

    def wake_after(self, session: AsyncSession) -> None:
        """Let the worker look as soon as a transaction is committed."""
        event.listen(session.sync_session, "after_commit", lambda _: self._wake(), once=True)


def _wants(webhook: WebhookRow, job: JobRow, told: WebhookEvent) -> bool:
    return (
        told.value in webhook.events
        and webhook.pipeline in (None, job.pipeline)
        and webhook.owner in (None, job.created_by)
    )
