"""How far a run is, as its stored events say; what becomes ``status.progress``."""

import json
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.tracking.tables import EventBatchRow
from azuraforge_contract.events import DatasetReady, StepFinished
from azuraforge_contract.status import MetricValue, Progress

__all__ = ["find_progress", "is_due", "progress_in", "total_epochs_in"]

_LEAST_PAUSE: Final = timedelta(seconds=5)
"""Progress is written as often at most, whoever of several processes does it."""
_BATCHES: Final = 3
"""So many of the newest stored stretches are searched for a step."""
_LOSS: Final = "train.loss"
_STEP: Final = TypeAdapter(StepFinished)
_DATASET: Final = TypeAdapter(DatasetReady)


async def find_progress(session: AsyncSession, uid: str, attempt: int) -> Progress | None:
    """Return how far a run's attempt is; None: it has told nothing yet."""
    stored = (
        select(EventBatchRow.payload)
        .join(JobRow, JobRow.id == EventBatchRow.job_id)
        .where(JobRow.uid == uid, EventBatchRow.attempt == attempt)
    )
    newest = stored.order_by(EventBatchRow.first_sequence.desc()).limit(_BATCHES)
    progress = progress_in(_lines(await session.scalars(newest)))
    if progress is None:
        return None
    first = stored.order_by(EventBatchRow.first_sequence).limit(_BATCHES)
    total = total_epochs_in(_lines(await session.scalars(first)))
    return progress.model_copy(update={"total_epochs": total})


def progress_in(lines: Iterable[bytes]) -> Progress | None:
    """Return the progress that the furthest step among events tells."""
    steps = [found for line in lines if (found := _step(line)) is not None]
    if not steps:
        return None
    last = max(steps, key=lambda step: step.sequence)
    return Progress(
        percentage=last.percentage,
        epoch=last.epoch,
        step=last.step,
        eta_seconds=last.eta_seconds,
        samples_per_second=last.samples_per_second,
        metrics=(MetricValue(name=_LOSS, value=last.loss),),
        last_heartbeat_time=last.time,
        attempt=last.attempt,
    )


def total_epochs_in(lines: Iterable[bytes]) -> int | None:
    """Return the most epochs that there will be, as the event about the data says."""
    for line in lines:
        if b'"dataset_ready"' in line:
            try:
                return _DATASET.validate_json(line).total_epochs
            except ValidationError:
                return None
    return None


def is_due(told: Progress, known: Progress | None) -> bool:
    """Whether what is told is to be written over what the object says already."""
    if known is None or known.attempt != told.attempt or known.last_heartbeat_time is None:
        return True
    if told.last_heartbeat_time is None:
        return False
    before = datetime.fromisoformat(known.last_heartbeat_time)
    return datetime.fromisoformat(told.last_heartbeat_time) - before >= _LEAST_PAUSE


def _lines(payloads: Iterable[bytes]) -> list[bytes]:
    return [line for payload in payloads for line in zlib.decompress(payload).split(b"\n")]


def _step(line: bytes) -> StepFinished | None:
    if b'"step"' not in line:
        return None
    try:
        document = json.loads(line)
        return _STEP.validate_python(document) if document.get("type") == "step" else None
    except (ValueError, ValidationError):
        return None
