"""Queries on webhooks and deliveries."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.webhooks.schemas import DeliveryState
from azuraforge_api.webhooks.tables import DeliveryRow, WebhookRow

__all__ = [
    "count_states",
    "find_delivery",
    "find_webhook",
    "forget_deliveries",
    "list_delivery_rows",
    "list_due",
    "list_webhook_rows",
    "list_webhooks_untold",
]


async def find_webhook(
    session: AsyncSession, identity: int, *, is_locked: bool = False
) -> WebhookRow | None:
    """Return a webhook; locked, nobody else changes it until the transaction ends."""
    query = select(WebhookRow).where(WebhookRow.id == identity)
    return await session.scalar(query.with_for_update() if is_locked else query)


async def list_webhook_rows(
    session: AsyncSession, *, created_by: str | None, limit: int, after: int | None
) -> list[WebhookRow]:
    """Return one webhook more than the limit where more follow, newest first."""
    query = select(WebhookRow).order_by(WebhookRow.id.desc()).limit(limit + 1)
    if created_by is not None:
        query = query.where(WebhookRow.created_by == created_by)
    if after is not None:
        query = query.where(WebhookRow.id < after)
    return list(await session.scalars(query))


async def list_webhooks_untold(session: AsyncSession, event_id: str) -> list[WebhookRow]:
    """Return the active webhooks for which no delivery of an event was written."""
    told = select(DeliveryRow.id).where(
        DeliveryRow.webhook_id == WebhookRow.id, DeliveryRow.event_id == event_id
    )
    query = select(WebhookRow).where(WebhookRow.is_active, ~told.exists())
    return list(await session.scalars(query.order_by(WebhookRow.id)))


async def find_delivery(
    session: AsyncSession, webhook_id: int, uid: str, *, is_locked: bool = False
) -> DeliveryRow | None:
    """Return a delivery of a webhook; locked as `find_webhook` does."""
    query = select(DeliveryRow).where(DeliveryRow.webhook_id == webhook_id, DeliveryRow.uid == uid)
    return await session.scalar(query.with_for_update() if is_locked else query)


async def list_delivery_rows(
    session: AsyncSession,
    webhook_id: int,
    *,
    state: DeliveryState | None,
    limit: int,
    after: int | None,
) -> list[DeliveryRow]:
    """Return one delivery more than the limit where more follow, newest first."""
    query = select(DeliveryRow).where(DeliveryRow.webhook_id == webhook_id)
    if state is not None:
        query = query.where(DeliveryRow.state == state.value)
    if after is not None:
        query = query.where(DeliveryRow.id < after)
    return list(await session.scalars(query.order_by(DeliveryRow.id.desc()).limit(limit + 1)))


async def list_due(
    session: AsyncSession, now: datetime, busy: Collection[int], *, limit: int
) -> list[tuple[DeliveryRow, WebhookRow]]:
    """Return deliveries whose time has come, longest due first; others may take the rest.

    Args:
        session: a writing transaction; what it returns is locked, what others have locked is left.
        now: the time.
        busy: webhooks that are being spoken to.
        limit: at most so many.
    """
    query = (
        select(DeliveryRow, WebhookRow)
        .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id)
        .where(
            DeliveryRow.state == DeliveryState.PENDING.value,
            DeliveryRow.next_attempt_at <= now,
            WebhookRow.is_active,
            WebhookRow.id.not_in(busy),
        )
        .order_by(DeliveryRow.next_attempt_at, DeliveryRow.id)
        .limit(limit)
        .with_for_update(of=DeliveryRow, skip_locked=True)
    )
    return [(delivery, webhook) for delivery, webhook in await session.execute(query)]


async def forget_deliveries(session: AsyncSession, before: datetime) -> None:
    """Remove deliveries that ended before a time."""
    await session.execute(delete(DeliveryRow).where(DeliveryRow.ended_at < before))


async def count_states(session: AsyncSession) -> dict[str, int]:
    """Return how many deliveries are in each state; delivered ones are not counted."""
    query = (
        select(DeliveryRow.state, func.count())
        .where(DeliveryRow.state != DeliveryState.DELIVERED.value)
        .group_by(DeliveryRow.state)
    )
    found = {row[0]: row[1] for row in await session.execute(query)}
    shown = (DeliveryState.PENDING, DeliveryState.DEAD)
    return {state.value: found.get(state.value, 0) for state in shown}
