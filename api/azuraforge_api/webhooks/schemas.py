"""Webhooks as the API sends and takes them, and the message that receivers get."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from azuraforge_api.http.api_model import PLAIN, ApiModel, ApiRequest
from azuraforge_api.http.paging import Limit, PageToken
from azuraforge_api.jobs.schemas import JobResource
from azuraforge_api.webhooks.addresses import check_url

__all__ = [
    "CreatedWebhook",
    "Delivery",
    "DeliveryQuery",
    "DeliveryState",
    "JobEnd",
    "NewWebhook",
    "Webhook",
    "WebhookChange",
    "WebhookEvent",
    "WebhookMessage",
    "WebhookQuery",
]


class JobEnd(StrEnum):
    """How a job may end."""

    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class WebhookEvent(StrEnum):
    """What a message tells."""

    FINISHED = "finished"
    """The job succeeded."""
    FAILED = "failed"
    """The job ended without a model."""
    CANCELLED = "cancelled"
    """Somebody ended the job for good, or deleted it on its way."""
    TEST = "test"
    """Nothing has happened: an admin tries whether messages arrive."""


class DeliveryState(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    """It is under way, or waits for its next attempt."""
    DELIVERED = "delivered"
    """The receiver answered with a status from 200 to 299."""
    DEAD = "dead"
    """All attempts failed; it is not tried again by itself."""


class WebhookMessage(ApiModel):
    """The body that a receiver gets."""

    id: str
    """Of the event: the same for all receivers and all attempts."""
    event: WebhookEvent
    created_at: datetime
    """When the service learned of it."""
    job: JobResource | None
    """As `GET /api/v1/jobs/{uid}` showed it at that moment; null in a test."""


Events = Annotated[tuple[JobEnd, ...], Field(min_length=1, max_length=3)]
Address = Annotated[str, Field(max_length=2000, pattern=PLAIN), AfterValidator(check_url)]
Secret = Annotated[str, Field(min_length=16, max_length=200, pattern=r"^[!-~]*$")]
"""Printable ASCII: both sides must sign with the same bytes."""
Pipeline = Annotated[str, Field(min_length=1, max_length=63, pattern=PLAIN)]
Owner = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
_ALL: Final = tuple(JobEnd)


class NewWebhook(ApiRequest):
    """A webhook that is wanted."""

    url: Address
    """Where messages go: http or https, without user and password."""
    events: Events = _ALL
    """Which ends of jobs are told."""
    pipeline: Pipeline | None = None
    """Only jobs of this plugin; null: of any."""
    owner: Owner | None = None
    """Only jobs whose `createdBy` is this; null: of anybody."""
    secret: Secret | None = None
    """What messages are signed with, 16 characters or more; null: a random one is made."""
    is_active: bool = True
    """false: nothing is sent, and what happens meanwhile is not told later."""


class WebhookChange(ApiRequest):
    """What may be changed of a webhook; a field that is left out stays."""

    url: Address | None = None
    """Where messages go."""
    events: Events | None = None
    """Which ends of jobs are told."""
    pipeline: Pipeline | None = None
    """Only jobs of this plugin; null: of any."""
    owner: Owner | None = None
    """Only jobs whose `createdBy` is this; null: of anybody."""
    secret: Secret | None = None
    """What messages are signed with from now on, also those that wait."""
    is_active: bool | None = None
    """false: nothing is sent; what waits is sent when it is true again."""

    @model_validator(mode="after")
    def _only_filters_may_be_null(self) -> Self:
        for name in self.model_fields_set - {"pipeline", "owner"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name}: should not be null; leave it out to keep it")
        return self


class Webhook(ApiModel):
    """One webhook; its secret was shown when it was made."""

    id: int
    url: str
    events: tuple[JobEnd, ...]
    pipeline: str | None
    owner: str | None
    is_active: bool
    created_by: str
    created_at: datetime
    version: int
    """Counts its changes; the entity tag."""


class CreatedWebhook(Webhook):
    """A new webhook with its secret."""

    secret: str
    """Keep it: it cannot be shown again."""


class Delivery(ApiModel):
    """One message for one receiver, and what became of it."""

    id: Annotated[str, Field(validation_alias="uid")]
    """The same for every attempt; the header `AzuraForge-Delivery`."""
    event_id: str
    event: WebhookEvent
    state: DeliveryState
    attempts: int
    """How many were begun."""
    next_attempt_at: datetime | None
    """When it is tried next; null: not any more."""
    answer_status: int | None
    """How the receiver answered last; null: not at all."""
    error: str | None
    """Why the last attempt failed."""
    created_at: datetime
    ended_at: datetime | None


class _PageQuery(ApiRequest):
    limit: Limit = 50
    page: PageToken = None


class WebhookQuery(_PageQuery):
    """Which webhooks."""

    created_by: Owner | None = None
    """Of this owner."""


class DeliveryQuery(_PageQuery):
    """Which deliveries."""

    state: DeliveryState | None = None
    """In this one."""
