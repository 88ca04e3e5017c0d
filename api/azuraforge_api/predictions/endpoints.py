"""Predictions over HTTP."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.http.dependencies import ReadSession, WriteSession
from azuraforge_api.http.paging import Page, page_of
from azuraforge_api.models.dependencies import VersionFiles
from azuraforge_api.predictions.fast_lane import Settled
from azuraforge_api.predictions.repository import ORDER, PredictionFilter, list_predictions
from azuraforge_api.predictions.schemas import (
    Actuals,
    ForecastDocument,
    PredictionQuery,
    PredictionRequest,
    PredictionResource,
    PredictionSummary,
    RowOptions,
)
from azuraforge_api.predictions.service import (
    ask_forecast,
    get_prediction,
    new_identity,
    newest_digest,
    resource_of,
    score,
    summary_of,
)
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Editor, Viewer

__all__ = ["router"]

router = APIRouter(tags=["predictions"], responses=problems("unauthenticated"))

PredictionReference = Annotated[
    str, Path(alias="prediction", pattern="^[0-9a-f]{1,32}$", description="`id` of a forecast.")
]
_JSON: Final = "application/json"
_CSV: Final = "text/csv"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "description": "What to start from and how far to go; nothing asks for all there is. "
        "As CSV: the rows alone, with the rest in the address.",
        "content": {
            _JSON: {"schema": PredictionRequest.model_json_schema(by_alias=True)},
            _CSV: {"schema": {"type": "string"}},
        },
    }
}


class PredictQuery(RowOptions):
    """What stands in the address."""

    record: bool = True
    """Whether the forecast is kept, to be scored later."""


@router.post(
    "/models/{model}/versions/{version}/predict",
    response_model=ForecastDocument,
    openapi_extra=_BODY,
    responses=problems(
        "forbidden", "not-found", "invalid-request", "malformed-body", "data-error", "conflict",
        "unsupported-media-type", "too-large", "unavailable", "deadline-exceeded",
    ),
)  # fmt: skip
async def predict(
    principal: Editor,
    request: Request,
    served: VersionFiles,
    query: Annotated[PredictQuery, Query()],
) -> Response:
    """Forecast with a version, from its own history, the newest data or rows that are sent."""
    request.scope["azuraforge.is_recorded"] = True  # with the prediction itself, not as a change
    state = request.app.state
    async with state.database.read() as session:
        facts = await _facts(session, request, served, query)
    body = await request.body()
    state.fast_lane.remember(request, Settled(principal.name, served, facts, query.record))
    prediction = await ask_forecast(state.workers, served, facts, body, by=principal.name)
    if query.record:
        await state.predictions.record(prediction)
    return Response(prediction.answer, media_type=_JSON)


@router.get("/predictions", responses=problems("invalid-request"))
async def list_all_predictions(
    _: Viewer, session: ReadSession, query: Annotated[PredictionQuery, Query()]
) -> Page[PredictionSummary]:
    """List predictions, the newest first."""
    wanted = PredictionFilter(query.model, query.version, query.created_by)
    rows = await list_predictions(session, wanted, limit=query.limit, token=query.page)
    shown = rows[: query.limit]
    page = page_of(rows, query.limit, ORDER, [shown[-1][0].id] if shown else [])
    return Page(items=[summary_of(each) for each in shown], next=page.next)


@router.get(
    "/predictions/{prediction}",
    response_model_exclude_unset=True,
    responses=problems("not-found"),
)
async def get_one_prediction(
    _: Viewer, session: ReadSession, reference: PredictionReference
) -> PredictionResource:
    """Show a prediction with its forecast, and how it came out where that is known."""
    return resource_of(await get_prediction(session, reference))


@router.post(
    "/predictions/{prediction}/actuals",
    response_model_exclude_unset=True,
    responses=problems(
        "forbidden", "not-found", "invalid-request", "malformed-body", "data-error"
    ),
)  # fmt: skip
async def post_actuals(
    _: Editor, session: WriteSession, reference: PredictionReference, actuals: Actuals
) -> PredictionResource:
    """Tell what came true; the forecast is scored against it, an earlier score replaced."""
    return await score(session, reference, actuals)


async def _facts(
    session: AsyncSession, request: Request, served: Any, query: PredictQuery
) -> dict[str, Any]:
    kind = request.headers.get("content-type", _JSON).partition(";")[0].strip().lower()
    if kind not in {_JSON, _CSV}:
        raise Problem(
            "unsupported-media-type",
            f"The content type is {kind or 'empty'}.",
            remedy=f"Send {_JSON} or {_CSV}.",
        )
    options = query.model_dump(
        mode="json", by_alias=True, exclude={"record"}, exclude_defaults=True
    )
    if options and kind == _JSON:
        raise Problem(
            "invalid-request",
            f"{', '.join(options)}: belongs into the body where that is JSON.",
        )
    return {
        "id": new_identity() if query.record else "",
        "contentType": kind,
        "query": options,
        "newestDigest": await newest_digest(session, served),
    }
