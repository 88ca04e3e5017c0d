"""Puts the metrics together when the service starts; called by ``app``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import State

from azuraforge_api.settings import Settings
from azuraforge_api.system.exposition import Exposition
from azuraforge_api.system.metrics_port import serve_metrics
from azuraforge_api.system.state_metrics import StateMetrics, StoredFigures

__all__ = ["open_metrics"]


@asynccontextmanager
async def open_metrics(state: State, settings: Settings) -> AsyncIterator[None]:
    """Let everything be scraped that the application's state holds, until the context ends."""
    registry = state.metrics.registry
    figures = StoredFigures(state.database)
    collector = StateMetrics(figures, state.feed, state.webhooks)
    state.exposition = Exposition(registry, figures)
    registry.register(collector)
    try:
        if settings.metrics_port:
            async with serve_metrics(state.exposition, settings.metrics_port):
                yield
        else:
            yield
    finally:
        registry.unregister(collector)
