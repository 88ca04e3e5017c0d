"""A running service and its callers, as tests see them."""

from dataclasses import dataclass

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.database.database import Database
from azuraforge_api.jobs.service import get_job
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.security.principal import Role
from azuraforge_api.settings import Settings
from azuraforge_api.tokens.service import create_token

__all__ = ["Service", "open_client"]


@dataclass(frozen=True)
class Service:
    """The application as its callers see it.

    Attributes:
        app: the application.
        viewer: a client with a viewer's token.
        editor: a client with an editor's token.
        admin: a client with an admin's token.
        nobody: a client without a token.
    """

    app: FastAPI
    viewer: httpx.AsyncClient
    editor: httpx.AsyncClient
    admin: httpx.AsyncClient
    nobody: httpx.AsyncClient

    @property
    def database(self) -> Database:
        """The service's database."""
        database: Database = self.app.state.database
        return database

    async def job(self, session: AsyncSession, uid: str) -> JobRow:
        """Return a job's row."""
        return await get_job(session, uid)

    @property
    def settings(self) -> Settings:
        """The service's settings."""
        settings: Settings = self.app.state.settings
        return settings


async def open_client(app: FastAPI, role: Role | None) -> httpx.AsyncClient:
    """Return a client with a new token of a role, or without one."""
    headers = {}
    if role is not None:
        async with app.state.database.write() as session:
            _, secret = await create_token(session, f"{role.word}-token", role, created_by="tests")
        headers["Authorization"] = f"Bearer {secret}"
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)
