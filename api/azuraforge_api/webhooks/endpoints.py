"""Webhooks over HTTP; for admins."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response, status

from azuraforge_api.http.dependencies import ReadSession, WriteSession
from azuraforge_api.http.entity_tag import IfMatch, check_if_match, set_entity_tag
from azuraforge_api.http.paging import Page, as_number, decode_token, page_of
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Admin
from azuraforge_api.webhooks.outbox import Outbox
from azuraforge_api.webhooks.repository import list_delivery_rows, list_webhook_rows
from azuraforge_api.webhooks.schemas import (
    CreatedWebhook,
    Delivery,
    DeliveryQuery,
    NewWebhook,
    Webhook,
    WebhookChange,
    WebhookQuery,
)
from azuraforge_api.webhooks.service import (
    add_test,
    change_webhook,
    create_webhook,
    get_delivery,
    get_webhook,
    send_again,
)

__all__ = ["router"]

router = APIRouter(
    prefix="/webhooks", tags=["webhooks"], responses=problems("unauthenticated", "forbidden")
)
_ORDER = "-id"
WebhookId = Annotated[int, Path(alias="webhook", ge=1, le=2**53)]
DeliveryId = Annotated[str, Path(alias="delivery", max_length=32, pattern="^[0-9a-f]{32}$")]


def _outbox(request: Request) -> Outbox:
    outbox: Outbox = request.app.state.outbox
    return outbox


AppOutbox = Annotated[Outbox, Depends(_outbox)]


@router.get("", responses=problems("invalid-request"))
async def list_webhooks(
    _: Admin, session: ReadSession, query: Annotated[WebhookQuery, Query()]
) -> Page[Webhook]:
    """List webhooks, newest first."""
    after = decode_token(query.page, _ORDER, as_number)[0] if query.page else None
    rows = await list_webhook_rows(
        session, created_by=query.created_by, limit=query.limit, after=after
    )
    last = rows[: query.limit][-1].id if rows else 0
    return page_of([Webhook.model_validate(row) for row in rows], query.limit, _ORDER, [last])


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems("invalid-request"))
async def create_one_webhook(
    admin: Admin, session: WriteSession, wanted: NewWebhook
) -> CreatedWebhook:
    """Create a webhook; its secret is in this answer and nowhere else."""
    row = await create_webhook(session, wanted, by=admin.name)
    return CreatedWebhook.model_validate(row)


@router.get("/{webhook}", responses=problems("not-found"))
async def get_one_webhook(
    _: Admin, session: ReadSession, response: Response, identity: WebhookId
) -> Webhook:
    """Show one webhook."""
    row = await get_webhook(session, identity)
    set_entity_tag(response, row.version)
    return Webhook.model_validate(row)


@router.patch("/{webhook}", responses=problems("invalid-request", "not-found", "stale"))
async def change_one_webhook(
    _: Admin,
    session: WriteSession,
    response: Response,
    identity: WebhookId,
    change: WebhookChange,
    if_match: IfMatch = None,
) -> Webhook:
    """Change a webhook, its secret too."""
    row = await get_webhook(session, identity, is_locked=True)
    check_if_match(if_match, row.version)
    change_webhook(row, change)
    await session.flush()
    set_entity_tag(response, row.version)
    return Webhook.model_validate(row)


@router.delete(
    "/{webhook}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems("not-found", "stale"),
)
async def delete_webhook(
    _: Admin, session: WriteSession, identity: WebhookId, if_match: IfMatch = None
) -> None:
    """Delete a webhook and its deliveries, also those that wait."""
    row = await get_webhook(session, identity, is_locked=True)
    check_if_match(if_match, row.version)
    await session.delete(row)


@router.post(
    "/{webhook}/test",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems("not-found", "conflict"),
)
async def send_test(
    _: Admin, session: WriteSession, outbox: AppOutbox, identity: WebhookId
) -> Delivery:
    """Send a message that tells nothing; what becomes of it is shown by its delivery."""
    row = await get_webhook(session, identity, is_locked=True)
    return Delivery.model_validate(await add_test(session, outbox, row))


@router.get("/{webhook}/deliveries", responses=problems("invalid-request", "not-found"))
async def list_deliveries(
    _: Admin, session: ReadSession, identity: WebhookId, query: Annotated[DeliveryQuery, Query()]
) -> Page[Delivery]:
    """List what was and will be sent, newest first; kept for 30 days after its end."""
    await get_webhook(session, identity)
    after = decode_token(query.page, _ORDER, as_number)[0] if query.page else None
    rows = await list_delivery_rows(
        session, identity, state=query.state, limit=query.limit, after=after
    )
    last = rows[: query.limit][-1].id if rows else 0
    return page_of([Delivery.model_validate(row) for row in rows], query.limit, _ORDER, [last])


@router.get("/{webhook}/deliveries/{delivery}", responses=problems("not-found"))
async def get_one_delivery(
    _: Admin, session: ReadSession, identity: WebhookId, uid: DeliveryId
) -> Delivery:
    """Show one delivery."""
    return Delivery.model_validate(await get_delivery(session, identity, uid))


@router.post(
    "/{webhook}/deliveries/{delivery}/redeliver",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems("not-found", "conflict"),
)
async def redeliver(
    _: Admin, session: WriteSession, outbox: AppOutbox, identity: WebhookId, uid: DeliveryId
) -> Delivery:
    """Send a delivery that has ended again, under its old identity."""
    webhook = await get_webhook(session, identity)
    row = await get_delivery(session, identity, uid, is_locked=True)
    await send_again(session, outbox, webhook, row)
    return Delivery.model_validate(row)
