"""What endpoints ask for by type: transactions that end at the edge, settings, parts of the app."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.backends.backend import Backend
from azuraforge_api.database.database import Database
from azuraforge_api.settings import Settings
from azuraforge_api.workers.pool import WorkerPool

__all__ = [
    "AppBackend",
    "AppDatabase",
    "AppSettings",
    "AppWorkers",
    "ReadSession",
    "WriteSession",
]


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _backend(request: Request) -> Backend:
    backend: Backend = request.app.state.backend
    return backend


async def _workers(request: Request) -> WorkerPool:
    workers: WorkerPool = request.app.state.workers
    return workers


# Not one of them waits for anything: a plain function would cost a change of threads, each.
AppBackend = Annotated[Backend, Depends(_backend)]
AppSettings = Annotated[Settings, Depends(_settings)]
AppDatabase = Annotated[Database, Depends(_database)]
AppWorkers = Annotated[WorkerPool, Depends(_workers)]


async def _read(database: AppDatabase) -> AsyncIterator[AsyncSession]:
    async with database.read() as session:
        yield session


async def _write(database: AppDatabase) -> AsyncIterator[AsyncSession]:
    async with database.write() as session:
        yield session


# Of function scope: a transaction ends before the answer is sent, so that whoever has the answer
# finds what it says, and a commit that fails is a problem and not a lie.
ReadSession = Annotated[AsyncSession, Depends(_read, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(_write, scope="function")]
