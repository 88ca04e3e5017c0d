"""All metrics of a process as Prometheus reads them."""

from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from azuraforge_api.system.state_metrics import StoredFigures

__all__ = ["CONTENT_TYPE", "Exposition"]

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST


@dataclass(frozen=True)
class Exposition:
    """What a scrape gets.

    Attributes:
        registry: of everything.
        figures: those of the database, brought up to date first.
    """

    registry: CollectorRegistry
    figures: StoredFigures

    async def text(self) -> bytes:
        """Return all metrics in the text format."""
        await self.figures.refresh()
        return generate_latest(self.registry)
