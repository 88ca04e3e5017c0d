"""Takes what trainers post: so many posts at a time, and one of each run.

Neither a crowd of trainers nor a slow one keeps the service from its other work.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from fastapi import Request
from sqlalchemy import Connection

from azuraforge_api.database.database import Database
from azuraforge_api.http.upload import request_pieces
from azuraforge_api.problems.problem import Problem
from azuraforge_api.security.trainer import Trainer
from azuraforge_api.tracking.event_lines import parse_lines
from azuraforge_api.tracking.repository import find_run
from azuraforge_api.tracking.service import Appended, store_at_once

__all__ = ["MEDIA_TYPE", "PostGate", "read_batch", "store_batch"]

MEDIA_TYPE: Final = "application/x-ndjson"
_RETRY_SECONDS: Final = "1"
_BODY_SECONDS: Final = 20.0
"""A body that takes longer to arrive is given up: it holds one of the places."""


class PostGate:
    """Lets posts in.

    Args:
        places: how many at the same time.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._inside: set[str] = set()

    @contextmanager
    def enter(self, run: str) -> Iterator[None]:
        """Hold a place for a post of a run.

        Raises:
            Problem: all are taken, or the run has one already.
        """
        if run in self._inside or len(self._inside) >= self._places:
            reason = (
                "Another post of this run is under way."
                if run in self._inside
                else f"{self._places} posts are under way already."
            )
            raise Problem("too-many-requests", reason, headers={"Retry-After": _RETRY_SECONDS})
        self._inside.add(run)
        try:
            yield
        finally:
            self._inside.discard(run)


async def read_batch(request: Request) -> list[bytes]:
    """Return the lines of a post.

    Raises:
        Problem: it is of another type, or does not arrive.
    """
    named = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").lower()
    if named != MEDIA_TYPE or encoding != "identity":
        raise Problem(
            "unsupported-media-type",
            f"Got {named or 'no type'}, {encoding}; expected {MEDIA_TYPE}, one event a line, "
            "not compressed.",
        )
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for piece in request_pieces(request):
                body += piece
    except TimeoutError:
        raise Problem(
            "malformed-body", f"The body did not arrive within {_BODY_SECONDS:g} seconds."
        ) from None
    return bytes(body).split(b"\n")


async def store_batch(
    database: Database, trainer: Trainer, attempt: int, lines: list[bytes]
) -> Appended:
    """Store events that a run's own trainer has sent.

    Raises:
        Problem: there is no such run, its pod is not where the run is, or a line is no event.
    """

    def store(connection: Connection) -> Appended:
        job = find_run(connection, trainer.run)
        if job is None:
            raise Problem("not-found", f"No run has the uid {trainer.run!r}.")
        if trainer.namespace not in {None, job.namespace}:
            raise Problem(
                "forbidden",
                f"The token is of namespace {trainer.namespace}, the run of {job.namespace}.",
            )
        events = list(parse_lines(lines, run=trainer.run, attempt=attempt))
        return store_at_once(connection, job.job_id, attempt, events)

    return await database.write_at_once(store)
