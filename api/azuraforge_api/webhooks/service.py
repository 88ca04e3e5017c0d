"""What one can do with webhooks; called by the endpoints."""

import uuid
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.problems.problem import Problem
from azuraforge_api.security.secrets import new_secret
from azuraforge_api.webhooks.outbox import Outbox
from azuraforge_api.webhooks.repository import find_delivery, find_webhook
from azuraforge_api.webhooks.schemas import (
    DeliveryState,
    NewWebhook,
    WebhookChange,
    WebhookEvent,
    WebhookMessage,
)
from azuraforge_api.webhooks.tables import DeliveryRow, WebhookRow

__all__ = [
    "add_test",
    "change_webhook",
    "create_webhook",
    "get_delivery",
    "get_webhook",
    "send_again",
]


async def create_webhook(session: AsyncSession, wanted: NewWebhook, *, by: str) -> WebhookRow:
    """Create a webhook, with a random secret where none is given."""
    row = WebhookRow(
        **wanted.model_dump(mode="json", exclude={"secret"}),
        secret=wanted.secret or new_secret(),
        created_by=by,
        created_at=datetime.now(UTC),
        version=1,
    )
    session.add(row)
    await session.flush()
    return row


async def get_webhook(
    session: AsyncSession, identity: int, *, is_locked: bool = False
) -> WebhookRow:
    """Return a webhook.

    Raises:
        Problem: there is none.
    """
    row = await find_webhook(session, identity, is_locked=is_locked)
    if row is None:
        raise Problem("not-found", f"There is no webhook {identity}.")
    return row


def change_webhook(row: WebhookRow, change: WebhookChange) -> None:
    """Change what is named.

    Raises:
        Problem: nothing is.
    """
    changes = change.model_dump(mode="json", exclude_unset=True)
    if not changes:
        raise Problem("invalid-request", "Nothing to change: name at least one field.")
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1


async def add_test(session: AsyncSession, outbox: Outbox, row: WebhookRow) -> DeliveryRow:
    """Send a message that tells nothing; it takes the way of all others."""
    _check_active(row)
    message = WebhookMessage(
        id=f"test.{uuid.uuid4()}", event=WebhookEvent.TEST, created_at=datetime.now(UTC), job=None
    )
    delivery = outbox.add(session, row, message)
    await session.flush()
    return delivery


async def get_delivery(
    session: AsyncSession, webhook_id: int, uid: str, *, is_locked: bool = False
) -> DeliveryRow:
    """Return a delivery of a webhook.

    Raises:
        Problem: there is none.
    """
    row = await find_delivery(session, webhook_id, uid, is_locked=is_locked)
    if row is None:
        raise Problem(
            "not-found",
            f"Webhook {webhook_id} has no delivery {uid!r}.",
            remedy="Deliveries are forgotten 30 days after their end.",
        )
    return row


async def send_again(
    session: AsyncSession, outbox: Outbox, webhook: WebhookRow, row: DeliveryRow
) -> None:
    """Let a delivery that has ended begin anew, under its old identity.

    Raises:
        Problem: it is still under way.
    """
    _check_active(webhook)
    if row.state == DeliveryState.PENDING.value:
        raise Problem("conflict", f"Delivery {row.uid} is still under way.")
    row.state = DeliveryState.PENDING.value
    row.attempts, row.ended_at, row.next_attempt_at = 0, None, datetime.now(UTC)
    row.answer_status = row.error = None  # of attempts that do not count any more
    await session.flush()
    outbox.wake_after(session)


def _check_active(row: WebhookRow) -> None:
    if not row.is_active:
        raise Problem(
            "conflict",
            f"Webhook {row.id} is not active: nothing would be sent.",
            remedy='PATCH it with {"isActive": true} first.',
        )
