"""Puts the application together: settings in, FastAPI out."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version
from typing import Final

import httpx
from fastapi import APIRouter, FastAPI
from starlette.datastructures import State
from starlette.routing import BaseRoute

from azuraforge_api.audit import endpoints as audit
from azuraforge_api.audit.service import AuditLog, Change
from azuraforge_api.backends.opening import open_backend
from azuraforge_api.compare import endpoints as compare
from azuraforge_api.database.database import Database
from azuraforge_api.database.schema_watch import SchemaWatch
from azuraforge_api.datasets import endpoints as datasets
from azuraforge_api.datasets.service import open_datasets
from azuraforge_api.http.envelope import Envelope
from azuraforge_api.http.openapi import describe
from azuraforge_api.http.outgoing import trusted_authorities
from azuraforge_api.http.plain_address import PlainAddress
from azuraforge_api.ingest.run_ingest import RunIngest
from azuraforge_api.jobs import endpoints as jobs
from azuraforge_api.jobs import file_endpoints as job_files
from azuraforge_api.jobs.creation import JobCreation
from azuraforge_api.jobs.feed import JobFeed
from azuraforge_api.jobs.mirror import JobMirror
from azuraforge_api.logs.loki_logs import open_loki
from azuraforge_api.models import endpoints as models
from azuraforge_api.models import file_endpoints as model_files
from azuraforge_api.models import import_endpoints as model_imports
from azuraforge_api.models.retention import RunRetention
from azuraforge_api.pipelines import endpoints as pipelines
from azuraforge_api.pipelines.service import PipelineCatalog
from azuraforge_api.predictions import endpoints as predictions
from azuraforge_api.predictions.fast_lane import FastLane
from azuraforge_api.predictions.recorder import PredictionRecorder
from azuraforge_api.problems.handlers import add_problem_handlers
from azuraforge_api.reports import endpoints as reports
from azuraforge_api.security.gate import Gate, is_open
from azuraforge_api.security.oidc import open_oidc
from azuraforge_api.security.trainer import open_cluster_trainers
from azuraforge_api.sessions import endpoints as sessions
from azuraforge_api.settings import Settings
from azuraforge_api.system import document_endpoints as documents
from azuraforge_api.system import endpoints as system
from azuraforge_api.system.metrics import Metrics
from azuraforge_api.system.opening import open_metrics
from azuraforge_api.system.request_metrics import RequestMetrics
from azuraforge_api.tokens import endpoints as tokens
from azuraforge_api.tracking import endpoints as tracking
from azuraforge_api.tracking import post_endpoints as tracking_posts
from azuraforge_api.tracking.posting import PostGate
from azuraforge_api.webhooks import endpoints as webhooks
from azuraforge_api.webhooks.outbox import Outbox
from azuraforge_api.webhooks.worker import DeliveryWorker
from azuraforge_api.workers.pool import open_workers

__all__ = ["API_PREFIX", "create_app"]

API_PREFIX: Final = "/api/v1"
_ROUTERS: Final = (
    tracking_posts.router,  # asked for most often, and looked for in this order
    audit.router,
    compare.router,
    datasets.router,
    documents.router,
    jobs.router,
    job_files.router,
    models.router,
    model_files.router,
    model_imports.router,
    predictions.router,
    reports.router,
    pipelines.router,
    sessions.router,
    system.router,
    tokens.router,
    tracking.router,
    webhooks.router,
)
_UPLOAD_PATHS: Final = ("/api/v1/datasets", "/api/v1/models/import")
"""Where large bodies are taken; everything else has the small limit."""


def create_app(settings: Settings) -> FastAPI:
    """Return the application; it opens the database when it starts."""
    app = _bare_app()
    app.state.settings = settings
    app.state.metrics = Metrics()
    app.router.routes.extend(_routes())
    app.openapi = describe(app, is_open)  # type: ignore[method-assign]  # FastAPI's own way
    add_problem_handlers(app)

    async def note(change: Change) -> None:
        app.state.fast_lane.forget()
        await app.state.audit.note(change)

    app.add_middleware(PlainAddress)
    app.add_middleware(Gate)
    app.add_middleware(FastLane, state=app.state)
    app.add_middleware(
        Envelope,
        body_limit=lambda path: _body_limit(settings, path),
        note_change=note,
        is_encrypted=settings.public_url.startswith("https://"),
    )
    app.add_middleware(RequestMetrics, routes=app, metrics=app.state.metrics)
    return app


def _bare_app() -> FastAPI:
    return FastAPI(
        title="AzuraForge",
        version=version("azuraforge"),
        lifespan=_lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )


@cache
def _routes() -> Sequence[BaseRoute]:
    """Return all routes, built once in a process: FastAPI reads every signature, which takes long.

    They know nothing of the application that they serve but what a request tells them.
    """
    app = _bare_app()
    app.include_router(system.probes)
    app.include_router(system.scrapes)
    app.include_router(sessions.pages)
    routes = APIRouter(prefix=API_PREFIX)
    for router in _ROUTERS:
        routes.include_router(router)
    app.include_router(routes)
    return app.router.routes


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    state = app.state
    state.database = Database(settings.sqlalchemy_url, pool_size=settings.database_pool_size)
    state.audit = AuditLog(state.database)
    state.feed = JobFeed()
    state.webhooks = DeliveryWorker(settings, state.database)
    state.outbox = Outbox(state.webhooks.wake)
    state.mirror = JobMirror(state.database, state.feed, state.outbox.note_end)
    state.ingest = RunIngest(state.database, state.feed, state.metrics)
    state.http = httpx.AsyncClient(verify=trusted_authorities(), follow_redirects=False)
    state.oidc = open_oidc(settings, state.http)
    state.loki = open_loki(settings, state.http, state.database)
    state.cluster_trainers = open_cluster_trainers(settings)
    state.posts = PostGate(settings.tracking_posts)
    state.workers = open_workers(settings, state.metrics)
    state.predictions = PredictionRecorder(state.database, settings.predictions_kept)
    opened = await open_backend(settings, state.database, state.mirror, state.ingest.look)
    state.pipelines, state.backend = PipelineCatalog(opened.plugins), opened.backend
    state.datasets = open_datasets(settings, state.database)
    state.creation = JobCreation(state.pipelines, state.database, state.backend)
    state.retention = RunRetention(settings, state.database, state.backend)

    async def take_up() -> None:
        await state.backend.start()
        state.retention.start()
        state.webhooks.start()

    state.schema = SchemaWatch(state.database, take_up)
    try:
        async with open_metrics(state, settings):
            await state.schema.open()
            yield
    finally:
        await _close(state)


async def _close(state: State) -> None:
    await state.schema.close()
    await state.retention.close()
    await state.backend.close()
    await state.workers.close()
    await state.webhooks.close()
    await state.predictions.close()
    await state.http.aclose()
    if state.cluster_trainers is not None:
        await state.cluster_trainers.close()
    await state.database.close()


def _body_limit(settings: Settings, path: str) -> int:
    if path.startswith(_UPLOAD_PATHS):
        return settings.maximum_upload_bytes
    return settings.maximum_body_bytes
