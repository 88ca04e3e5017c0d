"""All generated pages by name."""

import json
from pathlib import Path

from azuraforge_api.app import create_app
from azuraforge_api.reference.metrics_page import metrics_page
from azuraforge_api.reference.problems_page import problems_page
from azuraforge_api.settings import Settings

__all__ = ["outdated_pages", "pages"]


def pages() -> dict[str, str]:
    """Return name → text of every generated page."""
    return {
        "openapi.json": _openapi(),
        "problems.md": problems_page(),
        "service-metrics.md": metrics_page(),
    }


def outdated_pages(folder: Path) -> list[Path]:
    """Return the pages in a folder that differ from what would be written."""
    written = {folder / name: text for name, text in pages().items()}
    return [path for path, text in written.items() if _read(path) != text]


def _openapi() -> str:
    """Return the description of the addresses; sorted, so that a change shows as itself."""
    document = create_app(Settings.model_construct()).openapi()
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
