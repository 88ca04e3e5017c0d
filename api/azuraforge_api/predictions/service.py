"""Predictions: asked of a worker, kept, shown and scored; called by the endpoints."""

import json
import uuid
import zlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.datasets.repository import find_version
from azuraforge_api.models.dependencies import ServedVersion
from azuraforge_api.predictions.recorder import NewPrediction
from azuraforge_api.predictions.repository import PredictionOf, find_prediction
from azuraforge_api.predictions.schemas import (
    Actuals,
    ForecastDocument,
    PredictionResource,
    PredictionSummary,
)
from azuraforge_api.predictions.scoring import score_forecast
from azuraforge_api.problems.problem import Problem
from azuraforge_api.workers.pool import WorkerPool

__all__ = [
    "ask_forecast",
    "get_prediction",
    "new_identity",
    "newest_digest",
    "resource_of",
    "score",
    "summary_of",
]


async def newest_digest(session: AsyncSession, served: ServedVersion) -> str | None:
    """Return the digest of the newest version of the data set that a model was trained on."""
    config = served.found.version.manifest.get("config", {})
    source = config.get("dataset", {}).get("source", {})
    if source.get("kind") != "dataset":
        return None
    newest = await find_version(session, str(source.get("name")), None)
    return None if newest is None else newest.digest


async def ask_forecast(
    workers: WorkerPool, served: ServedVersion, facts: dict[str, Any], body: bytes, *, by: str
) -> NewPrediction:
    """Let a worker forecast.

    Args:
        workers: one of them does it.
        served: the model.
        facts: identity, content type, query and the newest data of the request.
        body: as it was sent.
        by: who asks.

    Raises:
        Problem: the request or its rows do not fit the model, or it took too long.
    """
    version = served.found.version
    model = {
        "run": str(served.run),
        "digest": version.digest,
        "name": served.found.model.name,
        "version": version.number,
    }
    answer = await workers.ask("forecast", {**model, **facts}, body, key=version.run_uid)
    return NewPrediction(facts["id"], version.id, by, answer.header["request"], answer.body)


def new_identity() -> str:
    """Return the identity of a new prediction."""
    return uuid.uuid4().hex


async def get_prediction(
    session: AsyncSession, uid: str, *, is_locked: bool = False
) -> PredictionOf:
    """Return a prediction.

    Raises:
        Problem: there is none.
    """
    row = await find_prediction(session, uid, is_locked=is_locked)
    if row is None:
        raise Problem(
            "not-found",
            f"There is no prediction {uid!r}.",
            remedy="The oldest predictions of a version are forgotten.",
        )
    return row


async def score(session: AsyncSession, uid: str, actuals: Actuals) -> PredictionResource:
    """Compare a prediction with what came true, and keep the figures.

    Raises:
        Problem: there is no such prediction, or the rows do not belong to it.
    """
    found = await get_prediction(session, uid, is_locked=True)
    row = found[0]
    row.score = score_forecast(_forecast(found), actuals.rows).model_dump(mode="json")
    row.scored_at = datetime.now(UTC)
    return resource_of(found)


def summary_of(found: PredictionOf) -> PredictionSummary:
    """Return a prediction as lists show it."""
    row, name, number = found
    return PredictionSummary(
        id=row.uid,
        model=name,
        version=number,
        created_by=row.created_by,
        created_at=row.created_at,
        request=row.request,
        score=row.score,
        scored_at=row.scored_at,
    )


def resource_of(found: PredictionOf) -> PredictionResource:
    """Return a prediction with its forecast."""
    return PredictionResource(**summary_of(found).model_dump(), forecast=_forecast(found))


def _forecast(found: PredictionOf) -> ForecastDocument:
    return ForecastDocument.model_validate(json.loads(zlib.decompress(found[0].payload)))
