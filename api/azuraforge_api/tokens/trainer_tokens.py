"""Tokens of trainers on this machine: random, in a file that only we and the trainer read.

Called by the local backend. In a cluster the kubelet does the same with service-account tokens.
"""

import asyncio
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.database.database import Database
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.security.secrets import digest_of, new_secret
from azuraforge_api.tokens.tables import TrainerTokenRow
from azuraforge_contract.status import Phase

__all__ = ["TrainerTokens", "find_run_of_token"]

_ENDED: Final = tuple(phase.value for phase in Phase if phase.is_terminal)
_RUN_OF_TOKEN: Final = (
    select(TrainerTokenRow.run_uid)
    .join(JobRow, JobRow.uid == TrainerTokenRow.run_uid)
    .where(TrainerTokenRow.digest == bindparam("of_token"), JobRow.phase.not_in(_ENDED))
)
"""Built once: every post of a trainer asks it."""


@dataclass(frozen=True)
class TrainerTokens:
    """Hands out tokens.

    Attributes:
        database: keeps their digests.
        folder: keeps the tokens, one file for each run; beside the runs, never in one.
    """

    database: Database
    folder: Path

    def path(self, uid: str) -> Path:
        """Return where the trainer of a run finds its token."""
        return self.folder / uid

    def issued(self) -> list[str]:
        """Return the runs that have a token."""
        try:
            names = [path.name for path in self.folder.iterdir()]
        except FileNotFoundError:
            return []
        return [name for name in names if not name.startswith(".")]

    async def issue(self, uid: str) -> None:
        """Give a run a token, unless it has one; a trainer reads its file at each post."""
        before = await asyncio.to_thread(_read, self.path(uid))
        secret = new_secret()
        row = TrainerTokenRow(run_uid=uid, digest=digest_of(secret), created_at=datetime.now(UTC))
        async with self.database.write() as session:
            known = await session.get(TrainerTokenRow, uid)
            if known is not None and known.digest == digest_of(before):
                return
            await session.execute(delete(TrainerTokenRow).where(TrainerTokenRow.run_uid == uid))
            session.add(row)
        await asyncio.to_thread(_write, self.path(uid), secret)

    async def revoke(self, uid: str) -> None:
        """End the token of a run."""
        async with self.database.write() as session:
            await session.execute(delete(TrainerTokenRow).where(TrainerTokenRow.run_uid == uid))
        await asyncio.to_thread(self.path(uid).unlink, missing_ok=True)


async def find_run_of_token(session: AsyncSession, secret: str) -> str | None:
    """Return the run that a trainer's token is for; None for any other, and once the job ended."""
    connection = await session.connection()
    run: str | None = await connection.scalar(_RUN_OF_TOKEN, {"of_token": digest_of(secret)})
    return run


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _write(path: Path, secret: str) -> None:
    """Write a file that nobody else may read and no reader ever finds half written."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret)
    temporary.replace(path)
