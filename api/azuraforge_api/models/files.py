"""Where files of versions lie, and their removal."""

import asyncio
import shutil
from pathlib import Path
from typing import Final

from azuraforge_api.backends.backend import Backend
from azuraforge_api.settings import Settings

__all__ = ["onnx_folder", "remove_version_files"]

_MODEL: Final = "model"


def onnx_folder(settings: Settings, run_uid: str, digest: str) -> Path:
    """Return where the export of a version is kept; another model of that run has another place."""
    return settings.library_folder / "onnx" / run_uid / digest


async def remove_version_files(backend: Backend, settings: Settings, run_uid: str) -> None:
    """Remove a version's files; the run's events, logs and report stay until their retention."""
    kept = [settings.library_folder / "onnx" / run_uid]
    run = backend.run_folder(run_uid)
    if run is not None:
        kept.append(run / _MODEL)
    for folder in kept:  # which refuses to go through a link
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
