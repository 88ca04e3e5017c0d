"""Keeps what was forecast. Opened by ``app``; asked by the endpoint before it answers.

Whoever has an answer finds it recorded. What comes while one transaction is under way goes
together into the next, so that many callers at once cost few transactions.
"""

import asyncio
import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection

from azuraforge_api.database.database import Database
from azuraforge_api.predictions.repository import add_predictions, forget_oldest

__all__ = ["NewPrediction", "PredictionRecorder"]

_MOST_AT_ONCE: Final = 500
_FORGET_EVERY: Final = 200
"""So many new ones of a version before its oldest are looked for."""
_FAST: Final = 1


@dataclass(frozen=True)
class NewPrediction:
    """One forecast to keep.

    Attributes:
        uid: its identity.
        version_id: of the model's version.
        created_by: who asked.
        request: what was asked for.
        answer: the forecast as JSON.
    """

    uid: str
    version_id: int
    created_by: str
    request: dict[str, Any]
    answer: bytes


class PredictionRecorder:
    """Stores predictions in groups.

    Args:
        database: the service's.
        kept: predictions of each version; some more lie there for a while.
    """

    def __init__(self, database: Database, kept: int) -> None:
        self._database = database
        self._kept = kept
        self._waiting: list[tuple[NewPrediction, asyncio.Future[None]]] = []
        self._work: asyncio.Task[None] | None = None
        self._added: Counter[int] = Counter()

    async def record(self, prediction: NewPrediction) -> None:
        """Keep a prediction; returns when it is stored.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it could not be.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((prediction, done))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._store_all())
        await done

    async def close(self) -> None:
        """Wait for what is under way."""
        if self._work is not None:
            await asyncio.gather(self._work, return_exceptions=True)

    async def _store_all(self) -> None:
        while self._waiting:
            group, self._waiting = (
                self._waiting[:_MOST_AT_ONCE],
                self._waiting[_MOST_AT_ONCE:],
            )
            trouble: Exception | None = None
            try:
                await self._store([prediction for prediction, _ in group])
            except Exception as error:  # noqa: BLE001 - told to every one of the callers
                trouble = error
            for _, done in group:
                if done.done():
                    continue
                if trouble is None:
                    done.set_result(None)
                else:
                    done.set_exception(trouble)

    async def _store(self, group: list[NewPrediction]) -> None:
        rows = [_row(prediction) for prediction in group]
        full = self._count(group)

        def store(connection: Connection) -> None:
            add_predictions(connection, rows)
            for version_id in full:
                forget_oldest(connection, version_id, self._kept)

        await self._database.write_at_once(store)

    def _count(self, group: list[NewPrediction]) -> list[int]:
        """Return the versions whose oldest predictions are to be looked for now."""
        full = []
        every = min(_FORGET_EVERY, self._kept)
        for version_id, count in Counter(each.version_id for each in group).items():
            self._added[version_id] += count
            if self._added[version_id] >= every:
                del self._added[version_id]
                full.append(version_id)
        return full


def _row(prediction: NewPrediction) -> dict[str, object]:
    return {
        "uid": prediction.uid,
        "version_id": prediction.version_id,
        "created_by": prediction.created_by,
        "created_at": datetime.now(UTC),
        "request": prediction.request,
        "payload": zlib.compress(prediction.answer, _FAST),
        "score": None,
        "scored_at": None,
    }
