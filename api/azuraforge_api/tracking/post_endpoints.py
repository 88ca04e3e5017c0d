"""Where trainers post their events."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from azuraforge_api.http.dependencies import AppDatabase
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.trainer_access import RunTrainer
from azuraforge_api.tracking.posting import MEDIA_TYPE, read_batch, store_batch
from azuraforge_api.tracking.schemas import AppendedEvents

__all__ = ["router"]

router = APIRouter(prefix="/runs/{run}", tags=["tracking"])
_BODY: dict[str, Any] = {
    "security": [{"bearer": []}],
    "requestBody": {
        "required": True,
        "description": "Events of one attempt, a line of JSON each, as they stand in its event "
        "file; in any order, and again where it is not known whether they have arrived.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    },
}


@router.post(
    "/events",
    openapi_extra=_BODY,
    responses=problems(
        "unauthenticated",
        "forbidden",
        "not-found",
        "malformed-body",
        "invalid-request",
        "unsupported-media-type",
        "too-large",
        "too-many-requests",
        "unavailable",
    ),
)
async def post_events(
    request: Request,
    trainer: RunTrainer,
    database: AppDatabase,
    attempt: Annotated[int, Query(ge=0, le=999_999_999, description="Index of the attempt.")],
) -> AppendedEvents:
    """Store events of a run; only its own trainer may.

    Each event is stored once, by its run, attempt and sequence number. A line that is no event of
    the attempt refuses the whole batch.
    """
    with request.app.state.posts.enter(trainer.run):
        lines = await read_batch(request)
        appended = await store_batch(database, trainer, attempt, lines)
    request.app.state.metrics.note_events(appended)
    if appended.stored:
        request.app.state.feed.publish(trainer.run)
    return AppendedEvents(stored=appended.stored, known=appended.known)
