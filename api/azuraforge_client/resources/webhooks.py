"""Messages about the ends of jobs to other programs; for admins."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack

from azuraforge_client.calls import API, Call, Listing, Route, nothing, parsed_as
from azuraforge_client.documents import Document
from azuraforge_client.operations import AsyncResource, Iteration, Operation, Resource
from azuraforge_client.pages import in_camel_case, listing

__all__ = [
    "AsyncWebhooks",
    "CreatedWebhook",
    "Delivery",
    "Webhook",
    "WebhookSettings",
    "Webhooks",
]

_HOOKS: Final = f"{API}/webhooks"
_DELIVERY: Final = f"{_HOOKS}/{{webhook}}/deliveries/{{delivery}}"
_LIST: Final = Route("GET", _HOOKS)
_CREATE: Final = Route("POST", _HOOKS)
_GET: Final = Route("GET", f"{_HOOKS}/{{webhook}}")
_CHANGE: Final = Route("PATCH", f"{_HOOKS}/{{webhook}}", is_repeatable=True)
_DELETE: Final = Route("DELETE", f"{_HOOKS}/{{webhook}}")
_TEST: Final = Route("POST", f"{_HOOKS}/{{webhook}}/test")
_DELIVERIES: Final = Route("GET", f"{_HOOKS}/{{webhook}}/deliveries")
_GET_DELIVERY: Final = Route("GET", _DELIVERY)
_REDELIVER: Final = Route("POST", f"{_DELIVERY}/redeliver")


class WebhookSettings(TypedDict, total=False):
    """What may be said of a webhook."""

    url: str
    """Where messages go."""
    events: Sequence[str]
    """finished, failed, cancelled: which ends of jobs are told."""
    pipeline: str | None
    """Only jobs of this plugin; None: of any."""
    owner: str | None
    """Only jobs of this creator; None: of anybody."""
    secret: str
    """What messages are signed with."""
    is_active: bool
    """Whether anything is sent."""


class Webhook(Document):
    """One webhook; its secret was shown when it was made."""

    id: int
    url: str
    events: tuple[str, ...]
    pipeline: str | None = None
    owner: str | None = None
    is_active: bool
    created_by: str
    created_at: datetime
    version: int = 0
    """Counts its changes; the entity tag."""


class CreatedWebhook(Webhook):
    """A new webhook with its secret."""

    secret: str
    """Keep it: it cannot be shown again."""


class Delivery(Document):
    """One message for one receiver, and what became of it."""

    id: str
    event_id: str
    event: str
    state: str
    """pending, delivered or dead."""
    attempts: int
    next_attempt_at: datetime | None = None
    answer_status: int | None = None
    error: str | None = None
    created_at: datetime
    ended_at: datetime | None = None


def list_webhooks(*, limit: int | None = None) -> Listing[Webhook]:
    """Go through webhooks, newest first."""
    return listing(_LIST, Webhook, {"limit": limit})


def get_webhook(webhook: int) -> Call[Webhook]:
    """Return one webhook."""
    return Call(_GET, _GET.address(webhook=webhook), parsed_as(Webhook))


def create_webhook(**settings: Unpack[WebhookSettings]) -> Call[CreatedWebhook]:
    """Create a webhook; ``url`` is needed, a secret is made where none is given."""
    body = in_camel_case(settings)
    return Call(_CREATE, _CREATE.path, parsed_as(CreatedWebhook), json=body)


def change_webhook(webhook: int, **settings: Unpack[WebhookSettings]) -> Call[Webhook]:
    """Change what is said of a webhook; the rest stays."""
    body: dict[str, Any] = in_camel_case(settings)
    body |= {name: None for name, value in settings.items() if value is None}
    return Call(_CHANGE, _CHANGE.address(webhook=webhook), parsed_as(Webhook), json=body)


def delete_webhook(webhook: int) -> Call[None]:
    """Delete a webhook and its deliveries."""
    return Call(_DELETE, _DELETE.address(webhook=webhook), nothing)


def send_test(webhook: int) -> Call[Delivery]:
    """Send a message that tells nothing; its delivery shows what becomes of it."""
    return Call(_TEST, _TEST.address(webhook=webhook), parsed_as(Delivery))


def list_deliveries(
    webhook: int, *, state: str | None = None, limit: int | None = None
) -> Listing[Delivery]:
    """Go through what was and will be sent, newest first."""
    return listing(_DELIVERIES, Delivery, {"state": state, "limit": limit}, webhook=str(webhook))


def get_delivery(webhook: int, delivery: str) -> Call[Delivery]:
    """Return one delivery."""
    address = _GET_DELIVERY.address(webhook=webhook, delivery=delivery)
    return Call(_GET_DELIVERY, address, parsed_as(Delivery))


def redeliver(webhook: int, delivery: str) -> Call[Delivery]:
    """Send a delivery that has ended again."""
    address = _REDELIVER.address(webhook=webhook, delivery=delivery)
    return Call(_REDELIVER, address, parsed_as(Delivery))


class _Webhooks:
    list = Iteration(list_webhooks)
    get = Operation(get_webhook)
    create = Operation(create_webhook)
    change = Operation(change_webhook)
    delete = Operation(delete_webhook)
    test = Operation(send_test)
    deliveries = Iteration(list_deliveries)
    delivery = Operation(get_delivery)
    redeliver = Operation(redeliver)


class Webhooks(_Webhooks, Resource):
    """Webhooks, for the blocking client."""


class AsyncWebhooks(_Webhooks, AsyncResource):
    """Webhooks, for the asynchronous client."""
